import { judgeWithAnswers } from '../crypto/answer-checks.js'
import type { AsyncCryptoBackend, CryptoBackend } from '../crypto/crypto-backend.js'
import type { EnclaveReport } from '../quote/enclave-report.js'
import type { EnclaveQuote, Quote } from '../quote/quote.js'
import type { TdReport } from '../quote/td-report.js'
import { type AcceptedEvidence, type JudgeSettings, type RejectedEvidence, verifyEvidence } from './verify-evidence.js'

/** A genuine TDX quote: Intel (or a simulator, see `platform`) vouches for the report in `td`. Whether to trust it is policy. */
export interface AcceptedQuote extends AcceptedEvidence {
  readonly td: TdReport
}

/** The judgement of `verifyQuote`. */
export type QuoteVerdict = AcceptedQuote | RejectedEvidence

/** A genuine SGX quote: Intel vouches for the report in `enclave`. */
export interface AcceptedEnclave extends AcceptedEvidence {
  readonly enclave: EnclaveReport
}

/** The judgement of `verifyEnclaveQuote`. */
export type EnclaveVerdict = AcceptedEnclave | RejectedEvidence

/** Judges a TDX quote with the given cryptography. */
export function judgeQuote(quote: Quote, options: JudgeSettings): QuoteVerdict {
  const { evidence, td } = quote
  const verdict = verifyEvidence({ evidence, td }, options)
  return verdict.ok ? { ...verdict, td } : verdict
}

/** Judges an SGX quote with the given cryptography. */
export function judgeEnclaveQuote(quote: EnclaveQuote, options: JudgeSettings): EnclaveVerdict {
  const { evidence, enclave } = quote
  const verdict = verifyEvidence({ evidence, td: null }, options)
  return verdict.ok ? { ...verdict, enclave } : verdict
}

/** Runs a synchronous judgement on asynchronous cryptography; see `judgeWithAnswers`. */
export function judgeAsync<Verdict>(
  crypto: AsyncCryptoBackend,
  judge: (crypto: CryptoBackend) => Verdict,
): Promise<Verdict> {
  const { name } = crypto
  const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes)
  return judgeWithAnswers(
    (check) => crypto.verifyP256(check),
    (verifyP256) => judge({ name, sha256, verifyP256 }),
  )
}

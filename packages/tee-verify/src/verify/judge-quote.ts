import type { AsyncCryptoBackend, CryptoBackend, SignatureCheck } from '../crypto/crypto-backend.js'
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

/**
 * Runs a synchronous judgement on asynchronous cryptography: once to learn which signatures it asks for, as if all of them
 * held; then, with the answers to all of these at once, for the verdict. Only a signature that was judged can hold there.
 */
export async function judgeAsync<Verdict>(
  crypto: AsyncCryptoBackend,
  judge: (crypto: CryptoBackend) => Verdict,
): Promise<Verdict> {
  const asked: SignatureCheck[] = []
  const { name } = crypto
  const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes)
  const ask = (check: SignatureCheck): boolean => asked.push(check) > 0
  judge({ name, sha256, verifyP256: ask })
  const answers = await Promise.all(asked.map((check) => crypto.verifyP256(check)))
  const answer = (check: SignatureCheck): boolean =>
    asked.some((known, index) => answers[index] === true && isSameCheck(known, check))
  return judge({ name, sha256, verifyP256: answer })
}

function isSameCheck(left: SignatureCheck, right: SignatureCheck): boolean {
  return left.message === right.message && left.publicKey === right.publicKey && left.signature === right.signature
}

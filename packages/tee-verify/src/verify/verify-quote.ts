import type { EnclaveReport } from '../quote/enclave-report.js'
import type { EnclaveQuote, Quote } from '../quote/quote.js'
import type { TdReport } from '../quote/td-report.js'
import {
  type AcceptedEvidence,
  type RejectedEvidence,
  type VerifyQuoteOptions,
  verifyEvidence,
} from './verify-evidence.js'

/** A genuine TDX quote: Intel (or a simulator, see `platform`) vouches for the report in `td`. Whether to trust it is policy. */
export interface AcceptedQuote extends AcceptedEvidence {
  readonly td: TdReport
}

/** The judgement of `verifyQuote`. */
export type QuoteVerdict = AcceptedQuote | RejectedEvidence

/** The judgement of `verifyEnclaveQuote`. */
export type EnclaveVerdict = (AcceptedEvidence & { readonly enclave: EnclaveReport }) | RejectedEvidence

/**
 * Judges whether a TDX quote is genuine: every signature from the trusted root down to the quote, revocation, freshness, the
 * quoting enclave, the TDX module and the TCB level. It says nothing about *which* software runs, nor whether the TD can be
 * debugged: that is `checkPolicy`.
 *
 * @example
 * const verdict = verifyQuote(parseQuote(bytes), { collateral: parseCollateral(json), now: 1787894484n })
 * // { ok: true, platform: 'intel', tcbStatus: 'UpToDate', td: { mrTd: '0x…', … }, expiresAt: 1789171031n, … }
 */
export function verifyQuote(quote: Quote, options: VerifyQuoteOptions): QuoteVerdict {
  const { evidence, td } = quote
  const verdict = verifyEvidence({ evidence, td }, options)
  return verdict.ok ? { ...verdict, td } : verdict
}

/** Judges whether an SGX quote is genuine, by the same checks as `verifyQuote`. */
export function verifyEnclaveQuote(quote: EnclaveQuote, options: VerifyQuoteOptions): EnclaveVerdict {
  const { evidence, enclave } = quote
  const verdict = verifyEvidence({ evidence, td: null }, options)
  return verdict.ok ? { ...verdict, enclave } : verdict
}

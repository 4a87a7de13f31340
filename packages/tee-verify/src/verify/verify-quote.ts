import type { AsyncCryptoBackend, CryptoBackend } from '../crypto/crypto-backend.js'
import { nobleCrypto } from '../crypto/noble-crypto.js'
import { createWebCrypto } from '../crypto/web-crypto.js'
import type { EnclaveQuote, Quote } from '../quote/quote.js'
import {
  type AcceptedQuote,
  type EnclaveVerdict,
  judgeAsync,
  judgeEnclaveQuote,
  judgeQuote,
  type QuoteVerdict,
} from './judge-quote.js'
import type { JudgeOptions } from './verify-evidence.js'

export type { AcceptedQuote, EnclaveVerdict, QuoteVerdict }

/** Options of `verifyQuote` and `verifyEnclaveQuote`. */
export interface VerifyQuoteOptions extends JudgeOptions {
  /** Default: `nobleCrypto`. `nodeCrypto` of `@og/tee-verify/node` is far faster. */
  readonly crypto?: CryptoBackend
}

/** Options of `verifyQuoteAsync` and `verifyEnclaveQuoteAsync`. */
export interface VerifyQuoteAsyncOptions extends JudgeOptions {
  /** Default: the WebCrypto of the runtime. */
  readonly crypto?: AsyncCryptoBackend
}

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
  return judgeQuote(quote, { ...options, crypto: options.crypto ?? nobleCrypto })
}

/** The verdict of `verifyQuote` on asynchronous cryptography: WebCrypto, in browsers as in Node. */
export function verifyQuoteAsync(quote: Quote, options: VerifyQuoteAsyncOptions): Promise<QuoteVerdict> {
  return judgeAsync(options.crypto ?? createWebCrypto(), (crypto) => judgeQuote(quote, { ...options, crypto }))
}

/** Judges whether an SGX quote is genuine, by the same checks as `verifyQuote`. */
export function verifyEnclaveQuote(quote: EnclaveQuote, options: VerifyQuoteOptions): EnclaveVerdict {
  return judgeEnclaveQuote(quote, { ...options, crypto: options.crypto ?? nobleCrypto })
}

/** The verdict of `verifyEnclaveQuote` on asynchronous cryptography. */
export function verifyEnclaveQuoteAsync(
  quote: EnclaveQuote,
  options: VerifyQuoteAsyncOptions,
): Promise<EnclaveVerdict> {
  return judgeAsync(options.crypto ?? createWebCrypto(), (crypto) => judgeEnclaveQuote(quote, { ...options, crypto }))
}

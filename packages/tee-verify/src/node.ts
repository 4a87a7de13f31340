import type { CryptoBackend } from './crypto/crypto-backend.js'
import { createNodeCrypto, nodeCrypto, nodeP384 } from './crypto/node-crypto.js'
import type { EnclaveQuote, Quote } from './quote/quote.js'
import { createVerifierWith, type Verifier, type VerifierOptions } from './verify/create-verifier.js'
import { type EnclaveVerdict, judgeEnclaveQuote, judgeQuote, type QuoteVerdict } from './verify/judge-quote.js'
import type { JudgeOptions } from './verify/verify-evidence.js'

export { encodeCollateral, parseCollateral } from './collateral/collateral.js'
export { parsePcsCollateral } from './collateral/pcs-collateral.js'
export { type ConfigfsTsmOptions, configfsTsmQuoteSource, type QuoteSource } from './guest/configfs-tsm.js'
export { readCcelEventLog } from './guest/read-ccel.js'
export type { TsmFiles } from './guest/tsm-files.js'
export { checkPolicy, measurementsOf } from './policy/check-policy.js'
export { reportDataFor } from './policy/report-data.js'
export { parseEnclaveQuote, parseQuote } from './quote/quote.js'
export { QuoteError } from './quote-error.js'
export { intelRoot, simulatorRoot } from './trust-root.js'
export { createNodeCrypto, nodeCrypto, nodeP384 }

/** Options of `verifyQuote` and `verifyEnclaveQuote` of this entry. */
export interface VerifyQuoteOptions extends JudgeOptions {
  /** Default: `nodeCrypto`. */
  readonly crypto?: CryptoBackend
}

/** `verifyQuote` of the main entry, on `node:crypto`. */
export function verifyQuote(quote: Quote, options: VerifyQuoteOptions): QuoteVerdict {
  return judgeQuote(quote, { ...options, crypto: options.crypto ?? nodeCrypto })
}

/** `verifyEnclaveQuote` of the main entry, on `node:crypto`. */
export function verifyEnclaveQuote(quote: EnclaveQuote, options: VerifyQuoteOptions): EnclaveVerdict {
  return judgeEnclaveQuote(quote, { ...options, crypto: options.crypto ?? nodeCrypto })
}

/** `createVerifier` of the main entry, on `node:crypto`, also in its asynchronous methods. */
export function createVerifier(options: VerifierOptions = {}): Verifier {
  const { crypto = nodeCrypto } = options
  const { name } = crypto
  const asyncCrypto = options.asyncCrypto ?? {
    name,
    sha256: (bytes) => crypto.sha256(bytes),
    verifyP256: async (check) => crypto.verifyP256(check),
  }
  return createVerifierWith({ ...options, crypto, asyncCrypto })
}

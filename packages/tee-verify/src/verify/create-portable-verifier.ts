import { nobleCrypto } from '../crypto/noble-crypto.js'
import { createWebCrypto } from '../crypto/web-crypto.js'
import { createVerifierWith, type Verifier, type VerifierOptions } from './create-verifier.js'

/**
 * Creates a verifier that keeps what it has verified: collateral, PCK chains and quoting enclaves. A quote of a known enclave
 * then costs one signature. Default cryptography: `nobleCrypto`, and WebCrypto for the asynchronous methods.
 *
 * @example
 * const verifier = createVerifier({ minimumEvaluationDataNumber: 18 })
 * const verdict = await verifier.verifyQuoteAsync(quoteBytes, { collateral: json, now: 1787894484n })
 */
export function createVerifier(options: VerifierOptions = {}): Verifier {
  const { crypto = nobleCrypto, asyncCrypto = createWebCrypto() } = options
  return createVerifierWith({ ...options, crypto, asyncCrypto })
}

import { sha256 } from '@noble/hashes/sha2.js'
import { QuoteError } from '../quote-error.js'
import type { AsyncCryptoBackend } from './crypto-backend.js'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const

/**
 * Creates a backend on WebCrypto, for browsers (in a secure context) and Node. The default of the asynchronous functions.
 * Its `verifyP256` rejects with QuoteError `BAD_INPUT` where the runtime has no WebCrypto.
 * @param subtle The implementation to use; the runtime's own when left out.
 */
export function createWebCrypto(subtle?: SubtleCrypto): AsyncCryptoBackend {
  return {
    name: 'webcrypto',
    sha256: (bytes) => sha256(bytes),
    async verifyP256({ publicKey, message, signature }) {
      const crypto = subtle ?? globalThis.crypto?.subtle
      if (crypto === undefined) throw new QuoteError('BAD_INPUT', 'no WebCrypto here: a page needs a secure context')
      if (publicKey.length !== 64 || signature.length !== 64) return false
      const point = new Uint8Array(65)
      point[0] = 4
      point.set(publicKey, 1)
      try {
        // A point off the curve fails the import.
        const key = await crypto.importKey('raw', point, algorithm, false, ['verify'])
        const parameters = { ...algorithm, hash: 'SHA-256' }
        return await crypto.verify(parameters, key, new Uint8Array(signature), new Uint8Array(message))
      } catch {
        return false
      }
    },
  }
}

import { p256 } from '@noble/curves/nist.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { CryptoBackend } from './crypto-backend.js'

/** The portable backend: the same everywhere, about 2 ms a signature. The default of the synchronous functions. */
export const nobleCrypto: CryptoBackend = {
  name: 'noble',
  sha256: (bytes) => sha256(bytes),
  verifyP256({ publicKey, message, signature }) {
    if (publicKey.length !== 64 || signature.length !== 64) return false
    const point = new Uint8Array(65)
    point[0] = 4
    point.set(publicKey, 1)
    try {
      return p256.verify(signature, message, point, { lowS: false, prehash: true })
    } catch {
      return false
    }
  },
}

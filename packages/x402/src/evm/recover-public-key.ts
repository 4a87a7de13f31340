import { secp256k1 } from '@noble/curves/secp256k1.js'

/**
 * Recovers the public key that made an ECDSA signature over secp256k1: 65 bytes, uncompressed, leading 4. It is only
 * asked about canonical signatures (r and s in range, low s) and throws when no key recovers.
 */
export type RecoverPublicKey = (
  digest: Uint8Array,
  signature: { readonly compact: Uint8Array; readonly recovery: 0 | 1 },
) => Uint8Array

/** {@link RecoverPublicKey} that answers later, from another thread. Whatever is no key is refused. */
export type RecoverPublicKeyAsync = (...asked: Parameters<RecoverPublicKey>) => Promise<Uint8Array>

/** The implementation in plain JavaScript, which runs everywhere. */
export const nobleRecover: RecoverPublicKey = (digest, { compact, recovery }) => {
  const bytes = new Uint8Array(65)
  bytes[0] = recovery
  bytes.set(compact, 1)
  return secp256k1.Signature.fromBytes(bytes, 'recovered').recoverPublicKey(digest).toBytes(false)
}

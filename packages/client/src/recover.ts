import { hexOf, type RecoverPublicKey } from '@og/settlement'

/** Signatures that are remembered: those of offers come with every answer. */
const MAX_REMEMBERED = 256

/** Remembers what recovered from a signature: it is the same every time. */
export function rememberRecoveries(recover: RecoverPublicKey): RecoverPublicKey {
  const known = new Map<string, Uint8Array>()
  return (digest, signature) => {
    const key = `${hexOf(digest)}${hexOf(signature.compact)}${signature.recovery}`
    const found = known.get(key)
    if (found !== undefined) return found
    const publicKey = recover(digest, signature)
    known.set(key, publicKey)
    for (const oldest of known.keys()) {
      if (known.size <= MAX_REMEMBERED) break
      known.delete(oldest)
    }
    return publicKey
  }
}

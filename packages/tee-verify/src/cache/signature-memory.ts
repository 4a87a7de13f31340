import { equalBytes } from '../bytes/equal-bytes.js'
import type { SignatureCheck } from '../crypto/crypto-backend.js'

/** Remembers which signatures held, for as long as the signed bytes themselves are kept. */
export interface SignatureMemory {
  has(check: SignatureCheck): boolean
  add(check: SignatureCheck): void
}

/**
 * Creates a memory of signatures. A message is known by its identity, so the arrays must be private to whoever uses this; key
 * and signature are compared byte for byte. Only signatures that held are kept: a wrong one is judged anew each time.
 */
export function createSignatureMemory(): SignatureMemory {
  const known = new WeakMap<Uint8Array, SignatureCheck>()
  return {
    has({ message, publicKey, signature }) {
      const held = known.get(message)
      return held !== undefined && equalBytes(held.publicKey, publicKey) && equalBytes(held.signature, signature)
    },
    add(check) {
      known.set(check.message, check)
    },
  }
}

import { bytesOf, type Hex } from './hex.js'
import { type KeccakOptions, keccak256 } from './keccak.js'

declare const commitment: unique symbol

/** A salted hash that says nothing about what was hashed; made by {@link commit} only. */
export type Commitment = Hex & { readonly [commitment]: true }

/**
 * Commits to a hash: `keccak256(salt ‖ hash)`, so that a short prompt cannot be guessed from the chain.
 *
 * @throws SettlementError `INVALID_HEX` when salt or hash is not 32 bytes.
 */
export function commit(input: { readonly salt: Hex; readonly hash: Hex }, options: KeccakOptions = {}): Commitment {
  const bytes = new Uint8Array(64)
  bytes.set(bytesOf(input.salt, 32), 0)
  bytes.set(bytesOf(input.hash, 32), 32)
  // The brand of Commitment is minted here and nowhere else.
  return keccak256(bytes, options) as Commitment
}

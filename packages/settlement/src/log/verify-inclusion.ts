import { bytesOf, type Hex, hexOf } from '../hex.js'
import type { KeccakOptions } from '../keccak.js'
import { createTreeHasher } from './hash-node.js'

/** Longest proof that is looked at: sizes are `uint64`. */
export const MAX_PROOF_LENGTH = 64

/** What {@link verifyInclusion} judges. */
export interface InclusionClaim {
  /** The leaf's value, e.g. a receipt digest; not yet hashed as a leaf. */
  readonly leaf: Hex
  readonly index: number | bigint
  readonly size: number | bigint
  readonly proof: readonly Hex[]
  readonly root: Hex
}

/**
 * Tells whether a leaf stands at `index` in the log of `size` leaves that has this root (RFC 9162 §2.1.3.2). Never
 * throws because of its input.
 */
export function verifyInclusion(claim: InclusionClaim, options: KeccakOptions = {}): boolean {
  const hasher = createTreeHasher(options)
  const size = sizeOf(claim.size)
  let position = sizeOf(claim.index)
  if (size === undefined || position === undefined || position >= size) return false
  if (claim.proof.length > MAX_PROOF_LENGTH) return false
  let last = size - 1n
  try {
    let hash = hasher.leaf(bytesOf(claim.leaf, 32))
    for (const item of claim.proof) {
      if (last === 0n) return false
      const sibling = bytesOf(item, 32)
      if ((position & 1n) === 1n || position === last) {
        hash = hasher.node({ left: sibling, right: hash })
        while ((position & 1n) === 0n && position !== 0n) {
          position >>= 1n
          last >>= 1n
        }
      } else {
        hash = hasher.node({ left: hash, right: sibling })
      }
      position >>= 1n
      last >>= 1n
    }
    return last === 0n && hexOf(hash) === hexOf(bytesOf(claim.root, 32))
  } catch {
    return false
  }
}

/** Reads a size or an index: a `uint64`, or undefined. */
export function sizeOf(value: number | bigint): bigint | undefined {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return undefined
  const size = BigInt(value)
  return size < 0n || size >> 64n !== 0n ? undefined : size
}

import { bytesOf, type Hex, hexOf } from '../hex.js'
import type { KeccakOptions } from '../keccak.js'
import { createTreeHasher, type TreeHasher } from './hash-node.js'
import { MAX_PROOF_LENGTH, sizeOf } from './verify-inclusion.js'

/** What {@link verifyConsistency} judges. */
export interface ConsistencyClaim {
  readonly firstSize: number | bigint
  readonly firstRoot: Hex
  readonly secondSize: number | bigint
  readonly secondRoot: Hex
  readonly proof: readonly Hex[]
}

/**
 * Tells whether the log with the second root begins with the log with the first root (RFC 9162 §2.1.4.2). From size
 * 0 and between equal sizes the proof is empty. Never throws because of its input.
 */
export function verifyConsistency(claim: ConsistencyClaim, options: KeccakOptions = {}): boolean {
  const hasher = createTreeHasher(options)
  const firstSize = sizeOf(claim.firstSize)
  const secondSize = sizeOf(claim.secondSize)
  if (firstSize === undefined || secondSize === undefined || firstSize > secondSize) return false
  // The proof of two logs of 2^64 leaves has one hash more than an inclusion proof.
  if (claim.proof.length > MAX_PROOF_LENGTH + 1) return false
  try {
    const firstRoot = hexOf(bytesOf(claim.firstRoot, 32))
    const secondRoot = hexOf(bytesOf(claim.secondRoot, 32))
    if (firstSize === secondSize) {
      const empty = firstSize !== 0n || firstRoot === hexOf(hasher.empty())
      return claim.proof.length === 0 && firstRoot === secondRoot && empty
    }
    if (firstSize === 0n) return claim.proof.length === 0 && firstRoot === hexOf(hasher.empty())
    return isConsistent({ firstSize, secondSize, firstRoot, secondRoot, proof: claim.proof, hasher })
  } catch {
    return false
  }
}

interface StrictClaim {
  readonly firstSize: bigint
  readonly secondSize: bigint
  readonly firstRoot: Hex
  readonly secondRoot: Hex
  readonly proof: readonly Hex[]
  readonly hasher: TreeHasher
}

function isConsistent({ firstSize, secondSize, firstRoot, secondRoot, proof, hasher }: StrictClaim): boolean {
  // A first log that is a full tree is itself the first node.
  const path = (firstSize & (firstSize - 1n)) === 0n ? [firstRoot, ...proof] : proof
  const [start, ...rest] = path
  if (start === undefined || proof.length === 0) return false
  let position = firstSize - 1n
  let last = secondSize - 1n
  while ((position & 1n) === 1n) {
    position >>= 1n
    last >>= 1n
  }
  let first = bytesOf(start, 32)
  let second = first
  for (const item of rest) {
    if (last === 0n) return false
    const node = bytesOf(item, 32)
    if ((position & 1n) === 1n || position === last) {
      first = hasher.node({ left: node, right: first })
      second = hasher.node({ left: node, right: second })
      while ((position & 1n) === 0n && position !== 0n) {
        position >>= 1n
        last >>= 1n
      }
    } else {
      second = hasher.node({ left: second, right: node })
    }
    position >>= 1n
    last >>= 1n
  }
  return last === 0n && hexOf(first) === firstRoot && hexOf(second) === secondRoot
}

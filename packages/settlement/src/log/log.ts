import { bytesOf, type Hex, hexOf } from '../hex.js'
import { SettlementError } from '../settlement-error.js'
import { emptyRoot, hashLeafBytes, hashNodeBytes } from './hash-node.js'

/** An append-only Merkle log of receipt digests (RFC 6962 shape over Keccak-256), kept in memory. */
export interface Log {
  /** How many leaves there are. */
  readonly size: number
  /** The root over all leaves. */
  readonly root: () => Hex
  /** The root as it was when there were `size` leaves. */
  readonly rootAt: (size: number) => Hex
  /** Adds a leaf (32 bytes, e.g. a receipt digest) and gives its index. */
  readonly append: (leaf: Hex) => number
  /** The audit path of a leaf in the log of `size` leaves, by default all; from the leaf up. */
  readonly inclusionProof: (index: number, size?: number) => Hex[]
  /** The proof that the log of `second` leaves, by default all, begins with the log of `first` leaves. */
  readonly consistencyProof: (first: number, second?: number) => Hex[]
}

/**
 * Creates a log. Appending costs one hash on average, a root or a proof O(log² n).
 *
 * @throws SettlementError `INVALID_HEX` for a leaf that is not 32 bytes; the methods also `OUT_OF_RANGE`.
 *
 * @example
 * const log = createLog([digest])
 * verifyInclusion({ leaf: digest, index: 0, size: 1, proof: log.inclusionProof(0), root: log.root() }) // true
 */
export function createLog(leaves: readonly Hex[] = []): Log {
  // levels[h][i] is the hash of the full subtree over leaves i·2^h … (i+1)·2^h − 1.
  const levels: Uint8Array[][] = [[]]

  function nodeAt(height: number, index: number): Uint8Array {
    const node = levels[height]?.[index]
    if (node === undefined) throw new SettlementError('OUT_OF_RANGE', 'no such node in the log')
    return node
  }

  function sizeOf(): number {
    return levels[0]?.length ?? 0
  }

  function append(leaf: Hex): number {
    const index = sizeOf()
    let hash = hashLeafBytes(bytesOf(leaf, 32))
    let position = index
    for (let height = 0; ; height += 1) {
      const level = levels[height] ?? []
      levels[height] = level
      level.push(hash)
      if (position % 2 === 0) return index
      hash = hashNodeBytes({ left: nodeAt(height, position - 1), right: hash })
      position = (position - 1) / 2
    }
  }

  /** MTH(D[start:end]) of RFC 6962 §2.1 for the subtrees that proofs are made of: `start` is aligned. */
  function subtree(start: number, end: number): Uint8Array {
    const count = end - start
    const height = Math.ceil(Math.log2(count))
    if (count === 2 ** height) return nodeAt(height, start / count)
    const split = 2 ** (height - 1)
    return hashNodeBytes({ left: nodeAt(height - 1, start / split), right: subtree(start + split, end) })
  }

  function checkSize(size: number, what: string): void {
    if (!Number.isInteger(size) || size < 0 || size > sizeOf()) {
      throw new SettlementError('OUT_OF_RANGE', `${what} is not from 0 to the log's ${sizeOf()} leaves`)
    }
  }

  function rootAt(size: number): Hex {
    checkSize(size, 'size')
    return hexOf(size === 0 ? emptyRoot() : subtree(0, size))
  }

  function inclusionProof(index: number, size: number = sizeOf()): Hex[] {
    checkSize(size, 'size')
    if (!Number.isInteger(index) || index < 0 || index >= size) {
      throw new SettlementError('OUT_OF_RANGE', 'index is not that of a leaf')
    }
    // PATH(m, D[n]) of RFC 6962 §2.1.1, walked from the root down.
    const path: Hex[] = []
    let start = 0
    let end = size
    while (end - start > 1) {
      const split = start + splitOf(end - start)
      if (index < split) {
        path.push(hexOf(subtree(split, end)))
        end = split
      } else {
        path.push(hexOf(subtree(start, split)))
        start = split
      }
    }
    return path.reverse()
  }

  function consistencyProof(first: number, second: number = sizeOf()): Hex[] {
    checkSize(second, 'second')
    if (!Number.isInteger(first) || first < 0 || first > second) {
      throw new SettlementError('OUT_OF_RANGE', 'first is not from 0 to second')
    }
    if (first === 0 || first === second) return []
    // PROOF(m, D[n]) = SUBPROOF(m, D[n], true) of RFC 6962 §2.1.2, walked from the root down.
    const proof: Hex[] = []
    let start = 0
    let end = second
    while (end > first) {
      const split = start + splitOf(end - start)
      if (first <= split) {
        proof.push(hexOf(subtree(split, end)))
        end = split
      } else {
        proof.push(hexOf(subtree(start, split)))
        start = split
      }
    }
    // The old root itself is known to the verifier, an inner node is not.
    if (start > 0) proof.push(hexOf(subtree(start, end)))
    return proof.reverse()
  }

  for (const leaf of leaves) append(leaf)
  return {
    get size() {
      return sizeOf()
    },
    root: () => rootAt(sizeOf()),
    rootAt,
    append,
    inclusionProof,
    consistencyProof,
  }
}

/** The largest power of two below `count` (RFC 6962 §2.1), for `count` > 1. */
function splitOf(count: number): number {
  return 2 ** (Math.ceil(Math.log2(count)) - 1)
}

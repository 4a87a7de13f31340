import { type Hex, hexOf } from '../hex.js'
import { SettlementError } from '../settlement-error.js'
import type { TreeHasher } from './hash-node.js'

/** Where the hashes of full subtrees come from: that over leaves `index·2^height … (index+1)·2^height − 1`. */
export type NodeReader = (height: number, index: number) => Uint8Array

/** Roots and proofs of a tree whose full subtrees can be read. Sizes are not checked against what there is. */
export interface TreeProofs {
  readonly rootAt: (size: number) => Hex
  readonly inclusionProof: (position: { readonly index: number; readonly size: number }) => Hex[]
  readonly consistencyProof: (sizes: { readonly first: number; readonly second: number }) => Hex[]
}

/** Creates roots and proofs over a reader. The right edge of the size last asked for is remembered: O(log n) hashes. */
export function createTreeProofs(nodeAt: NodeReader, hasher: TreeHasher): TreeProofs {
  let edge: { readonly size: number; readonly hashes: Map<number, Uint8Array> } = { size: 0, hashes: new Map() }

  /** MTH(D[start:end]) of RFC 6962 §2.1 for the subtrees that proofs are made of: `start` is aligned. */
  function subtree(start: number, end: number): Uint8Array {
    const count = end - start
    const height = heightOf(count)
    if (count === 2 ** height) return nodeAt(height, start / count)
    // A subtree that is not full ends where the tree ends.
    if (edge.size !== end) edge = { size: end, hashes: new Map() }
    const known = edge.hashes.get(start)
    if (known !== undefined) return known
    const split = 2 ** (height - 1)
    const right = subtree(start + split, end)
    const hash = hasher.node({ left: nodeAt(height - 1, start / split), right })
    edge.hashes.set(start, hash)
    return hash
  }

  return {
    rootAt: (size) => hexOf(size === 0 ? hasher.empty() : subtree(0, size)),

    inclusionProof: ({ index, size }) => {
      // PATH(m, D[n]) of RFC 6962 §2.1.1, walked from the root down.
      const path: Hex[] = []
      let start = 0
      let end = size
      while (end - start > 1) {
        const split = start + 2 ** (heightOf(end - start) - 1)
        if (index < split) {
          path.push(hexOf(subtree(split, end)))
          end = split
        } else {
          path.push(hexOf(subtree(start, split)))
          start = split
        }
      }
      return path.reverse()
    },

    consistencyProof: ({ first, second }) => {
      if (first === 0 || first === second) return []
      // PROOF(m, D[n]) = SUBPROOF(m, D[n], true) of RFC 6962 §2.1.2, walked from the root down.
      const proof: Hex[] = []
      let start = 0
      let end = second
      while (end > first) {
        const split = start + 2 ** (heightOf(end - start) - 1)
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
    },
  }
}

/** The height of the smallest full tree with at least `count` leaves, for `count` > 0. */
function heightOf(count: number): number {
  if (count <= 0x8000_0000) return 32 - Math.clz32(count - 1)
  return 32 + heightOf(Math.ceil(count / 0x1_0000_0000))
}

/** @throws SettlementError `OUT_OF_RANGE` unless `size` is an integer from 0 to `limit`. */
export function checkSize(size: number, limit: number): void {
  if (!Number.isSafeInteger(size) || size < 0 || size > limit) {
    throw new SettlementError('OUT_OF_RANGE', `size is not from 0 to ${limit}`)
  }
}

/** @throws SettlementError `OUT_OF_RANGE` unless there is such a leaf in a log of that size. */
export function checkPosition({ index, size }: { readonly index: number; readonly size: number }): void {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new SettlementError('OUT_OF_RANGE', 'index is not that of a leaf')
  }
}

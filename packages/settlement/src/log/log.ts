import { bytesOf, type Hex, hexOf } from '../hex.js'
import type { KeccakOptions } from '../keccak.js'
import { createTreeHasher } from './hash-node.js'
import { createNodeStore } from './node-store.js'
import { checkPosition, checkSize, createTreeProofs } from './tree-proofs.js'

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
  /** The hash of the full subtree over leaves `index·2^height … (index+1)·2^height − 1`: what tiles are made of. */
  readonly nodeAt: (node: { readonly height: number; readonly index: number }) => Hex
}

/**
 * Creates a log. Appending costs two hashes on average; a root or a proof of the current size O(log n) hashes the first
 * time and none after that. Holds 64 bytes a leaf.
 *
 * @throws SettlementError `INVALID_HEX` for a leaf that is not 32 bytes; the methods also `OUT_OF_RANGE`.
 *
 * @example
 * const log = createLog([digest])
 * verifyInclusion({ leaf: digest, index: 0, size: 1, proof: log.inclusionProof(0), root: log.root() }) // true
 */
export function createLog(leaves: readonly Hex[] = [], options: KeccakOptions = {}): Log {
  const hasher = createTreeHasher(options)
  const nodes = createNodeStore()
  const proofs = createTreeProofs(nodes.at, hasher)
  let size = 0

  function append(leaf: Hex): number {
    let hash = hasher.leaf(bytesOf(leaf, 32))
    nodes.push(hash)
    let position = size
    for (let height = 0; position % 2 === 1; height += 1) {
      hash = hasher.node({ left: nodes.at(height, position - 1), right: hash })
      nodes.push(hash)
      position = (position - 1) / 2
    }
    size += 1
    return size - 1
  }

  function rootAt(at: number): Hex {
    checkSize(at, size)
    return proofs.rootAt(at)
  }

  for (const leaf of leaves) append(leaf)
  return {
    get size() {
      return size
    },
    root: () => rootAt(size),
    rootAt,
    append,
    inclusionProof: (index, at = size) => {
      checkSize(at, size)
      checkPosition({ index, size: at })
      return proofs.inclusionProof({ index, size: at })
    },
    consistencyProof: (first, second = size) => {
      checkSize(second, size)
      checkSize(first, second)
      return proofs.consistencyProof({ first, second })
    },
    nodeAt: ({ height, index }) => {
      checkSize(height, 53)
      checkSize(index, size)
      checkSize((index + 1) * 2 ** height, size)
      return hexOf(nodes.at(height, index))
    },
  }
}

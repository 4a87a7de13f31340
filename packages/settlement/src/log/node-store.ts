import { SettlementError } from '../settlement-error.js'

const NODE_BYTES = 32
const CHUNK_NODES = 256

/** Keeps the nodes of a growing tree in plain buffers: 32 bytes a node, nothing moves when it grows. */
export interface NodeStore {
  readonly push: (node: Uint8Array) => void
  /** A view of a node; it must be neither kept nor written to. */
  readonly at: (height: number, index: number) => Uint8Array
}

/**
 * Creates an empty store. Nodes are pushed in the order in which a growing tree completes them: a leaf, then each subtree
 * that it fills, from below.
 */
export function createNodeStore(): NodeStore {
  const chunks: Uint8Array[] = []
  let length = 0
  return {
    push: (node) => {
      const place = length % CHUNK_NODES
      if (place === 0) chunks.push(new Uint8Array(CHUNK_NODES * NODE_BYTES))
      chunks[chunks.length - 1]?.set(node, place * NODE_BYTES)
      length += 1
    },
    at: (height, index) => {
      const position = positionOf(height, index)
      const chunk = chunks[Math.floor(position / CHUNK_NODES)]
      if (chunk === undefined || position >= length) {
        throw new SettlementError('OUT_OF_RANGE', 'no such node in the log')
      }
      const start = (position % CHUNK_NODES) * NODE_BYTES
      return chunk.subarray(start, start + NODE_BYTES)
    },
  }
}

/**
 * Before leaf `n` come its `n` predecessors and the `n − popcount(n)` subtrees that they fill; a subtree of some height
 * comes that many places after its last leaf.
 */
function positionOf(height: number, index: number): number {
  const lastLeaf = (index + 1) * 2 ** height - 1
  return 2 * lastLeaf - bitCount(lastLeaf) + height
}

/** How many bits of a safe integer are set. */
export function bitCount(value: number): number {
  const low = value >>> 0
  return bitCount32(low) + (value === low ? 0 : bitCount32(Math.floor(value / 0x1_0000_0000)))
}

/** Sums bits in pairs, nibbles and bytes: proofs ask for a node's place often. */
function bitCount32(value: number): number {
  const pairs = value - ((value >>> 1) & 0x5555_5555)
  const nibbles = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333)
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
}

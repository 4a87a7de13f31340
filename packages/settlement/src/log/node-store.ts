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
  let count = 0
  for (let rest = value; rest > 0; rest = Math.floor(rest / 0x1_0000_0000)) {
    for (let word = rest >>> 0; word !== 0; word &= word - 1) count += 1
  }
  return count
}

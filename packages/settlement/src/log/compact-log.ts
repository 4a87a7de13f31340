import { bytesOf, type Hex, hexOf } from '../hex.js'
import type { KeccakOptions } from '../keccak.js'
import { SettlementError } from '../settlement-error.js'
import { readFields } from '../wire/field-reader.js'
import { createTreeHasher } from './hash-node.js'
import { bitCount } from './node-store.js'

/** All that is needed to go on appending: O(log n) hashes (a compact range that begins at the first leaf). */
export interface CompactLogState {
  /** How many leaves there are. */
  readonly size: number
  /** The hashes of the full subtrees that the log consists of, the largest (and oldest) first: one a bit of `size`. */
  readonly peaks: readonly Hex[]
}

/** A log that forgets its leaves: it can be appended to and has a root, but gives no proofs. */
export interface CompactLog {
  readonly size: number
  readonly root: () => Hex
  /** Adds a leaf (32 bytes) and gives its index. */
  readonly append: (leaf: Hex) => number
  /** What to store, so that {@link createCompactLog} goes on from here. */
  readonly state: () => CompactLogState
}

/**
 * Creates a log that needs O(log n) memory: `n` appends and a new root cost about `2n + log n` hashes, whatever the size
 * before. Its roots are those of `createLog`.
 *
 * @throws SettlementError `OUT_OF_RANGE` for a state whose peaks do not fit its size, `INVALID_HEX`.
 *
 * @example
 * const log = createCompactLog(stored)
 * for (const leaf of fresh) log.append(leaf)
 * log.root() // the root over all leaves, old and fresh
 */
export function createCompactLog(
  state: CompactLogState = { size: 0, peaks: [] },
  options: KeccakOptions = {},
): CompactLog {
  if (!Number.isSafeInteger(state.size) || state.size < 0 || bitCount(state.size) !== state.peaks.length) {
    throw new SettlementError('OUT_OF_RANGE', `${state.peaks.length} peaks do not make a log of ${state.size} leaves`)
  }
  const hasher = createTreeHasher(options)
  const peaks = state.peaks.map((peak) => bytesOf(peak, 32))
  let size = state.size

  function append(leaf: Hex): number {
    let hash = hasher.leaf(bytesOf(leaf, 32))
    // Each one bit at the end of the size is a full subtree that the new leaf merges with.
    for (let position = size; position % 2 === 1; position = (position - 1) / 2) {
      const left = peaks.pop()
      if (left === undefined) throw new SettlementError('OUT_OF_RANGE', 'the log lost a peak')
      hash = hasher.node({ left, right: hash })
    }
    peaks.push(hash)
    size += 1
    return size - 1
  }

  return {
    get size() {
      return size
    },
    append,
    root: () => {
      const bagged = peaks.reduceRight<Uint8Array | undefined>(
        (right, left) => (right === undefined ? left : hasher.node({ left, right })),
        undefined,
      )
      return hexOf(bagged ?? hasher.empty())
    },
    state: () => ({ size, peaks: peaks.map(hexOf) }),
  }
}

/** Writes a state as JSON. */
export function encodeCompactLogState(state: CompactLogState): { readonly size: string; readonly peaks: string[] } {
  return { size: state.size.toString(), peaks: state.peaks.map((peak) => peak.toLowerCase()) }
}

/**
 * Reads a state from JSON.
 *
 * @throws SettlementError `INVALID_FIELD`, `MISSING_FIELD`, `UNKNOWN_FIELD`, `LIMIT_EXCEEDED`, `OUT_OF_RANGE`.
 */
export function parseCompactLogState(json: unknown): CompactLogState {
  const fields = readFields(json, 'compact log')
  const size = Number(fields.uint('size', 64))
  const peaks = fields.list('peaks', 64).map((peak, i) => readFields({ peak }, `peaks[${i}]`).bytes32('peak'))
  fields.end()
  return createCompactLog({ size, peaks }).state()
}

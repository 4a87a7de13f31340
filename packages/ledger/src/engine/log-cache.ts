import { createLog, type Log } from '@og/settlement'
import type { Hex } from '../ledger.js'

/** Hashed logs of one open ledger. */
export interface LogCache {
  /** The log over exactly these leaves; only those that were not hashed before are hashed now. */
  logOf(logId: Hex, leaves: readonly Hex[]): Log
}

interface Entry {
  readonly log: Log
  readonly leaves: Hex[]
}

/**
 * Hashing is what sealing costs (two keccak256 a leaf), comparing is cheap: every call compares all given leaves with
 * the hashed ones, and starts anew at any difference, so that an answer never rests on anything but its argument.
 */
export function createLogCache(): LogCache {
  const entries = new Map<Hex, Entry>()
  return {
    logOf: (logId, leaves) => {
      let entry = entries.get(logId)
      const isPrefix =
        entry !== undefined &&
        entry.leaves.length <= leaves.length &&
        entry.leaves.every((leaf, index) => leaf === leaves[index])
      if (entry === undefined || !isPrefix) {
        entry = { log: createLog(), leaves: [] }
        entries.set(logId, entry)
      }
      for (const leaf of leaves.slice(entry.leaves.length)) {
        entry.log.append(leaf)
        entry.leaves.push(leaf)
      }
      return entry.log
    },
  }
}

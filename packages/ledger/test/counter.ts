import { concat } from 'viem'
import type { Address, Hex } from '../src/ledger.js'
import type { JobGrouping } from '../src/relayer/job-group.js'

/** Counts, for each 32-byte id in its calldata, how often it came, so that an audit sees every effect. */
export const COUNTER: Address = '0x00000000000000000000000000000000C0000001'

// for each word k of the calldata: if storage[~k] revert; storage[k] += 1
export const COUNTER_CODE: Hex = '0x5f5b368110600957005b8035801954601f57805460010190556020016001565b5f5ffd'

/** Where a word other than zero makes the counter revert on the id. */
export function poisonSlotOf(id: Hex): Hex {
  return `0x${(~BigInt(id) & ((1n << 256n) - 1n)).toString(16).padStart(64, '0')}`
}

/** Several calls of the counter are one with all their ids. */
export function counterGrouping(maxJobs: number): JobGrouping {
  return { maxJobs, keyOf: ({ to }) => (to === COUNTER ? 'count' : null), merge: (calls) => concat(calls) }
}

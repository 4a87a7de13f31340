import { type Address, isSameAddress } from '../address.js'
import { type Hex, lowerHex } from '../hex.js'
import { eventTopic } from './abi.js'
import type { ChainCall, ChainLog, ChainOutcome } from './chain.js'

const ITEM_SETTLED = /* @__PURE__ */ eventTopic('ItemSettled(bytes32)')
const ITEM_FAILED = /* @__PURE__ */ eventTopic('ItemFailed(bytes32)')

function isTopic(topic: string | undefined, expected: string): boolean {
  return topic?.toLowerCase() === expected.toLowerCase()
}

/** Finds the logs of a call; `undefined` when it failed or is not there. */
type FindLogs = (call: ChainCall) => readonly ChainLog[] | undefined

/** The logs of each item stand before the contract's own event about it. */
function byContractMarks(logs: readonly ChainLog[], contract: Address): FindLogs {
  const items = new Map<string, readonly ChainLog[] | undefined>()
  let from = 0
  for (const [index, log] of logs.entries()) {
    const [event, key] = log.topics
    const isSettled = isTopic(event, ITEM_SETTLED)
    if ((!isSettled && !isTopic(event, ITEM_FAILED)) || !isSameAddress(log.address, contract)) continue
    const name = key?.toLowerCase() ?? ''
    if (!items.has(name)) items.set(name, isSettled ? logs.slice(from, index) : undefined)
    from = index + 1
  }
  return ({ dedupeKey }) => items.get(lowerHex(dedupeKey))
}

function markOf(address: Address, topics: readonly Hex[]): string {
  return `${address} ${topics.join(' ')}`.toLowerCase()
}

/** The logs of each call stand from its own event to the next of that kind. */
function byEvidence(logs: readonly ChainLog[], calls: readonly ChainCall[]): FindLogs {
  const lengths = new Set(calls.flatMap(({ evidence }) => (evidence === undefined ? [] : [evidence.topics.length])))
  const first = new Map<string, number>()
  const kinds = new Map<string, number[]>()
  for (const [index, log] of logs.entries()) {
    for (const length of lengths) {
      if (log.topics.length < length) continue
      const mark = markOf(log.address, log.topics.slice(0, length))
      if (!first.has(mark)) first.set(mark, index)
    }
    const kind = markOf(log.address, log.topics.slice(0, 1))
    const known = kinds.get(kind)
    if (known === undefined) kinds.set(kind, [index])
    else known.push(index)
  }
  return ({ evidence }) => {
    if (evidence === undefined) return undefined
    const start = first.get(markOf(evidence.address, evidence.topics))
    if (start === undefined) return undefined
    const kind = kinds.get(markOf(evidence.address, evidence.topics.slice(0, 1))) ?? []
    return logs.slice(start, kind[kind.indexOf(start) + 1] ?? logs.length)
  }
}

/**
 * What became of the calls in a transaction of many. A call's own logs are cut out, so that another call's transfer of the
 * same amount between the same accounts is not taken for its own. `contract` is the batch contract, where one was used.
 */
export function batchOutcomes(
  calls: readonly ChainCall[],
  outcome: ChainOutcome,
  contract: Address | undefined,
): readonly ChainOutcome[] {
  if (outcome.status !== 'success') return calls.map(() => outcome)
  const { transaction, logs } = outcome
  const find = contract === undefined ? byEvidence(logs, calls) : byContractMarks(logs, contract)
  return calls.map((call) => {
    const own = find(call)
    return own === undefined
      ? { transaction, status: 'reverted', logs: [] }
      : { transaction, status: 'success', logs: own }
  })
}

/** Tells whether logs say that a batch contract tried this item and failed. */
export function isFailedItem(key: Hex, logs: readonly ChainLog[]): boolean {
  return logs.some(({ topics }) => isTopic(topics[0], ITEM_FAILED) && isTopic(topics[1], key))
}

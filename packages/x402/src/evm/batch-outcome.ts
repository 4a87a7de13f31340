import { type Address, isSameAddress } from '../address.js'
import { type Hex, lowerHex } from '../hex.js'
import { eventTopic } from './abi.js'
import type { ChainCall, ChainLog, ChainOutcome } from './chain.js'

const ITEM_SETTLED = /* @__PURE__ */ eventTopic('ItemSettled(bytes32)')
const ITEM_FAILED = /* @__PURE__ */ eventTopic('ItemFailed(bytes32)')

function isTopic(topic: string | undefined, expected: string): boolean {
  return topic?.toLowerCase() === expected.toLowerCase()
}

/** The logs of one item between the contract's own events; `undefined` when the item failed or is not there. */
function contractLogs(call: ChainCall, logs: readonly ChainLog[], contract: Address): readonly ChainLog[] | undefined {
  let from = 0
  for (const [index, log] of logs.entries()) {
    const [event, key] = log.topics
    const isMark = isSameAddress(log.address, contract) && (isTopic(event, ITEM_SETTLED) || isTopic(event, ITEM_FAILED))
    if (!isMark) continue
    if (isTopic(key, lowerHex(call.dedupeKey)))
      return isTopic(event, ITEM_SETTLED) ? logs.slice(from, index) : undefined
    from = index + 1
  }
  return undefined
}

/** The logs from the item's own event to the next of its kind. */
function evidenceLogs(call: ChainCall, logs: readonly ChainLog[]): readonly ChainLog[] | undefined {
  const { evidence } = call
  if (evidence === undefined) return undefined
  const isKind = (log: ChainLog): boolean =>
    isSameAddress(log.address, evidence.address) && isTopic(log.topics[0], evidence.topics[0] ?? '')
  const start = logs.findIndex(
    (log) => isKind(log) && evidence.topics.every((topic, index) => isTopic(log.topics[index], topic)),
  )
  if (start < 0) return undefined
  const next = logs.findIndex((log, index) => index > start && isKind(log))
  return logs.slice(start, next < 0 ? logs.length : next)
}

/**
 * What became of one call in a transaction of many. A call's own logs are cut out, so that another call's transfer of
 * the same amount between the same accounts is not taken for its own.
 */
export function batchItemOutcome(call: ChainCall, outcome: ChainOutcome, contract: Address | undefined): ChainOutcome {
  if (outcome.status !== 'success') return outcome
  const logs = contract === undefined ? evidenceLogs(call, outcome.logs) : contractLogs(call, outcome.logs, contract)
  const { transaction } = outcome
  return logs === undefined ? { transaction, status: 'reverted', logs: [] } : { transaction, status: 'success', logs }
}

/** Tells whether logs say that a batch contract tried this item and failed. */
export function isFailedItem(key: Hex, logs: readonly ChainLog[]): boolean {
  return logs.some(({ topics }) => isTopic(topics[0], ITEM_FAILED) && isTopic(topics[1], key))
}

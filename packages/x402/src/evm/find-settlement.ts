import type { Hex } from '../hex.js'
import { isFailedItem } from './batch-outcome.js'
import type { ChainReader } from './chain.js'
import type { InspectedAuthorization } from './inspect-authorization.js'
import { addressTopic, authorizationUsed, hasTransfer, TRANSFER_TOPIC } from './transfer-log.js'

/** Options of {@link findSettlement}. */
export interface FindSettlementOptions {
  readonly chain: ChainReader
  /** Atomic units that must have moved. */
  readonly amount: bigint
  readonly lookbackBlocks: bigint
}

/** Candidates that are looked into for a Permit2 payment, newest first. */
const MAX_CANDIDATES = 50

/**
 * Finds the transaction that settled a payment whose nonce is used, whoever sent it. EIP-3009 names the nonce in an
 * event; Permit2 does not, so there the transaction's calldata must hold the nonce.
 */
export async function findSettlement(
  inspected: InspectedAuthorization,
  options: FindSettlementOptions,
): Promise<Hex | undefined> {
  const { chain, amount, lookbackBlocks } = options
  const { authorization: a, asset } = inspected
  const expected = { asset, from: a.from, to: a.to, value: amount }
  const topics =
    a.method === 'eip3009'
      ? authorizationUsed(asset, a).topics
      : [TRANSFER_TOPIC, addressTopic(a.from), addressTopic(a.to)]
  const logs = await chain.getLogs({ address: asset, topics, lookbackBlocks })
  const candidates = [...new Set(logs.map((log) => log.transaction))].reverse().slice(0, MAX_CANDIDATES)
  for (const transaction of candidates) {
    const mined = await chain.getTransaction(transaction)
    if (mined === undefined || mined.status !== 'success' || !hasTransfer(mined.logs, expected)) continue
    // A batch that this item failed in may hold an equal transfer of another item.
    if (isFailedItem(inspected.paymentHash, mined.logs)) continue
    if (a.method === 'eip3009' || mined.input.toLowerCase().includes(a.nonce.slice(2))) return transaction
  }
  return undefined
}

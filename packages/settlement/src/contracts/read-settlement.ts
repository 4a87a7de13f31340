import type { Client } from 'viem'
import type { Address } from '../address.js'
import type { Hex } from '../hex.js'
import type { SettlementMode } from '../modes.js'
import type { SettledEvent, SettledMetadataEvent } from './events.js'
import { readRecordEvents } from './read-record-events.js'

/** Which record to look for. */
export interface ReadSettlementOptions {
  /** The `InferenceLog`. */
  readonly contract: Address
  /** Digest of the receipt. */
  readonly digest: Hex
  /** The first block to look at, 0 when absent; many public nodes bound the range. */
  readonly fromBlock?: bigint
  /** The last block to look at, the newest when absent. */
  readonly toBlock?: bigint
  /** Most blocks that one request asks for; all of them when absent. */
  readonly blocksPerRequest?: bigint
}

/** How far from being taken back a record is. */
export interface Finality {
  /** Blocks on top of each other since the record, its own counted; 0 while it is pending. */
  readonly confirmations: bigint
  /** By the chain's own `finalized` block; `null` where the node does not know one. */
  readonly isFinalized: boolean | null
}

/** A record as it stands on chain. */
export type SettlementReading = (SettledEvent | SettledMetadataEvent) & {
  readonly settlement: Extract<SettlementMode, 'SETTLE' | 'SETTLE_METADATA'>
  readonly finality: Finality
}

/**
 * Reads the record of one receipt, SETTLE or SETTLE_METADATA, or `null` when the chain has none: in which mode, in
 * which transaction and block, and how final. When it was submitted more than once, the first counts. Inferences of SETTLE_BATCH have no record of their own: they are proven by
 * inclusion in a checkpoint.
 */
export async function readSettlement(
  client: Client,
  options: ReadSettlementOptions,
): Promise<SettlementReading | null> {
  const { digest, ...range } = options
  const events = await readRecordEvents(client, { ...range, events: ['Settled', 'SettledMetadata'], indexed: [digest] })
  for (const event of events) {
    const isRecord = event.type === 'settled' || event.type === 'settled-metadata'
    if (!isRecord) continue
    const settlement = event.type === 'settled' ? 'SETTLE' : 'SETTLE_METADATA'
    return { ...event, settlement, finality: await readFinality(client, event.blockNumber) }
  }
  return null
}

async function readFinality(client: Client, blockNumber: bigint | null): Promise<Finality> {
  if (blockNumber === null) return { confirmations: 0n, isFinalized: false }
  const head = BigInt(await client.request({ method: 'eth_blockNumber' }))
  let isFinalized: boolean | null = null
  try {
    const block = await client.request({ method: 'eth_getBlockByNumber', params: ['finalized', false] })
    if (block !== null && block.number !== null) isFinalized = blockNumber <= BigInt(block.number)
  } catch {
    // Not every node has the tag; then nothing is claimed.
  }
  return { confirmations: head < blockNumber ? 0n : head - blockNumber + 1n, isFinalized }
}

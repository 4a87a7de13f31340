import { type Client, encodeEventTopics } from 'viem'
import type { Address } from '../address.js'
import type { Hex } from '../hex.js'
import { type ChainLog, decodeRecordEvents, type SettledEvent, type SettledMetadataEvent } from './events.js'
import { inferenceLogAbi } from './generated/inference-log.js'

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
}

/**
 * Reads the record of one receipt, SETTLE or SETTLE_METADATA, or `null` when the chain has none. When it was submitted
 * more than once, the first counts. Inferences of SETTLE_BATCH have no record of their own: they are proven by
 * inclusion in a checkpoint.
 */
export async function readSettlement(
  client: Client,
  options: ReadSettlementOptions,
): Promise<SettledEvent | SettledMetadataEvent | null> {
  const signatures = (['Settled', 'SettledMetadata'] as const).map(
    (eventName) => encodeEventTopics({ abi: inferenceLogAbi, eventName })[0],
  )
  const answer = await client.request({
    method: 'eth_getLogs',
    params: [
      {
        address: options.contract,
        topics: [signatures, options.digest],
        fromBlock: `0x${(options.fromBlock ?? 0n).toString(16)}`,
        toBlock: options.toBlock === undefined ? 'latest' : `0x${options.toBlock.toString(16)}`,
      },
    ],
  })
  const logs = answer.map(
    (log): ChainLog => ({
      address: log.address,
      topics: log.topics,
      data: log.data,
      blockNumber: log.blockNumber === null ? null : BigInt(log.blockNumber),
      transactionHash: log.transactionHash,
      logIndex: log.logIndex === null ? null : Number(log.logIndex),
    }),
  )
  for (const event of decodeRecordEvents(logs, { contract: options.contract })) {
    const isRecord = event.type === 'settled' || event.type === 'settled-metadata'
    if (isRecord && event.digest === options.digest.toLowerCase()) return event
  }
  return null
}

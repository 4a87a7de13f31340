import type { Hex } from '@og/settlement'
import {
  decodeRecordEvents,
  inferenceLogAbi,
  type RecordEvent,
  type SettledEvent,
  type SettledMetadataEvent,
} from '@og/settlement/contracts'
import { encodeEventTopics, isHex, type PublicClient } from 'viem'
import type { Network } from '../network/network.js'

/** A record on the chain. */
export type ChainRecord = SettledEvent | SettledMetadataEvent

/** Finds records by digest of the receipt, payment hash or transaction hash; the first record of each digest counts. */
export async function findRecords(
  id: string,
  options: { readonly network: Network; readonly client: PublicClient },
): Promise<readonly ChainRecord[]> {
  if (!isBytes32(id)) throw new Error('That is not a hash: 0x and 64 hexadecimal digits are expected.')
  const { network, client } = options
  const signatures = (['Settled', 'SettledMetadata'] as const).map(
    (eventName) => encodeEventTopics({ abi: inferenceLogAbi, eventName })[0],
  )
  const logsWith = async (topics: readonly (Hex | null)[]): Promise<readonly RecordEvent[]> => {
    const logs = await client.request({
      method: 'eth_getLogs',
      params: [
        {
          address: network.inferenceLog,
          topics: [signatures, ...topics],
          fromBlock: `0x${network.fromBlock.toString(16)}`,
          toBlock: 'latest',
        },
      ],
    })
    const plain = logs.map((log) => ({
      address: log.address,
      topics: log.topics,
      data: log.data,
      blockNumber: log.blockNumber === null ? null : BigInt(log.blockNumber),
      transactionHash: log.transactionHash,
      logIndex: log.logIndex === null ? null : Number(log.logIndex),
    }))
    return decodeRecordEvents(plain, { contract: network.inferenceLog })
  }
  const inTransaction = async (): Promise<readonly RecordEvent[]> => {
    const receipt = await client.getTransactionReceipt({ hash: id }).catch(() => null)
    return receipt === null ? [] : decodeRecordEvents(receipt.logs, { contract: network.inferenceLog })
  }
  const found = await Promise.all([logsWith([id]), logsWith([null, id]), inTransaction()])
  const records = new Map<Hex, ChainRecord>()
  for (const event of found.flat()) {
    if (event.type !== 'settled' && event.type !== 'settled-metadata') continue
    if (!records.has(event.digest)) records.set(event.digest, event)
  }
  return [...records.values()]
}

/** Whether a text is a hash of 32 bytes. */
export function isBytes32(text: string): text is Hex {
  return isHex(text) && text.length === 66
}

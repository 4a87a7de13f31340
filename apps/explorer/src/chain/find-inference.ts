import type { Hex } from '@og/settlement'
import {
  decodeRecordEvents,
  type RecordEvent,
  readRecordEvents,
  type SettledEvent,
  type SettledMetadataEvent,
} from '@og/settlement/contracts'
import { isHex, type PublicClient } from 'viem'
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
  const logsWith = (indexed: readonly (Hex | null)[]): Promise<readonly RecordEvent[]> =>
    readRecordEvents(client, {
      contract: network.inferenceLog,
      events: ['Settled', 'SettledMetadata'],
      indexed,
      fromBlock: network.fromBlock,
    })
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

import type { Hex } from '@og/settlement'
import {
  decodeRecordEvents,
  type RecordEvent,
  readRecordEvents,
  type SettledEvent,
  type SettledMetadataEvent,
} from '@og/settlement/contracts'
import { isHex, type PublicClient } from 'viem'
import { findBlocks } from '../indexer/fetch-history.js'
import type { Network } from '../network/network.js'

/** A record on the chain. */
export type ChainRecord = SettledEvent | SettledMetadataEvent

/**
 * Finds records by digest of the receipt, payment hash or transaction hash; the first record of each digest counts. An indexer only says in
 * which blocks to look: what it leaves out is looked for on the whole chain, and what it makes up is not there.
 */
export async function findRecords(
  id: string,
  options: { readonly network: Network; readonly client: PublicClient },
): Promise<readonly ChainRecord[]> {
  if (!isBytes32(id)) throw new Error('That is not a hash: 0x and 64 hexadecimal digits are expected.')
  const { network, client } = options
  const logsWith = (
    indexed: readonly (Hex | null)[],
    range: { readonly fromBlock: bigint; readonly toBlock?: bigint },
  ): Promise<readonly RecordEvent[]> =>
    readRecordEvents(client, {
      contract: network.inferenceLog,
      events: ['Settled', 'SettledMetadata'],
      indexed,
      ...range,
    })
  const within = async (range: { readonly fromBlock: bigint; readonly toBlock?: bigint }) =>
    (await Promise.all([logsWith([id], range), logsWith([null, id], range)])).flat()
  const inTransaction = async (): Promise<readonly RecordEvent[]> => {
    const receipt = await client.getTransactionReceipt({ hash: id }).catch(() => null)
    return receipt === null ? [] : decodeRecordEvents(receipt.logs, { contract: network.inferenceLog })
  }
  const blocks = await findBlocks(network, id)
  const told = await Promise.all([
    ...blocks.map((block) => within({ fromBlock: block, toBlock: block })),
    inTransaction(),
  ])
  const found = told.some(({ length }) => length > 0) ? told : [await within({ fromBlock: network.fromBlock })]
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

import type { Address, Hex } from '@og/settlement'
import { isJsonObject, type JsonValue } from '../read-json.js'
import { callContract, topicOf } from './abi.js'
import { type JsonRpc, quantityOf } from './json-rpc.js'

/** A published head of a log. */
interface PublishedCheckpoint {
  readonly size: bigint
  readonly root: Hex
  /** Time of its block, unix seconds. */
  readonly publishedAt: bigint
}

/** Reads a checkpoint by its number; `null` when there is none. @throws ClientError `CHAIN_UNAVAILABLE` */
export async function readCheckpoint(
  rpc: JsonRpc,
  query: { readonly contract: Address; readonly logId: Hex; readonly seq: bigint },
): Promise<PublishedCheckpoint | null> {
  const answer = await callContract(rpc, {
    to: query.contract,
    signature: 'checkpointAt(bytes32,uint64)',
    words: [query.logId, query.seq],
  })
  const size = answer.uint(0)
  return size === 0n ? null : { size, publishedAt: answer.uint(1), root: answer.bytes32(2) }
}

const RECORD_EVENTS = [
  'Settled(bytes32,bytes32,bytes32,bytes32,bytes32,bytes32)',
  'SettledMetadata(bytes32,bytes32,bytes32,(bytes32,bytes32,bytes32,uint32,bytes32,bytes32,bytes32,uint8,uint8,uint64,uint64),' +
    '(bytes32,address,string,uint256,address,address,uint256,uint256,bytes32,string,string,string,bytes32,uint64,uint64,uint64,uint64,uint8,uint8,uint64),' +
    '(bytes32,bytes32),bytes,bytes)',
]

/**
 * Finds the record of one receipt, SETTLE or SETTLE_METADATA. The contract writes it only for a receipt that its node signed; when it
 * was submitted more than once, the first counts. Many public nodes bound the range of blocks.
 * @throws ClientError `CHAIN_UNAVAILABLE`, `CHAIN_REFUSED`
 */
export async function findRecord(
  rpc: JsonRpc,
  query: { readonly contract: Address; readonly digest: Hex; readonly block?: bigint | undefined },
): Promise<{ readonly blockNumber: bigint; readonly transaction: Hex } | null> {
  const block = query.block === undefined ? undefined : (`0x${query.block.toString(16)}` as const)
  const logs = await rpc.request('eth_getLogs', [
    {
      address: query.contract,
      topics: [RECORD_EVENTS.map(topicOf), query.digest],
      fromBlock: block ?? '0x0',
      toBlock: block ?? 'latest',
    },
  ])
  for (const log of Array.isArray(logs) ? logs : []) {
    const found = placeOf(log, query)
    if (found !== undefined) return found
  }
  return null
}

/** A node may answer with more than was asked for: every field is looked at again. */
function placeOf(
  log: JsonValue,
  query: { readonly contract: Address; readonly digest: Hex },
): { readonly blockNumber: bigint; readonly transaction: Hex } | undefined {
  if (!isJsonObject(log)) return undefined
  const { address, topics, blockNumber, transactionHash, removed } = log
  const isRecord =
    removed !== true &&
    typeof address === 'string' &&
    address.toLowerCase() === query.contract.toLowerCase() &&
    Array.isArray(topics) &&
    RECORD_EVENTS.some((event) => topicOf(event) === topics[0]) &&
    topics[1] === query.digest.toLowerCase()
  if (!isRecord || blockNumber === null || typeof transactionHash !== 'string') return undefined
  return { blockNumber: quantityOf(blockNumber), transaction: `0x${transactionHash.slice(2)}` }
}

/** Time of a block, unix seconds. @throws ClientError `CHAIN_UNAVAILABLE` */
export async function readBlockTime(rpc: JsonRpc, blockNumber: bigint): Promise<bigint> {
  const block = await rpc.request('eth_getBlockByNumber', [`0x${blockNumber.toString(16)}`, false])
  return quantityOf(isJsonObject(block) ? block['timestamp'] : undefined)
}

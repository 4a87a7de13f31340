import { type Client, encodeEventTopics } from 'viem'
import type { Address } from '../address.js'
import type { Hex } from '../hex.js'
import { type ChainLog, decodeRecordEvents, type RecordEvent } from './events.js'
import { inferenceLogAbi } from './generated/inference-log.js'

/** Names of the events of an `InferenceLog`. */
export type RecordEventName = 'Settled' | 'SettledMetadata' | 'Skipped' | 'CheckpointPublished' | 'Equivocation'

/** Which events to read. */
export interface ReadRecordEventsOptions {
  /** The `InferenceLog`. */
  readonly contract: Address
  /** Any of these; the chain's node picks them out. */
  readonly events: readonly RecordEventName[]
  /** What the indexed fields must be, in the order of the event; `null` is any value. */
  readonly indexed?: readonly (Hex | null)[]
  /** The first block to look at, 0 when absent. */
  readonly fromBlock?: bigint
  /** The last block to look at, the newest when absent. */
  readonly toBlock?: bigint
  /** Most blocks that one request asks for; all of them when absent. Many public nodes bound the range. */
  readonly blocksPerRequest?: bigint
}

/**
 * Reads events of an `InferenceLog` from the chain, oldest first: filtered by the chain's node, range by range where `blocksPerRequest` says
 * so. A node that answers with other events than it was asked for is not believed: they are left out.
 */
export async function readRecordEvents(
  client: Client,
  options: ReadRecordEventsOptions,
): Promise<readonly RecordEvent[]> {
  const { contract, indexed = [], fromBlock = 0n, blocksPerRequest } = options
  const signatures = options.events.map((eventName) => encodeEventTopics({ abi: inferenceLogAbi, eventName })[0])
  const wanted = [signatures, ...indexed.map((value) => (value === null ? null : lowerCase(value)))]

  async function readRange(from: bigint, to: bigint | undefined): Promise<readonly RecordEvent[]> {
    const logs = await client.request({
      method: 'eth_getLogs',
      params: [
        {
          address: contract,
          topics: wanted,
          fromBlock: quantity(from),
          toBlock: to === undefined ? 'latest' : quantity(to),
        },
      ],
    })
    return decodeRecordEvents(logs.filter((log) => fits(log, wanted)).map(chainLogOf), { contract })
  }

  if (blocksPerRequest === undefined) return readRange(fromBlock, options.toBlock)
  const last = options.toBlock ?? BigInt(await client.request({ method: 'eth_blockNumber' }))
  const found: RecordEvent[] = []
  for (let from = fromBlock; from <= last; from += blocksPerRequest) {
    const end = from + blocksPerRequest - 1n
    found.push(...(await readRange(from, end < last ? end : last)))
  }
  return found
}

interface RpcLog {
  readonly address: Address
  readonly topics: readonly Hex[]
  readonly data: Hex
  readonly blockNumber: Hex | null
  readonly transactionHash: Hex | null
  readonly logIndex: Hex | null
  readonly removed?: boolean
}

function fits(log: RpcLog, wanted: readonly (readonly Hex[] | Hex | null)[]): boolean {
  if (log.removed === true) return false
  return wanted.every((topic, index) => {
    const found = lowerCase(log.topics[index] ?? '0x')
    return topic === null || (typeof topic === 'string' ? topic === found : topic.includes(found))
  })
}

function chainLogOf({ address, topics, data, blockNumber, transactionHash, logIndex }: RpcLog): ChainLog {
  return {
    address,
    topics,
    data,
    blockNumber: blockNumber === null ? null : BigInt(blockNumber),
    transactionHash,
    logIndex: logIndex === null ? null : Number(logIndex),
  }
}

function lowerCase(hex: Hex): Hex {
  return `0x${hex.slice(2).toLowerCase()}`
}

function quantity(value: bigint): Hex {
  return `0x${value.toString(16)}`
}

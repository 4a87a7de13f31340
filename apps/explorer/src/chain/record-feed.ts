import {
  type ChainLog,
  decodeRecordEvents,
  decodeRegistryEvents,
  type RecordEvent,
  type RegistryEvent,
} from '@og/settlement/contracts'
import type { PublicClient } from 'viem'
import type { Network } from '../network/network.js'

/** What has been seen on the chain so far. A new object for every change. */
export interface FeedState {
  /** Newest first, at most 2,000. */
  readonly records: readonly RecordEvent[]
  readonly registry: readonly RegistryEvent[]
  /** Unix seconds of the blocks that hold the newest records. */
  readonly blockTimes: ReadonlyMap<bigint, bigint>
  /** Last block that was read; `null` before the first. */
  readonly head: bigint | null
  /** Whether the past up to now is in. */
  readonly isComplete: boolean
  readonly error: string | null
}

/** Follows the chain while somebody listens. */
export interface RecordFeed {
  getState(): FeedState
  subscribe(listener: () => void): () => void
  readonly client: PublicClient
}

const maxEvents = 2_000
const blocksPerRequest = 10_000n
const requestsPerRound = 20
const timedEvents = 200

/** Creates a feed over the events of the two contracts. It polls; a hidden page rests. */
export function createRecordFeed(
  network: Network,
  options: { readonly client: PublicClient; readonly intervalMs?: number },
): RecordFeed {
  const { client, intervalMs = 1_500 } = options
  let state: FeedState = {
    records: [],
    registry: [],
    blockTimes: new Map(),
    head: null,
    isComplete: false,
    error: null,
  }
  let timer: ReturnType<typeof setTimeout> | undefined
  const listeners = new Set<() => void>()

  const change = (next: Partial<FeedState>): void => {
    state = { ...state, ...next }
    for (const listener of listeners) listener()
  }

  async function readRound(): Promise<void> {
    const newest = await client.getBlockNumber({ cacheTime: 0 })
    let from = state.head === null ? network.fromBlock : state.head + 1n
    for (let request = 0; request < requestsPerRound && from <= newest; request += 1) {
      const to = from + blocksPerRequest - 1n < newest ? from + blocksPerRequest - 1n : newest
      const logs: ChainLog[] = await client.getLogs({
        address: [network.inferenceLog, network.nodeRegistry],
        fromBlock: from,
        toBlock: to,
      })
      const records = decodeRecordEvents(logs, { contract: network.inferenceLog })
      const registry = decodeRegistryEvents(logs, { contract: network.nodeRegistry })
      change({
        records: [...[...records].reverse(), ...state.records].slice(0, maxEvents),
        registry: [...[...registry].reverse(), ...state.registry].slice(0, maxEvents),
        head: to,
      })
      from = to + 1n
    }
    await readBlockTimes()
    if (!state.isComplete && state.head !== null && state.head >= newest) change({ isComplete: true })
    if (state.error !== null) change({ error: null })
  }

  async function readBlockTimes(): Promise<void> {
    const wanted = new Set(state.records.slice(0, timedEvents).map(({ blockNumber }) => blockNumber))
    const missing = [...wanted].filter((block) => block !== null && !state.blockTimes.has(block))
    if (missing.length === 0) return
    const blocks = await Promise.all(missing.map((blockNumber) => client.getBlock({ blockNumber: blockNumber ?? 0n })))
    const blockTimes = new Map(state.blockTimes)
    for (const block of blocks) blockTimes.set(block.number, block.timestamp)
    change({ blockTimes })
  }

  // Listeners come and go while a round is under way: only one round at a time may move the head.
  let isPolling = false

  async function poll(): Promise<void> {
    if (isPolling) return
    isPolling = true
    try {
      if (!document.hidden || state.head === null) await readRound()
    } catch {
      change({ error: `The chain at ${network.rpc} does not answer. Trying again.` })
    }
    isPolling = false
    clearTimeout(timer)
    if (listeners.size > 0) timer = setTimeout(poll, intervalMs)
  }

  return {
    client,
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener)
      if (listeners.size === 1) void poll()
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) clearTimeout(timer)
      }
    },
  }
}

import { type Address, isSameAddress, parseAddress } from '../address.js'
import { systemClock } from '../defaults.js'
import { bytesOf, type Hex, lowerHex } from '../hex.js'
import { keccakHex } from '../keccak.js'
import { X402Error } from '../x402-error.js'
import { aggregateCalldata, type BatchItem, decodeAggregate, decodeFlags, executeCalldata } from './batch-calldata.js'
import { batchOutcomes } from './batch-outcome.js'
import { createFairQueue } from './batch-queue.js'
import type { ChainCall, ChainOutcome, ChainReader, ChainWriter } from './chain.js'
import { MULTICALL3_ADDRESS } from './contracts.js'

/** How many calls become one transaction. */
export type BatchRoute =
  /** Multicall3, for EIP-3009 transfers of tokens that are known not to misbehave: it has no gas limit for one call. */
  | { readonly kind: 'multicall3'; readonly assets: readonly string[]; readonly address?: string }
  /** A deployed `BatchFacilitator` of which the writer is an operator, for everything. */
  | { readonly kind: 'contract'; readonly address: string }

/** A batch that was sent or is about to be. */
export interface StoredBatch {
  readonly to: Address
  readonly data: Hex
  readonly dedupeKey: Hex
  readonly gasLimit: bigint
}

/** Where a writer remembers which call went into which batch. A durable one makes restarts safe with a durable writer. */
export interface BatchStore {
  find(key: Hex): Promise<StoredBatch | undefined>
  /** Called before the batch is sent. */
  keep(keys: readonly Hex[], batch: StoredBatch): Promise<void>
}

/** Options of {@link createBatchWriter}. */
export interface BatchWriterOptions {
  /** Sends the batches. */
  readonly writer: ChainWriter
  readonly chain: ChainReader
  readonly route: BatchRoute
  /** Most calls in one transaction; 50 when absent. */
  readonly maxItems?: number
  /** How long the first call of a batch waits for others, in milliseconds; 1000 when absent. */
  readonly windowMs?: number
  /** A batch leaves at once when one of its payments expires within this many seconds; 20 when absent. */
  readonly urgentSeconds?: bigint
  /** Most gas that one transaction may ask for; 20 000 000 when absent. */
  readonly maxBatchGas?: bigint
  /** Most gas for a call that states none; 200 000 when absent. */
  readonly itemGasLimit?: bigint
  /** Most calls that wait; above it calls are refused unsent. 10 000 when absent. */
  readonly maxWaiting?: number
  readonly store?: BatchStore
  /** Unix seconds; the system clock when absent. */
  readonly clock?: () => bigint
}

interface Waiting {
  readonly payer: string
  readonly call: ChainCall
  readonly item: BatchItem
  resolve(outcome: ChainOutcome): void
  reject(error: unknown): void
}

const REFUSED: ChainOutcome = { transaction: '0x', status: 'refused', logs: [] }
const MAX_REMEMBERED = 10_000
/** Gas of the transaction itself and of the loop, and gas of one item beside its call: events, copies, calldata. */
const BATCH_GAS = 60_000n
const ITEM_GAS = 30_000n

function gasOf(item: BatchItem): bigint {
  // EIP-150 hands over 63/64 of what is left.
  return item.gasLimit + item.gasLimit / 63n + ITEM_GAS + 16n * BigInt(item.data.length / 2)
}

/** When the first of its payments runs out. */
function earliestOf(batch: readonly Waiting[]): Pick<ChainCall, 'validBefore'> {
  const [first, ...others] = batch.flatMap(({ call }) => call.validBefore ?? [])
  return first === undefined ? {} : { validBefore: others.reduce((least, end) => (end < least ? end : least), first) }
}

function createMemoryBatchStore(): BatchStore {
  const batches = new Map<Hex, StoredBatch>()
  return {
    find: async (key) => batches.get(key),
    async keep(keys, batch) {
      for (const key of keys) batches.set(key, batch)
      for (const oldest of batches.keys()) {
        if (batches.size <= MAX_REMEMBERED) break
        batches.delete(oldest)
      }
    },
  }
}

/**
 * A writer that gathers calls and sends them as one transaction: by count, by age, or when a payment is about to expire.
 * Each batch is simulated first and sent without what fails there; what fails on chain fails alone. Payers are served
 * in turn. The same `dedupeKey` joins the same batch. Callers still get a transaction hash each, later by the window.
 * @throws X402Error `INVALID_OPTIONS`
 */
export function createBatchWriter(options: BatchWriterOptions): ChainWriter {
  const { writer, chain, route, maxItems = 50, windowMs = 1000, maxWaiting = 10_000 } = options
  const { urgentSeconds = 20n, maxBatchGas = 20_000_000n, itemGasLimit = 200_000n } = options
  if (maxItems < 1 || windowMs < 0) throw new X402Error('INVALID_OPTIONS', 'maxItems and windowMs must not be negative')
  const clock = options.clock ?? systemClock
  const store = options.store ?? createMemoryBatchStore()
  const isContract = route.kind === 'contract'
  const target = parseAddress(route.address ?? MULTICALL3_ADDRESS)
  const assets = route.kind === 'multicall3' ? route.assets.map(parseAddress) : []
  const queue = createFairQueue<Waiting>()
  const running = new Map<Hex, Promise<ChainOutcome>>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let dueAt = Number.POSITIVE_INFINITY

  function encode(items: readonly BatchItem[]): Hex {
    return isContract ? executeCalldata(items) : aggregateCalldata(items)
  }

  function isBatchable(call: ChainCall): boolean {
    return isContract || (call.evidence !== undefined && assets.some((asset) => isSameAddress(asset, call.to)))
  }

  async function simulate(items: readonly BatchItem[]): Promise<readonly boolean[]> {
    const gas = items.reduce((sum, item) => sum + gasOf(item), BATCH_GAS)
    const answer = await chain.call({ to: target, data: encode(items), from: writer.address, gas })
    const read = (data: Hex): readonly boolean[] | undefined =>
      isContract ? decodeFlags(data, items.length) : decodeAggregate(data, items.length)?.map(({ success }) => success)
    const flags = answer.status === 'success' ? read(answer.data) : undefined
    if (flags !== undefined) return flags
    // Something breaks the whole batch: what breaks it shows when each is asked alone.
    if (items.length === 1) return [false]
    const alone: boolean[] = []
    for (const item of items) alone.push((await simulate([item]))[0] ?? false)
    return alone
  }

  async function sendBatch(batch: readonly Waiting[]): Promise<void> {
    const [only] = batch
    if (batch.length === 1 && only !== undefined && !isContract) {
      only.resolve(await writer.execute(only.call))
      return
    }
    const items = batch.map(({ item }) => item)
    const keys = items.map(({ key }) => key)
    // What has failed in a transaction that is over goes out in a new one, also when the same items meet again.
    const [first = '0x'] = keys
    const last = await store.find(first)
    const stored: StoredBatch = {
      to: target,
      data: encode(items),
      dedupeKey: keccakHex(...[...keys, ...(last === undefined ? [] : [last.dedupeKey])].map((key) => bytesOf(key))),
      gasLimit: items.reduce((sum, item) => sum + gasOf(item), BATCH_GAS),
    }
    await store.keep(keys, stored)
    const outcome = await writer.execute({ ...stored, ...earliestOf(batch) })
    if (outcome.status === 'reverted' && batch.length > 1) {
      // The transaction as a whole failed: nobody pays for that but this facilitator; each gets its own.
      for (const waiting of batch) await sendBatch([waiting]).catch(waiting.reject)
      return
    }
    const calls = batch.map(({ call }) => call)
    const outcomes = batchOutcomes(calls, outcome, isContract ? target : undefined)
    for (const [index, { resolve }] of batch.entries()) resolve(outcomes[index] ?? outcome)
  }

  async function runBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const flags = await simulate(batch.map(({ item }) => item))
      const good = batch.filter((_, index) => flags[index] === true)
      for (const [index, waiting] of batch.entries()) if (flags[index] !== true) waiting.resolve(REFUSED)
      if (good.length > 0) await sendBatch(good)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    dueAt = Number.POSITIVE_INFINITY
    let batch: Waiting[] = []
    let gas = BATCH_GAS
    for (const waiting of queue.take(maxItems)) {
      if (batch.length > 0 && gas + gasOf(waiting.item) > maxBatchGas) {
        void runBatch(batch)
        batch = []
        gas = BATCH_GAS
      }
      batch.push(waiting)
      gas += gasOf(waiting.item)
    }
    if (batch.length > 0) void runBatch(batch)
    if (queue.size >= maxItems) flush()
    else if (queue.size > 0) schedule(0)
  }

  function schedule(delayMs: number): void {
    const at = Date.now() + delayMs
    if (at >= dueAt) return
    clearTimeout(timer)
    dueAt = at
    timer = setTimeout(flush, delayMs)
  }

  function enqueue(call: ChainCall): Promise<ChainOutcome> {
    if (queue.size >= maxWaiting) return Promise.resolve(REFUSED)
    const gasLimit = call.gasLimit ?? itemGasLimit
    const item = { key: lowerHex(call.dedupeKey), to: call.to, data: call.data, gasLimit }
    const outcome = new Promise<ChainOutcome>((resolve, reject) => {
      queue.add({ payer: (call.payer ?? call.dedupeKey).toLowerCase(), call, item, resolve, reject })
    })
    const left = call.validBefore === undefined ? undefined : call.validBefore - clock() - urgentSeconds
    const urgentMs = left === undefined ? windowMs : Math.max(0, Math.min(windowMs, Number(left) * 1000))
    if (queue.size >= maxItems) flush()
    else schedule(urgentMs)
    return outcome
  }

  async function start(call: ChainCall): Promise<ChainOutcome> {
    const known = await store.find(lowerHex(call.dedupeKey))
    if (known === undefined) return enqueue(call)
    // Sent before, perhaps by another life of this process: the writer says what became of it and sends nothing twice.
    const [outcome] = batchOutcomes([call], await writer.execute(known), isContract ? target : undefined)
    return outcome === undefined || outcome.status === 'reverted' ? enqueue(call) : outcome
  }

  return {
    address: isContract ? target : writer.address,
    signers: writer.signers ?? [writer.address],
    // What went into a batch before is sent as it is.
    simulates: async (call) => isBatchable(call) && (await store.find(lowerHex(call.dedupeKey))) === undefined,
    execute(call) {
      if (!isBatchable(call)) return writer.execute(call)
      const key = lowerHex(call.dedupeKey)
      const current = running.get(key)
      if (current !== undefined) return current
      const outcome = start(call).finally(() => running.delete(key))
      running.set(key, outcome)
      return outcome
    },
  }
}

import { type Clock, sleepFor, systemClock } from '../defaults.js'
import type { Address, Hex } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import type { Lane, RelayJob, RelayJobInput, RelayStore } from '../relay-store.js'
import { allocateJobs } from './allocate-jobs.js'
import { groupSizeOf, type JobGrouping } from './job-group.js'
import { reconcileLane } from './reconcile-lane.js'
import type { ChainLog, RelayerChain } from './relayer-chain.js'
import type { RelayerContext, RelayerSigner, RelayerStepHook, TickReport } from './relayer-context.js'
import { emptyReport } from './relayer-context.js'

/** How to run one lane. */
export interface RelayerOptions {
  readonly ledger: RelayStore
  readonly chain: RelayerChain
  /** The lane's key; nobody else may use it. Several relayers with other keys share one queue. */
  readonly signer: RelayerSigner
  /** Unix seconds; default: the machine's clock. */
  readonly now?: Clock
  /** Whose jobs it sends: those submitted to the same queue; default `''`. A lane is one key, a queue is what it works for. */
  readonly queue?: string
  /** Blocks, the including one counted, after which a result is final. */
  readonly confirmations: number
  /** Most nonces that may be unmined at once; default 8. */
  readonly maxInFlight?: number
  /** No transaction offers more for a unit of gas; default 500 gwei. */
  readonly maxFeePerGasCap?: bigint
  /** Unmined bytes are handed to the node again at this age; default 2. */
  readonly rebroadcastSeconds?: bigint
  /** Unmined bytes are replaced with higher fees at this age; default 15. */
  readonly replaceAfterSeconds?: bigint
  /** Times a simulation may revert before the job fails without a nonce; default 3. */
  readonly maxSimulations?: number
  /** Pause between simulations; default 2. */
  readonly retrySeconds?: bigint
  /** Lets several jobs share a transaction; default: each has its own. */
  readonly grouping?: JobGrouping
  /** Default: timers of the runtime. */
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>
  /** Called at named points: for fault injection only. */
  readonly onStep?: RelayerStepHook
}

/** A transaction that is to be sent; see {@link RelayJobInput}. */
export type RelayCall = Pick<RelayJobInput, 'dedupeKey' | 'to' | 'data' | 'gasLimit' | 'deadline'>

/** How long to wait, and for whom to stop. */
export interface WaitOptions {
  /** By the machine's clock; default: for ever. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Default 200; half a second at least while `run` is at work here, which tells by itself of what it ends. */
  readonly pollMs?: number
}

/** The end of a job. Without a transaction it never left this process. */
export interface RelayOutcome {
  readonly id: number
  readonly status: 'success' | 'reverted'
  readonly transaction: Hex | null
  readonly blockNumber: bigint | null
  readonly error: string | null
}

/** One worker on one lane. */
export interface Relayer {
  readonly address: Address
  /** Queues a transaction; the same key and content is the same job. @throws LedgerError `DUPLICATE`, `INVALID_INPUT` */
  submit(call: RelayCall): Promise<number>
  /** Reconciles with the chain and allocates what is due. @throws LedgerError `WRONG_CHAIN`; whatever the node's client throws */
  tick(): Promise<TickReport>
  /** Resolves when the job is final or failed. Drives `tick` itself while `run` does not. @throws LedgerError `TIMEOUT`, `NOT_FOUND` */
  wait(id: number, options?: WaitOptions): Promise<RelayOutcome>
  /** `submit` and `wait` with the transaction's logs: what a facilitator needs. `0x` stands for a transaction never signed. */
  execute(
    call: RelayCall,
    options?: WaitOptions,
  ): Promise<{
    readonly transaction: Hex
    readonly status: 'success' | 'reverted' | 'pending'
    readonly logs: readonly ChainLog[]
  }>
  /** Ticks until the signal aborts; errors go to `onError` and the next tick tries again. */
  run(options: {
    readonly intervalMs: number
    /** Pause while nothing is queued or unmined; default 1000. A submission of this process ends it at once. */
    readonly idleIntervalMs?: number
    readonly signal: AbortSignal
    readonly onError?: (error: unknown) => void
    readonly onTick?: (report: TickReport) => void
  }): Promise<void>
  /**
   * Reopens a quarantined lane on an operator's word: own transactions below the chain's final nonce are settled as the
   * chain shows them, jobs whose nonce a foreign transaction spent are queued again.
   */
  recover(): Promise<Lane>
}

const GWEI = 1_000_000_000n
/** How often a job is looked at that another process may have ended. */
const RUNNING_POLL_MS = 500

function outcomeOf(job: RelayJob): RelayOutcome | null {
  if (job.state !== 'final' && job.state !== 'failed') return null
  return {
    id: job.id,
    status: job.state === 'final' ? 'success' : 'reverted',
    transaction: job.transaction,
    blockNumber: job.blockNumber,
    error: job.error,
  }
}

/**
 * Makes a worker that sends each submitted transaction exactly once: sign, store the bytes, bind the job and take the
 * nonce in one commit, and only then broadcast; the same bytes again until mined; the same content with higher fees when
 * stuck; final by confirmations. Any number of workers and restarts may share a ledger.
 */
export function createRelayer(options: RelayerOptions): Relayer {
  if (!Number.isSafeInteger(options.confirmations) || options.confirmations < 1)
    throw new LedgerError('INVALID_INPUT', 'confirmations must be a whole number of at least 1')
  const size = groupSizeOf(options.grouping)
  if (!Number.isSafeInteger(size) || size < 1)
    throw new LedgerError('INVALID_INPUT', 'grouping.maxJobs must be a whole number of at least 1')
  const context: RelayerContext = {
    ledger: options.ledger,
    chain: options.chain,
    signer: options.signer,
    now: options.now ?? systemClock,
    confirmations: BigInt(options.confirmations),
    maxInFlight: options.maxInFlight ?? 8,
    maxFeePerGasCap: options.maxFeePerGasCap ?? 500n * GWEI,
    rebroadcastSeconds: options.rebroadcastSeconds ?? 2n,
    replaceAfterSeconds: options.replaceAfterSeconds ?? 15n,
    maxSimulations: options.maxSimulations ?? 3,
    retrySeconds: options.retrySeconds ?? 2n,
    queue: options.queue ?? '',
    grouping: options.grouping,
    step: options.onStep ?? (() => {}),
    unexplained: new Map(),
  }
  const { ledger, chain, signer } = context
  const sleep = options.sleep ?? sleepFor
  const key = { chainId: chain.chainId, address: signer.address }
  let running = 0
  let current: Promise<TickReport> | undefined

  async function openLane(): Promise<Lane> {
    const found = await chain.fetchChainId()
    if (found !== chain.chainId)
      throw new LedgerError(
        'WRONG_CHAIN',
        `the node is on chain ${found}, the relayer works for chain ${chain.chainId}`,
      )
    return ledger.openLane({ ...key, chainNonce: await chain.fetchNonce(signer.address, 'pending') })
  }

  /** Those who wait for a job, and how many ticks have ended one. */
  const listeners = new Set<() => void>()
  let progress = 0

  async function tickOnce(): Promise<TickReport> {
    const report = emptyReport()
    try {
      const lane = await reconcileLane(context, await openLane(), report)
      if (lane.state === 'ok') await allocateJobs(context, lane, report)
      return report
    } finally {
      if (report.finalized + report.failed > 0) {
        progress += 1
        for (const listener of [...listeners]) listener()
      }
    }
  }

  function tick(): Promise<TickReport> {
    current ??= tickOnce().finally(() => {
      current = undefined
    })
    return current
  }

  async function requireJob(id: number): Promise<RelayJob> {
    const job = await ledger.job(id)
    if (job === null) throw new LedgerError('NOT_FOUND', `no job ${id}`)
    return job
  }

  /** Sleeps until a tick of this process has ended something since then, or for a while. */
  async function untilProgress(since: number, milliseconds: number): Promise<void> {
    if (progress !== since) return
    const rest = new AbortController()
    const listener = (): void => rest.abort()
    listeners.add(listener)
    try {
      await sleep(milliseconds, rest.signal)
    } finally {
      listeners.delete(listener)
    }
  }

  async function wait(id: number, waiting: WaitOptions = {}): Promise<RelayOutcome> {
    const { pollMs = 200, timeoutMs = Number.POSITIVE_INFINITY, signal } = waiting
    const beganAt = performance.now()
    let waitedMs = 0
    for (;;) {
      const seen = progress
      const outcome = outcomeOf(await requireJob(id))
      if (outcome !== null) return outcome
      // A busy machine sleeps longer than it was asked to.
      if (signal?.aborted === true || Math.max(waitedMs, performance.now() - beganAt) >= timeoutMs)
        throw new LedgerError('TIMEOUT', `job ${id} is still on its way`)
      if (running > 0) {
        await untilProgress(seen, Math.min(Math.max(pollMs, RUNNING_POLL_MS), timeoutMs))
        continue
      }
      // Trouble with the node is no answer about the job: the next round asks again.
      await tick().catch(() => {})
      if (outcomeOf(await requireJob(id)) !== null) continue
      // Without the signal: many may wait on one, and a poll is short.
      await sleep(pollMs)
      waitedMs += pollMs
    }
  }

  let wake = (): void => {}

  const submit: Relayer['submit'] = async (call) => {
    const id = await ledger.submitJob({ ...call, chainId: chain.chainId, queue: context.queue })
    wake()
    return id
  }

  async function isIdle(): Promise<boolean> {
    if ((await ledger.slots(key)).length > 0) return false
    return (await ledger.dueJobs({ chainId: chain.chainId, queue: context.queue, limit: 1 })).length === 0
  }

  /** Sleeps longer while there is nothing to do; a submission ends the pause. */
  async function pause(intervals: {
    readonly busyMs: number
    readonly idleMs: number
    readonly signal: AbortSignal
  }): Promise<void> {
    const rest = new AbortController()
    // Set before looking: what is submitted in between must not wait.
    wake = () => rest.abort()
    const idle = await isIdle().catch(() => false)
    const signal = AbortSignal.any([intervals.signal, rest.signal])
    await sleep(idle ? intervals.idleMs : intervals.busyMs, idle ? signal : intervals.signal)
  }

  return {
    address: signer.address,
    submit,
    tick,
    wait,
    execute: async (call, waiting) => {
      const id = await submit(call)
      try {
        const outcome = await wait(id, waiting)
        if (outcome.transaction === null) return { transaction: '0x', status: 'reverted', logs: [] }
        const receipt = await chain.fetchReceipt(outcome.transaction)
        return { transaction: outcome.transaction, status: outcome.status, logs: receipt?.logs ?? [] }
      } catch (error) {
        if (!(error instanceof LedgerError) || error.code !== 'TIMEOUT') throw error
        return { transaction: (await requireJob(id)).transaction ?? '0x', status: 'pending', logs: [] }
      }
    },
    run: async ({ intervalMs, idleIntervalMs = 1000, signal, onError, onTick }) => {
      running += 1
      try {
        while (!signal.aborted) {
          try {
            const report = await tick()
            onTick?.(report)
          } catch (error) {
            onError?.(error)
          }
          await pause({ busyMs: intervalMs, idleMs: Math.max(intervalMs, idleIntervalMs), signal })
        }
      } finally {
        running -= 1
      }
    },
    recover: async () => {
      const lane = await openLane()
      const head = await chain.fetchBlockNumber()
      const depth = head + 1n - context.confirmations
      const finalNonce = await chain.fetchNonce(signer.address, depth > 0n ? depth : 0n)
      for (const slot of await ledger.slots(key)) {
        if (slot.nonce >= finalNonce) break
        let isOwn = false
        for (const attempt of slot.attempts) {
          const receipt = await chain.fetchReceipt(attempt.hash)
          if (receipt === null) continue
          isOwn = true
          await ledger.finalize({ ...key, nonce: slot.nonce, hash: attempt.hash, ...receipt })
        }
        if (!isOwn) await ledger.displace({ ...key, nonce: slot.nonce })
      }
      context.unexplained.clear()
      if (lane.state === 'quarantined')
        await ledger.resumeLane({ ...key, nextNonce: await chain.fetchNonce(signer.address, 'pending') })
      return openLane()
    },
  }
}

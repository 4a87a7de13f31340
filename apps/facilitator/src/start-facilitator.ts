import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { createRelayer, type TickReport, viemRelayerChain } from '@og/ledger'
import { MULTICALL3_ADDRESS, viemChain } from '@og/x402/evm'
import { createFacilitator, type Facilitator } from '@og/x402/facilitator'
import { createFastKeccak, createFastRecover, createPipelineLimit } from '@og/x402/node'
import { type Address, createPublicClient, createWalletClient, http, zeroHash } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { askTogether } from './ask-together.js'
import { prepareBatchContract } from './batch-contract.js'
import type { FacilitatorConfig } from './config.js'
import { createSchemes } from './create-schemes.js'
import { listSettled } from './discovery/list-settled.js'
import { createFacilitatorApp } from './facilitator-app.js'
import { createFairGate } from './fair-gate.js'
import { guardFacilitator } from './guard-facilitator.js'
import type { Log } from './log.js'
import { createMetrics } from './metrics.js'
import { openStores } from './open-stores.js'
import { createSettlementRecorder } from './record-settlements.js'
import { createRelayWriter } from './relay-writer.js'
import { repeat } from './repeat.js'
import { within } from './within.js'

/** A facilitator that listens. */
export interface RunningFacilitator {
  readonly url: string
  /** The account that sends transactions. */
  readonly address: Address
  /** What `upto` payments name as their facilitator: the batch contract where there is one. */
  readonly facilitatorAddress: Address
  /** Stops listening, lets the relayer finish its round, closes the stores. What is under way goes on at the next start. */
  readonly close: () => Promise<void>
}

const relayIntervalMs = 100
const relayPollMs = 50
const resumeIntervalMs = 10_000
/** Rounds in which a start takes up what the process before left open. */
const resumeRounds = 100
/** A settlement that somebody waits for is not asked again meanwhile. */
const resumeAfterSeconds = 100n
const sweepIntervalMs = 600_000
const drainMs = 5_000
/** Whoever asks how things are is told in time, also when the node hangs. */
const probeMs = 2_000
/** A connection on which nothing moves for so long is over: longer than any settlement is waited for, and no answer waits longer to be read. */
const quietConnectionMs = 180_000
/** Alarms of the relayer under which nothing can be settled. */
const faultsByAlarm: ReadonlyMap<string, string> = new Map([
  ['LANE_QUARANTINED', 'lane_quarantined'],
  ['INSUFFICIENT_FUNDS', 'insufficient_gas_money'],
])

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** Wires a facilitator and starts it. Everything that it takes from the world is taken here. */
export async function startFacilitator(
  config: FacilitatorConfig,
  {
    log = silent,
    reopenLane = false,
  }: {
    readonly log?: Log
    /** The operator's word that a key which somebody else has used is this ledger's alone again. */
    readonly reopenLane?: boolean
  } = {},
): Promise<RunningFacilitator> {
  const account = privateKeyToAccount(config.privateKey as `0x${string}`)
  const client = createPublicClient({ transport: http(config.rpcUrl), pollingInterval: 100 })
  const chainId = await client.getChainId()
  if (chainId !== config.chainId)
    throw new Error(`The RPC serves chain ${chainId}, the configuration says ${config.chainId}.`)
  const clock = (): bigint => BigInt(Math.floor(Date.now() / 1000))
  const stores = await openStores(config, { now: clock })
  const stop = new AbortController()
  const { signal } = stop
  const running: Promise<unknown>[] = []
  const finish = async (): Promise<void> => {
    stop.abort()
    await Promise.all(running)
    await stores.close()
  }
  try {
    const onError = (error: unknown): void => {
      if (!signal.aborted) log.error('a record could not be kept', { error })
    }
    const { maxConcurrent, maxWaiting, maxPerPayer, maxPerCaller } = config.limits
    const gate = createFairGate({
      maxConcurrent,
      maxWaiting,
      maxPerPayer,
      maxPerCaller: maxPerCaller ?? Math.ceil((maxConcurrent + maxWaiting) / 2),
    })
    const readBalance = askTogether(() =>
      within(client.getBalance({ address: account.address }), { ms: probeMs, otherwise: undefined }),
    )
    const metrics = createMetrics({ gate, readBalance })
    const relayer = createRelayer({
      ledger: stores.ledger,
      chain: viemRelayerChain(client, { chainId: BigInt(config.chainId) }),
      signer: account,
      now: clock,
      confirmations: config.confirmations,
      ...(config.maxFeePerGas === undefined ? {} : { maxFeePerGasCap: BigInt(config.maxFeePerGas) }),
    })
    if (reopenLane) log.info('the relayer works again', { lane: (await relayer.recover()).state })
    let faults: readonly string[] = []
    let lasting: ReadonlySet<string> = new Set()
    const onTick = ({ alarms }: TickReport): void => {
      faults = alarms.flatMap(({ alarm }) => faultsByAlarm.get(alarm) ?? [])
      // A round takes a tenth of a second: what lasts is said once.
      for (const { alarm } of alarms) {
        metrics.countAlarm(alarm)
        if (!lasting.has(alarm)) log.warn('relayer', { alarm, account: account.address })
      }
      lasting = new Set(alarms.map(({ alarm }) => alarm))
    }
    running.push(
      relayer.run({
        intervalMs: relayIntervalMs,
        signal,
        onTick,
        onError: (error) => log.warn('the relayer could not work', { error }),
      }),
    )
    const { settleTimeoutMs, batch } = config
    const batchContract =
      batch?.contract === undefined
        ? undefined
        : await prepareBatchContract({
            client,
            relayer,
            contract: batch.contract as Address | 'deploy',
            operators: (batch.operators ?? []) as readonly Address[],
          })
    const recorder = createSettlementRecorder({ settlements: stores.x402.settlements, onError })
    const relaying = createRelayWriter({
      relayer,
      ledger: stores.ledger,
      settleTimeoutMs,
      pollMs: relayPollMs,
      batchTargets: [MULTICALL3_ADDRESS, ...(batchContract === undefined ? [] : [batchContract])],
    })
    const writer = recorder.recordSending(relaying)
    const chain = viemChain({
      publicClient: client,
      walletClient: createWalletClient({ account, transport: http(config.rpcUrl) }),
    })
    const { catalog, settlements } = stores.x402
    const batches = recorder.recordBatches(stores.x402.batches)
    const { recover } = createFastRecover()
    const { keccak } = await createFastKeccak()
    const schemes = await createSchemes({
      config,
      chain,
      writer,
      batchContract,
      batches,
      record: recorder.recordCalls,
      clock,
      tools: { recover, keccak },
    })
    const { discovery } = config
    const recorded: Facilitator = recorder.recordAnswers(createFacilitator({ schemes }))
    const listed =
      discovery === false
        ? recorded
        : listSettled(recorded, {
            catalog,
            privateHosts: discovery.privateHosts,
            onListing: metrics.countListing,
            onError,
          })
    const facilitator = guardFacilitator(listed, {
      gate,
      metrics,
      recover,
      clock,
      ...(config.minAmount === undefined ? {} : { minAmount: BigInt(config.minAmount) }),
    })

    // Nobody waits for these: the next start asks again what this one leaves open.
    const resume = async (untouchedSince: bigint): Promise<number> => {
      const count = await recorder.resume(listed, { untouchedSince })
      if (count > 0) log.info('asked open settlements again', { count })
      return count
    }
    const resumeAll = async (before: bigint): Promise<void> => {
      let found = await resume(before)
      // Each that was asked counts as touched; what could not be asked is met again by the rounds below.
      for (let round = 1; round < resumeRounds && found > 0 && !signal.aborted; round += 1)
        found = await resume(before - 1n)
    }
    void resumeAll(clock()).catch(onError)
    void repeat(() => resume(clock() - resumeAfterSeconds), { intervalMs: resumeIntervalMs, signal, onError })
    running.push(repeat(() => stores.x402.sweep(), { intervalMs: sweepIntervalMs, signal, onError }))

    const checkReadiness = askTogether(async (): Promise<readonly string[]> => {
      const limit = { ms: probeMs, otherwise: false }
      const [chainIsRight, storeAnswers] = await Promise.all([
        within(
          client.getChainId().then((id) => id === config.chainId),
          limit,
        ),
        within(
          settlements.find(zeroHash).then(() => true),
          limit,
        ),
      ])
      return [...(chainIsRight ? [] : ['chain']), ...(storeAnswers ? [] : ['store']), ...faults]
    })
    const app = createFacilitatorApp({
      facilitator,
      checkReadiness,
      settlements,
      ...(discovery === false ? {} : { catalog }),
      metrics,
      log,
      ...(config.apiKeys === undefined ? {} : { apiKeys: config.apiKeys }),
      maxBodyBytes: config.limits.maxBodyBytes,
      versions: config.versions,
      remoteAddressOf: (context) => getConnInfo(context).remote.address ?? '',
    })
    const { server, port } = await listen(app.fetch, config)
    void readBalance().then((wei) => {
      if (wei === 0n) log.warn('there is no gas money: nothing settles until there is', { account: account.address })
    })
    return {
      url: `http://${config.host}:${port}`,
      address: account.address,
      facilitatorAddress: batchContract ?? account.address,
      close: async () => {
        const closed = new Promise((resolve) => server.close(resolve))
        server.closeIdleConnections()
        const late = setTimeout(() => server.closeAllConnections(), drainMs)
        await closed
        clearTimeout(late)
        await finish()
      },
    }
  } catch (error) {
    await finish()
    throw error
  }
}

async function listen(
  fetch: Parameters<typeof getRequestListener>[0],
  { host, port }: { readonly host: string; readonly port: number },
): Promise<{ server: Server; port: number }> {
  const answer = getRequestListener(fetch)
  const isTooFarAhead = createPipelineLimit()
  const server = createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000, maxHeaderSize: 16_384 },
    (request, response) => {
      if (!isTooFarAhead(request, response)) void answer(request, response)
    },
  )
  server.timeout = quietConnectionMs
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve({ server, port: (server.address() as AddressInfo).port }))
  })
}

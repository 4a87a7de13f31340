import type { RequestListener } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRelayer, viemRelayerChain } from '@og/ledger'
import type { Hex } from '@og/settlement'
import { isSettleCalldata, mergeSettleCalldata, readNode } from '@og/settlement/contracts'
import { createChannelServer } from '@og/tee-verify/channel'
import { createFastKeccak, createFastRecover } from '@og/x402/node'
import { bytesToHex, createPublicClient, getAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { createAdminKeys } from './admin-keys.js'
import { createAnswerVault } from './answer-vault.js'
import { askRegistrar } from './ask-registrar.js'
import { createChainTransport } from './chain-transport.js'
import { openChannels } from './channels/open-channels.js'
import { createRefundRoutes } from './channels/refund-routes.js'
import { checkChain } from './check-chain.js'
import { closeServer } from './close-server.js'
import type { GatewayConfig } from './config.js'
import { configuredAttestationSource, requireEvidence } from './configured-attestation-source.js'
import { createConfiguredFacilitator } from './configured-facilitator.js'
import { createConfiguredUpstreams } from './configured-upstreams.js'
import { createQueueCount } from './count-queued.js'
import { createDebtors } from './debtors.js'
import { errorText } from './error-text.js'
import { fetchFacilitatorAddresses } from './facilitator-addresses.js'
import { createFailureBudget } from './failure-budget.js'
import { createGasMoney } from './gas-money.js'
import { createGatewayListener } from './gateway-listener.js'
import { createGatewayServer } from './gateway-server.js'
import type { InferenceDependencies } from './inference-context.js'
import { maxBodyBytes } from './inference-request.js'
import { listen } from './listen.js'
import type { Log } from './log.js'
import { createLogMirror } from './log-mirror.js'
import { createMetrics } from './metrics.js'
import { createEvidence } from './node-evidence.js'
import { createNodeIdentity, type NodeIdentity } from './node-identity.js'
import { createNodeKeys } from './node-keys.js'
import { createObservedPool } from './observed-pool.js'
import { createOfferBook } from './offer-book.js'
import { openConfiguredLedger } from './open-configured-ledger.js'
import { createTeeKey } from './open-gradient.js'
import { paidPaths, paidRoutes } from './paid-routes.js'
import { createPayerFunds } from './payer-funds.js'
import { createPaymentDesk } from './payment.js'
import { createPaymentNames } from './payment-names.js'
import { createPriceTable } from './prices.js'
import { createPromptCounter } from './prompt-counter.js'
import { createPromptQuotes } from './prompt-quotes.js'
import { createPublicRoutes } from './public-routes.js'
import { createRandomPool } from './random-pool.js'
import { createRegistrationCheck } from './registration-check.js'
import { createRelayerWatch } from './relayer-watch.js'
import { createReplayBudget } from './replay-budget.js'
import type { Secrets } from './secrets.js'
import { createSettlementWorker } from './settlement-worker.js'
import { sweepLedger } from './sweep-ledger.js'
import { createTokenCounter } from './token-counter.js'
import { createCallTracer, noTracer } from './tracing.js'
import { createVectorLoad } from './vector-load.js'
import { createWorkLoop } from './work-loop.js'

/** A gateway that listens. */
export interface RunningGateway {
  readonly url: string
  readonly nodeId: Hex
  /** Says that it is not ready, drains, stops accepting, finishes what is under way, closes the ledger. What is not settled yet is settled after the next start. */
  readonly close: () => Promise<void>
}

/** The version of this code as it stands in the key manifest. */
const codeVersion = 'og-gateway/0.0.0'
const relayIntervalMs = 100
/** Transactions of the relayer's account that may be unmined at once: as many as a node's pool keeps for one account. */
const maxRelayed = 16
const workIntervalMs = 100
/** How long finished calls wait for others, so that their settlement shares commits. */
const gatherMs = 20
/** How long retries and due checkpoints may lie before the worker looks by itself. */
const idleIntervalMs = 500
/** How often old answers are erased, attempts whose lease ran out are ended, and what was given back and has run out is forgotten. */
const sweepIntervalMs = 60_000
/** How often the age of keys is looked at. */
const renewIntervalMs = 1000
const fundsMaxAgeSeconds = 15n
const settleWithinSeconds = 3600n
/** Failures at the provider that a payer may cause in a minute, free of charge. */
const failuresPerMinute = 60

/** Wires a gateway and starts it. Everything that it takes from the world is taken here. */
export async function startGateway(
  config: GatewayConfig,
  options: {
    readonly log: Log
    readonly secrets: Secrets
    /** The operator's word that a relayer's key which somebody else has used is this ledger's alone again. */
    readonly reopenLane: boolean
  },
): Promise<RunningGateway> {
  const { log, secrets } = options
  const prices = createPriceTable(config.prices, config.token.decimals)
  // Drawing an RSA key takes longest: it goes on while the chain and the facilitator are asked.
  const drawingTeeKey = config.mode === 'TEE' ? createTeeKey() : undefined
  const now = (): bigint => BigInt(Math.floor(Date.now() / 1000))
  const draw = createRandomPool()
  const client = createPublicClient({ transport: createChainTransport(config.rpcUrl), pollingInterval: 100 })
  // The ledger's thread loads while the chain is asked.
  const [opened, checked] = await Promise.allSettled([
    openConfiguredLedger(config, { now }),
    checkChain(client, { config, now }),
  ])
  if (opened.status === 'rejected') throw opened.reason
  const { ledger, recovered } = opened.value
  if (checked.status === 'rejected') {
    await ledger.close()
    throw checked.reason
  }
  const { facilitator, requireAdmission, close: closeFacilitator } = createConfiguredFacilitator(config)
  const facilitatorAddresses = await fetchFacilitatorAddresses(facilitator, `eip155:${config.chainId}`)
  await requireAdmission()

  // The endpoint stands in the manifest, so the port must be known before the keys are drawn; until then nobody is served.
  let listener: RequestListener = (_, response) => response.writeHead(503, { 'retry-after': '1' }).end()
  const server = createGatewayServer((request, response) => listener(request, response))
  const url = await listen(server, config)
  const isRegistered = createRegistrationCheck(async (nodeId) => {
    return (await readNode(client, { contract: getAddress(config.nodeRegistry), nodeId })) !== null
  })
  let registrar: ((identity: NodeIdentity) => Promise<void>) | undefined
  const rotateAfter = Math.min(config.receiptKeySeconds, config.keyValiditySeconds / 2)
  const endpoint = config.publicUrl ?? url
  const identity = await createNodeKeys({
    draw: () => createNodeIdentity({ config, endpoint, codeVersion, now, randomBytes: draw }),
    now,
    rotateAfterSeconds: BigInt(Math.ceil(rotateAfter)),
    overlapSeconds: BigInt(config.receiptOverlapSeconds),
    isRegistered,
    register: async (unknown) => registrar?.(unknown),
    log,
  })
  const { recover, implementation } = createFastRecover()
  const { keccak } = await createFastKeccak()
  const mirror = createLogMirror({ ledger, logId: identity.manifest.logId }, { keccak })
  const macKey = draw(32)
  const offers = createOfferBook({ config, identity, prices, now, macKey })
  const channels = await openChannels({
    config,
    ledger,
    facilitator,
    facilitatorAuthorizer: facilitatorAddresses.channelAuthorizer,
    client,
    now,
    recover,
    keccak,
    log,
  })
  const till = channels?.till
  const funds = createPayerFunds({
    reader: {
      call: async (to, data) => (await client.call({ to, data })).data ?? '0x',
      codeOf: async (address) => (await client.getCode({ address })) ?? '0x',
    },
    paid: (payer, asset) => ledger.paid({ chainId: BigInt(config.chainId), payer, asset }),
    now,
    maxAgeSeconds: fundsMaxAgeSeconds,
  })
  const attestationSource = config.mode === 'TEE' ? configuredAttestationSource(config, now) : undefined
  // Nobody is served by a TEE node that cannot prove itself.
  if (attestationSource !== undefined) await requireEvidence(attestationSource)
  const relayer = createRelayer({
    ledger,
    chain: viemRelayerChain(client, { chainId: BigInt(config.chainId) }),
    signer: privateKeyToAccount(config.relayerKey as Hex),
    now,
    confirmations: config.confirmations,
    maxInFlight: maxRelayed,
    grouping: { keyOf: ({ data }) => (isSettleCalldata(data) ? 'settle' : null), merge: mergeSettleCalldata },
  })
  if (options.reopenLane) log.info('the relayer works again', { lane: (await relayer.recover()).state })
  const { registrarUrl } = config
  if (registrarUrl !== undefined) {
    const source = attestationSource
    registrar = (unknown) =>
      askRegistrar(unknown, {
        url: registrarUrl,
        evidenceOf: (shown) => createEvidence(shown, { nonce: bytesToHex(draw(32)), source }),
        nodeRegistry: getAddress(config.nodeRegistry),
        submit: relayer.submit,
      })
  }
  const gasMoney = createGasMoney({ rpcUrl: config.rpcUrl, account: relayer.address })
  const stop = new AbortController()
  let draining = false
  const clock = (): number => performance.now()
  const metrics = createMetrics({ countQueued: createQueueCount(ledger, { clock }), readGasMoney: gasMoney.read })
  const debtors = createDebtors({ maxPayers: 10_000 })
  const worker = createSettlementWorker({
    debtors,
    ledger,
    relayer,
    facilitator,
    channels: till,
    identity,
    mirror,
    now,
    log,
    checkpointMaxAgeSeconds: BigInt(config.checkpointMaxAgeSeconds),
    isRegistered,
    signal: stop.signal,
    onStep: metrics.countSettlement,
  })
  const loop = createWorkLoop({
    step: worker.tick,
    gatherMs,
    busyMs: workIntervalMs,
    idleMs: idleIntervalMs,
    signal: stop.signal,
    log,
  })
  const upstreams = createConfiguredUpstreams(config)
  const tokens = createTokenCounter()
  const teeKey = await drawingTeeKey
  const uptoFacilitator = (): Hex | undefined => facilitatorAddresses.upto
  const quotes = createPromptQuotes({ counter: createPromptCounter({ tokens, clock }), macKey })
  const desk = createPaymentDesk({ config, offers, quotes, now, recover, keccak, uptoFacilitator, channels: till })
  const dependencies: InferenceDependencies = {
    identity,
    desk,
    ledger,
    channels: till,
    funds,
    facilitator,
    vault: createAnswerVault({ draw }),
    prices,
    keccak,
    pool: createObservedPool(upstreams.members, metrics),
    tokens,
    metrics,
    tracer: config.tracing ? createCallTracer() : noTracer,
    debtors,
    failures: createFailureBudget({ perMinute: failuresPerMinute, maxPayers: 10_000, now }),
    names: createPaymentNames(),
    vectors: createVectorLoad(),
    replays: createReplayBudget({ now }),
    teeKey,
    maxConcurrentCalls: config.maxConcurrentCalls,
    accessLog: config.accessLog,
    now,
    randomBytes: draw,
    log,
    onFinished: loop.wake,
    settleWithinSeconds,
  }
  const publicRoutes = createPublicRoutes({
    identity,
    ledger,
    mirror,
    offers,
    prices,
    attestationSource,
    teeKey,
    metrics,
    metricsToken: config.metricsToken,
    isReady: async () => !draining && (await isRegistered(identity.nodeId).catch(() => false)),
    now,
    log,
  })
  listener = createGatewayListener({
    refunds:
      till === undefined
        ? undefined
        : { paths: paidPaths, routes: createRefundRoutes({ paths: paidPaths, till, desk, endpoint, log }) },
    postRoutes: {
      ...(config.role === 'settle' ? {} : paidRoutes(dependencies)),
      '/admin/keys': createAdminKeys({
        tokenSha256: config.admin?.tokenSha256,
        oneTime: config.admin?.oneTime ?? true,
        providers: config.upstreams.map(({ id }) => id),
        setKey: upstreams.setKey,
        onSecret: secrets.add,
        clock,
        log,
      }),
    },
    isDraining: () => draining,
    publicRoutes,
    channel:
      config.mode === 'TEE'
        ? createChannelServer({
            keys: identity.sealingKeys,
            paymentHeaders: 'inside',
            now,
            maxRequestBytes: maxBodyBytes,
          })
        : undefined,
    log,
  })

  const settles = config.role !== 'serve'
  const watch = createRelayerWatch({ account: relayer.address, countAlarm: metrics.countRelayerAlarm, log })
  const relaying = settles ? relayer.run({ intervalMs: relayIntervalMs, signal: stop.signal, ...watch }) : undefined
  const working = settles ? loop.run() : undefined
  if (settles) channels?.start()
  const renewing = setInterval(() => void identity.step(), renewIntervalMs)
  const sweeping = setInterval(() => {
    sweepLedger({ ledger, now, blockTime: async () => (await client.getBlock()).timestamp }).catch((error: unknown) => {
      log.error('sweep failed', { error: errorText(error) })
    })
  }, sweepIntervalMs)
  log.info('gateway ready', {
    url,
    mode: config.mode,
    nodeId: identity.nodeId,
    signatures: implementation,
    ...recovered,
  })
  if (settles) void gasMoney.warnIfEmpty(log)
  if (registrarUrl === undefined) log.info('ready once its registrar has registered it: og node register', { endpoint })
  return {
    url,
    nodeId: identity.nodeId,
    close: async () => {
      draining = true
      await sleep(config.drainSeconds * 1000)
      await closeServer(server)
      stop.abort()
      clearInterval(sweeping)
      clearInterval(renewing)
      await Promise.all([relaying, working, worker.settled()])
      await upstreams.close()
      await tokens.close()
      await channels?.close()
      await closeFacilitator()
      await ledger.close()
    },
  }
}

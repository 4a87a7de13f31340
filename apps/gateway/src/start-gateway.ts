import { randomBytes } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRelayer, viemRelayerChain } from '@og/ledger'
import { openAiCompatibleUpstream, scriptedUpstream, type Upstream } from '@og/llm/upstream'
import type { Hex } from '@og/settlement'
import { isSettleCalldata, mergeSettleCalldata, readNode } from '@og/settlement/contracts'
import { createChannelServer } from '@og/tee-verify/channel'
import { createFacilitatorClient, type Facilitator } from '@og/x402/facilitator'
import { createFastRecover } from '@og/x402/node'
import { createPublicClient, getAddress, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { createAnswerVault } from './answer-vault.js'
import { createSimulatorSource, type SimulatedEnclave, simulatedMeasurements } from './attestation-source.js'
import type { GatewayConfig } from './config.js'
import { GatewayError } from './gateway-error.js'
import { createGatewayListener, refuseUnreadable, serverOptions } from './gateway-listener.js'
import { serveInference } from './inference.js'
import type { InferenceDependencies } from './inference-context.js'
import { type InferenceRequest, maxBodyBytes } from './inference-request.js'
import type { Log } from './log.js'
import { createNodeIdentity } from './node-identity.js'
import { createOfferBook } from './offer-book.js'
import { openConfiguredLedger } from './open-configured-ledger.js'
import { createPayerFunds } from './payer-funds.js'
import { createPaymentDesk } from './payment.js'
import { createPublicRoutes } from './public-routes.js'
import { createSettlementWorker } from './settlement-worker.js'

/** A gateway that listens. */
export interface RunningGateway {
  readonly url: string
  readonly nodeId: Hex
  /** Stops accepting, finishes what is under way, closes the ledger. What is not settled yet is settled after the next start. */
  readonly close: () => Promise<void>
}

/** The version of this code as it stands in the key manifest. */
const codeVersion = 'og-gateway/0.0.0'
const relayIntervalMs = 100
const workIntervalMs = 100
/** How long retries and due checkpoints may lie before the worker looks by itself. */
const idleIntervalMs = 500
/** How often old answers are erased and attempts whose lease ran out are ended. */
const sweepIntervalMs = 60_000
const fundsMaxAgeSeconds = 15n
const settleWithinSeconds = 3600n

/** Wires a gateway and starts it. Everything that it takes from the world is taken here. */
export async function startGateway(config: GatewayConfig, options: { readonly log: Log }): Promise<RunningGateway> {
  const { log } = options
  const now = (): bigint => BigInt(Math.floor(Date.now() / 1000))
  const draw = (length: number): Uint8Array => new Uint8Array(randomBytes(length))
  const client = createPublicClient({ transport: http(config.rpcUrl), pollingInterval: 100 })
  const chainId = await client.getChainId()
  if (chainId !== config.chainId)
    throw new Error(`The RPC serves chain ${chainId}, the configuration says ${config.chainId}.`)
  const { ledger, recovered } = await openConfiguredLedger(config, { now })
  const facilitator = createFacilitatorClient({
    baseUrl: config.facilitatorUrl,
    fetch: globalThis.fetch,
    timeoutMs: 90_000,
  })
  const uptoFacilitator = await fetchUptoFacilitator(facilitator, `eip155:${config.chainId}`)

  // The endpoint stands in the manifest, so the port must be known before the keys are drawn; until then nobody is served.
  let listener: RequestListener = (_, response) => response.writeHead(503, { 'retry-after': '1' }).end()
  const server = createServer(serverOptions, (request, response) => listener(request, response))
  server.on('clientError', refuseUnreadable)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(config.port, config.host, resolve)
  })
  const url = `http://${config.host}:${(server.address() as AddressInfo).port}`
  const identity = await createNodeIdentity({
    config,
    endpoint: config.publicUrl ?? url,
    codeVersion,
    now: now(),
    randomBytes: draw,
  })
  const { recover, implementation } = createFastRecover()
  const offers = createOfferBook({ config, identity, now, macKey: draw(32) })
  const funds = createPayerFunds({
    reader: { call: async (to, data) => (await client.call({ to, data })).data ?? '0x' },
    now,
    maxAgeSeconds: fundsMaxAgeSeconds,
  })
  const attestationSource =
    config.attestation === 'simulator' && config.mode === 'TEE'
      ? createSimulatorSource({ now, enclave: claimedEnclave(config) })
      : undefined
  const relayer = createRelayer({
    ledger,
    chain: viemRelayerChain(client, { chainId: BigInt(config.chainId) }),
    signer: privateKeyToAccount(config.relayerKey as Hex),
    now,
    confirmations: config.confirmations,
    grouping: { keyOf: ({ data }) => (isSettleCalldata(data) ? 'settle' : null), merge: mergeSettleCalldata },
  })
  const isRegistered = createRegistrationCheck(async (nodeId) => {
    return (await readNode(client, { contract: getAddress(config.nodeRegistry), nodeId })) !== null
  })
  const stop = new AbortController()
  const worker = createSettlementWorker({
    ledger,
    relayer,
    facilitator,
    identity,
    now,
    log,
    checkpointMaxAgeSeconds: BigInt(config.checkpointMaxAgeSeconds),
    isRegistered,
    signal: stop.signal,
    onPaymentSettled: funds.forget,
  })
  const loop = createLoop({ step: worker.tick, idleMs: idleIntervalMs, signal: stop.signal, log })
  const upstreamFor = createUpstreamRouter(config)
  const dependencies: InferenceDependencies = {
    identity,
    desk: createPaymentDesk({ config, offers, now, recover, uptoFacilitator: () => uptoFacilitator }),
    ledger,
    funds,
    vault: createAnswerVault(),
    upstreamFor,
    now,
    randomBytes: draw,
    log,
    onFinished: loop.wake,
    settleWithinSeconds,
  }
  const publicRoutes = createPublicRoutes({
    identity,
    ledger,
    offers,
    attestationSource,
    isReady: () => isRegistered(identity.nodeId).catch(() => false),
    now,
    log,
  })
  listener = createGatewayListener({
    serve: (request, reply) => serveInference(dependencies, request, reply),
    publicRoutes,
    channel:
      config.mode === 'TEE'
        ? createChannelServer({ keys: identity.sealingKeys, now, maxRequestBytes: maxBodyBytes })
        : undefined,
    log,
  })

  const relaying = relayer.run({ intervalMs: relayIntervalMs, signal: stop.signal })
  const working = loop.run()
  const sweeping = setInterval(() => {
    ledger.sweep().catch((error: unknown) => {
      log.error('sweep failed', { error: error instanceof Error ? error.message.slice(0, 200) : 'unknown' })
    })
  }, sweepIntervalMs)
  log.info('gateway ready', {
    url,
    mode: config.mode,
    nodeId: identity.nodeId,
    signatures: implementation,
    ...recovered,
  })
  return {
    url,
    nodeId: identity.nodeId,
    close: async () => {
      await new Promise((resolve) => server.close(resolve))
      stop.abort()
      clearInterval(sweeping)
      await Promise.all([relaying, working, worker.settled()])
      await ledger.close()
    },
  }
}

/** Remembers which nodes the registry knows; a registration is never taken back, only revoked. */
function createRegistrationCheck(read: (nodeId: Hex) => Promise<boolean>): (nodeId: Hex) => Promise<boolean> {
  const known = new Set<Hex>()
  return async (nodeId) => {
    if (!known.has(nodeId) && (await read(nodeId))) known.add(nodeId)
    return known.has(nodeId)
  }
}

/** The address that may settle `upto` payments on this network, as the facilitator itself says; `undefined` when it offers none. */
async function fetchUptoFacilitator(facilitator: Facilitator, network: string): Promise<Hex | undefined> {
  const { kinds } = await facilitator.supported()
  const kind = kinds.find((candidate) => candidate.scheme === 'upto' && candidate.network === network)
  const address = kind?.extra?.['facilitatorAddress']
  return typeof address === 'string' ? (address as Hex) : undefined
}

function claimedEnclave({ simulatedEnclave: claims }: GatewayConfig): SimulatedEnclave {
  const mrTd = (claims?.mrTd as Hex | undefined) ?? simulatedMeasurements.mrTd
  return { measurements: { ...simulatedMeasurements, mrTd }, debug: claims?.debug ?? false }
}

/** Chooses the provider for a model: the first configured one that serves its family, else the scripted model when none is configured. */
function createUpstreamRouter(config: GatewayConfig): (request: InferenceRequest) => Upstream {
  const configured = config.upstreams.map(({ id, baseUrl, apiKey, families }) => ({
    families,
    upstream: openAiCompatibleUpstream({
      id,
      baseUrl,
      fetch: globalThis.fetch,
      ...(apiKey === undefined ? {} : { apiKey }),
    }),
  }))
  const scripted = scriptedUpstream()
  return ({ model }) => {
    if (configured.length === 0) return scripted
    const match = configured.find(({ families }) => families.length === 0 || families.includes(model.family))
    if (match === undefined) {
      throw new GatewayError('model_not_found', 'No provider of this node serves that model right now.', {
        param: 'model',
      })
    }
    return match.upstream
  }
}

/** Repeats a step until told to stop; a failing one is logged and tried again. */
function createLoop(options: {
  /** Returns how much it found to do. */
  readonly step: () => Promise<number>
  /** Pause after a round that found nothing. */
  readonly idleMs: number
  readonly signal: AbortSignal
  readonly log: Log
}): { readonly wake: () => void; readonly run: () => Promise<void> } {
  let rest = new AbortController()
  return {
    wake: () => rest.abort(),
    run: async () => {
      while (!options.signal.aborted) {
        rest = new AbortController()
        let found = 0
        try {
          found = await options.step()
        } catch (error) {
          options.log.error('worker round failed', {
            error: error instanceof Error ? error.message.slice(0, 200) : 'unknown',
          })
        }
        const signal = AbortSignal.any([options.signal, rest.signal])
        await sleep(found > 0 ? workIntervalMs : options.idleMs, undefined, { signal }).catch(() => undefined)
      }
    },
  }
}

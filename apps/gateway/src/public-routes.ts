import { createHash, timingSafeEqual } from 'node:crypto'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { CheckpointRecord, Intent, Ledger, PaymentRecord } from '@og/ledger'
import type { Hex, JsonObject } from '@og/settlement'
import { type Context, Hono } from 'hono'
import { createAttestationBudget } from './attestation-budget.js'
import type { AttestationSource } from './attestation-source.js'
import { corsHeaders, preflightHeaders } from './cors.js'
import { errorBodyOf, GatewayError, statusOf } from './gateway-error.js'
import type { Log } from './log.js'
import type { LogMirror } from './log-mirror.js'
import type { Metrics } from './metrics.js'
import { createEvidence } from './node-evidence.js'
import type { NodeKeys } from './node-keys.js'
import type { OfferBook } from './offer-book.js'
import { type TeeKey, teeKeyDigest } from './open-gradient.js'
import { createOpenApi } from './openapi.js'
import type { PriceTable } from './prices.js'

/** What the free routes show. None of it is private: commitments, states, proofs, keys. */
export interface PublicRoutesOptions {
  readonly identity: NodeKeys
  readonly ledger: Ledger
  readonly mirror: LogMirror
  readonly offers: OfferBook
  readonly prices: PriceTable
  /** Absent on a VANILLA node. */
  readonly attestationSource: AttestationSource | undefined
  /** Absent on a VANILLA node. */
  readonly teeKey: TeeKey | undefined
  readonly metrics: Metrics
  /** What `/metrics` asks for as a bearer token; without it everybody may read them. */
  readonly metricsToken: string | undefined
  readonly isReady: () => Promise<boolean>
  readonly now: () => bigint
  readonly log: Log
}

/** Most leaves of the log in one answer. */
const maxEntries = 1000

const bytes32 = /^0x[0-9a-f]{64}$/
/** Nobody is shown an answer here, and anybody may ask: megabytes are not read for that. */
const withoutAnswer = { withAnswer: false } as const
/** Quotes are the dearest thing that an anonymous caller can ask for. */
const attestationsPerMinute = 600

/** Creates the free JSON routes of a gateway. */
export function createPublicRoutes(options: PublicRoutesOptions): Hono {
  const { identity, ledger } = options
  const app = new Hono()
  const attestations = createAttestationBudget({ perMinute: attestationsPerMinute, now: options.now })

  app.options('*', (context) => context.body(null, 204, { ...preflightHeaders }))
  app.use(async (context, next) => {
    await next()
    for (const [name, value] of Object.entries(corsHeaders)) context.res.headers.set(name, value)
    context.res.headers.set('x-content-type-options', 'nosniff')
  })
  app.onError((error, context) => {
    if (error instanceof GatewayError) return refuse(error)
    options.log.error('public route failed', { path: context.req.routePath, error: error.name })
    return refuse(new GatewayError('internal_error', 'The request failed inside the node.'))
  })
  app.notFound(() => refuse(new GatewayError('not_found', 'There is no such route: see the README for the list.')))

  app.get('/health', (context) => context.json({ status: 'ok', nodeId: identity.nodeId, mode: identity.manifest.mode }))
  app.get('/ready', async (context) => {
    const ready = await options.isReady()
    return context.json({ status: ready ? 'ready' : 'not_ready' }, ready ? 200 : 503)
  })

  const openApi = createOpenApi({ endpoint: identity.manifest.endpoint, codeVersion: identity.manifest.codeVersion })
  app.get('/openapi.json', (context) => context.json(openApi))

  app.get('/metrics', async (context) => {
    const { metricsToken } = options
    if (metricsToken !== undefined && !isBearer(context.req.header('authorization'), metricsToken)) {
      throw new GatewayError('admin_refused', 'The metrics of this node ask for a token.')
    }
    const { contentType, text } = await options.metrics.render()
    return context.body(text, 200, { 'content-type': contentType, 'cache-control': 'no-store' })
  })

  // The spelling of OpenGradient's gateways. Our own clients trust the manifest; the signature ties this key to it.
  app.get('/signing-key', (context) => {
    const { teeKey } = options
    if (teeKey === undefined) throw new GatewayError('mode_not_available', 'A VANILLA node has no TEE key.')
    return context.json({
      public_key: teeKey.publicKeyPem,
      tee_id: teeKey.teeId,
      node_id: identity.nodeId,
      signature: identity.sign(teeKeyDigest(identity.nodeId, teeKey.teeId)),
    })
  })

  app.get('/v1/attestation', async (context) => {
    const nonce = hexQuery(context, 'nonce')
    // The keys that follow may be asked for before they serve, so that they can be registered.
    const shown = context.req.query('next') === undefined ? identity : identity.next()
    if (shown === undefined) throw new GatewayError('not_found', 'No new keys are about to follow.')
    if (options.attestationSource !== undefined && !attestations.take(getConnInfo(context).remote.address ?? '')) {
      throw new GatewayError('rate_limited', 'Too many attestations are asked for: wait a minute.', {
        retryAfterSeconds: 60,
      })
    }
    return context.json(await createEvidence(shown, { nonce, source: options.attestationSource }))
  })

  app.get('/v1/offers', (context) =>
    context.json({
      data: options.offers.all().map(({ json, hash, signature }) => ({ offer: json, offerHash: hash, signature })),
    }),
  )
  app.get('/v1/models', (context) =>
    context.json({ object: 'list', data: options.prices.models.map((model) => modelJson(model.id)) }),
  )
  // Ids hold a slash: clients send it encoded or not, and the router has decoded it.
  app.get('/v1/models/:id{.+}', (context) => {
    const model = options.prices.resolve(context.req.param('id'))
    if (model === undefined)
      throw new GatewayError('model_not_found', 'This node does not offer that model.', { param: 'model' })
    return context.json(modelJson(model.id))
  })

  app.get('/v1/receipts/:paymentHash', async (context) => {
    const paymentHash = context.req.param('paymentHash').toLowerCase()
    const record = bytes32.test(paymentHash) ? await ledger.lookup(paymentHash as Hex, withoutAnswer) : null
    if (record === null) throw new GatewayError('receipt_not_found', 'No payment of that hash was served by this node.')
    return context.json(statusJson(record), 200, { 'cache-control': 'no-store' })
  })

  app.get('/v1/log/checkpoint', async (context) => {
    const anchored = await latestAnchored()
    if (anchored === undefined) throw notAnchored()
    const { logId, seq, size, root, uri, signature, transaction, blockNumber } = anchored
    return context.json({
      logId,
      seq: seq.toString(),
      size,
      root,
      uri,
      signature,
      transaction,
      blockNumber: blockNumber?.toString() ?? null,
    })
  })

  app.get('/v1/log/proof', async (context) => {
    const digest = hexQuery(context, 'digest')
    const record = await ledger.lookupDigest(digest, withoutAnswer)
    const receipt = record?.receipt
    if (receipt == null) throw new GatewayError('receipt_not_found', 'No receipt of that digest is in this log.')
    const anchored = await latestAnchored()
    if (anchored === undefined || anchored.size <= receipt.leafIndex) throw notAnchored()
    const log = await options.mirror.upTo(anchored.size)
    return context.json({
      logId: anchored.logId,
      index: receipt.leafIndex,
      size: anchored.size,
      seq: anchored.seq.toString(),
      root: anchored.root,
      proof: log.inclusionProof(receipt.leafIndex, anchored.size),
      checkpointSignature: anchored.signature,
      uri: anchored.uri,
      transaction: anchored.transaction,
    })
  })

  app.get('/v1/log/entries', async (context) => {
    const from = indexQuery(context, 'from')
    const to = indexQuery(context, 'to')
    if (to < from || to - from > maxEntries) {
      throw new GatewayError('invalid_request', `Ask for at most ${maxEntries} entries, from before to.`, {
        param: 'to',
      })
    }
    const { logId } = identity.manifest
    const [size, entries] = await Promise.all([ledger.logSize(logId), ledger.leaves(logId, from, to)])
    return context.json({ logId, size, from, entries })
  })

  async function latestAnchored(): Promise<CheckpointRecord | undefined> {
    // Anybody may ask, again and again. The ledger keeps one open at a time: the one before it is anchored.
    const newest = await ledger.checkpoints(identity.manifest.logId, { newest: 2 })
    return newest.filter(({ state }) => state === 'anchored').at(-1)
  }

  return app
}

function isBearer(header: string | undefined, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`))
}

function notAnchored(): GatewayError {
  return new GatewayError('not_yet_anchored', 'No checkpoint on chain covers this yet: ask again soon.', {
    retryAfterSeconds: 1,
  })
}

function indexQuery(context: Context, name: string): number {
  const value = context.req.query(name)
  if (value !== undefined && /^(?:0|[1-9][0-9]{0,14})$/.test(value)) return Number(value)
  throw new GatewayError('invalid_request', `The query needs ${name}: a whole number.`, { param: name })
}

function hexQuery(context: Context, name: string): Hex {
  const value = context.req.query(name)?.toLowerCase()
  if (value === undefined || !bytes32.test(value)) {
    throw new GatewayError('invalid_request', `The query needs ${name}: 32 bytes as 0x and 64 hexadecimal digits.`, {
      param: name,
    })
  }
  return value as Hex
}

function modelJson(id: string): JsonObject {
  return { id, object: 'model', created: 0, owned_by: id.slice(0, id.indexOf('/')) }
}

/** What anybody who knows a payment hash may see: states and commitments, never terms, prompts or answers. */
function statusJson(record: PaymentRecord): JsonObject {
  const { receipt } = record
  const payment = record.intents.find(({ kind }) => kind === 'payment')
  const written = record.intents.find(({ kind }) => kind === 'record' || kind === 'metadata')
  return {
    paymentHash: record.paymentHash,
    status: record.state === 'reserved' ? 'running' : record.state,
    receiptDigest: receipt?.digest ?? null,
    receipt: receipt === null ? null : JSON.parse(receipt.receiptJson),
    signature: receipt?.signature ?? null,
    payment: { ...intentJson(payment), charged: receipt?.charged.toString() ?? null },
    record: { mode: record.settlement, ...intentJson(written) },
    leaf: receipt === null ? null : { logId: receipt.logId, index: receipt.leafIndex },
  }
}

const intentStates = { queued: 'queued', claimed: 'submitted', done: 'confirmed', failed: 'failed' } as const

function intentJson(intent: Intent | undefined): JsonObject {
  return {
    state: intent === undefined ? 'none' : intentStates[intent.state],
    transaction: intent?.transaction ?? null,
    blockNumber: intent?.blockNumber?.toString() ?? null,
  }
}

function refuse(error: GatewayError): Response {
  const retry: Record<string, string> =
    error.retryAfterSeconds === undefined ? {} : { 'retry-after': `${error.retryAfterSeconds}` }
  return Response.json(errorBodyOf(error), { status: statusOf(error), headers: retry })
}

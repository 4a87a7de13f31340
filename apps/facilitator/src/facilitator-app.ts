import type { CatalogStore, SettlementRecord, SettlementStore } from '@og/ledger/x402'
import { isHex } from '@og/x402'
import { createFacilitatorHandler, type Facilitator } from '@og/x402/facilitator'
import { type Context, Hono } from 'hono'
import { type ApiKey, keyOf } from './access.js'
import { discoveryRoutes } from './discovery/discovery-routes.js'
import { errorResponse } from './error-response.js'
import { BusyError } from './fair-gate.js'
import type { Log } from './log.js'
import type { Metrics } from './metrics.js'
import { currentRequest, inRequest, type RequestContext } from './request-context.js'

/** What the HTTP face stands on. */
export interface FacilitatorAppOptions {
  readonly facilitator: Facilitator
  /** What is not as it must be, in a word each; ready when empty. */
  readonly checkReadiness: () => Promise<readonly string[]>
  readonly settlements: Pick<SettlementStore, 'find'>
  /** No catalog is served when absent. */
  readonly catalog?: CatalogStore
  readonly metrics: Pick<Metrics, 'countRequest' | 'render'>
  readonly log: Log
  /** Who may ask; anybody when absent. */
  readonly apiKeys?: readonly ApiKey[]
  readonly maxBodyBytes: number
  readonly versions: readonly (1 | 2)[]
  /** The address of the connection, for those who ask without a key. */
  readonly remoteAddressOf: (context: Context) => string
}

/** Routes that need no key: nothing there costs money or tells of a payment. */
const OPEN_ROUTES: readonly string[] = [
  '/health',
  '/ready',
  '/metrics',
  '/supported',
  '/discovery/resources',
  '/discovery/search',
]
const busyMessages: Readonly<Record<BusyError['scope'], string>> = {
  payer: 'This payer asks too much at a time.',
  caller: 'You ask too much at a time.',
  all: 'Too many questions at a time.',
}
const GUARDED_ROUTES: readonly string[] = ['/verify', '/settle']

function routeOf(path: string): string {
  if (path.startsWith('/payments/')) return '/payments'
  return [...OPEN_ROUTES, ...GUARDED_ROUTES].includes(path) ? path : 'other'
}

function timeOf(seconds: bigint): string {
  return new Date(Number(seconds) * 1000).toISOString()
}

function statusOf(record: SettlementRecord): object {
  const { paymentHash, scheme, network, payer, payTo, asset, amount, state, transaction, reason } = record
  return {
    paymentHash,
    status: state === 'open' ? 'pending' : state,
    scheme,
    network,
    ...(payer === undefined ? {} : { payer }),
    payTo,
    asset,
    amount: amount.toString(),
    ...(transaction === undefined ? {} : { transaction }),
    ...(reason === undefined ? {} : { reason }),
    createdAt: timeOf(record.createdAt),
    updatedAt: timeOf(record.updatedAt),
  }
}

/** Creates the HTTP face of a facilitator: the x402 interface in both versions, discovery, status, and what an operator needs. */
export function createFacilitatorApp(options: FacilitatorAppOptions): Hono {
  const { facilitator, settlements, catalog, metrics, log, apiKeys, maxBodyBytes, versions } = options
  const handle = createFacilitatorHandler({ facilitator, maxBodyBytes, versions })
  const app = new Hono()

  app.onError((error) => {
    if (error instanceof BusyError) {
      return errorResponse(429, 'too_many_requests', busyMessages[error.scope], { 'retry-after': '1' })
    }
    log.error('a request failed', { error })
    return errorResponse(500, 'internal_error', 'The request failed inside the facilitator.')
  })

  app.use(async (context, next) => {
    const { method, path } = context.req
    const route = routeOf(path)
    const started = performance.now()
    const key = apiKeys === undefined ? undefined : keyOf(context.req.raw.headers, apiKeys)
    const caller = apiKeys === undefined ? options.remoteAddressOf(context) : key?.name
    const payees = key?.payTo?.map((payee) => payee.toLowerCase())
    const request: RequestContext = { caller: caller ?? '', payees, fields: {}, extensionResponses: {} }
    if (caller === undefined && !OPEN_ROUTES.includes(path)) {
      context.res = errorResponse(401, 'unauthorized', 'This facilitator wants a key.', {
        'www-authenticate': 'Bearer',
        connection: 'close',
      })
    } else {
      await inRequest(request, next)
    }
    const { status } = context.res
    const seconds = (performance.now() - started) / 1000
    metrics.countRequest({ route, status, seconds })
    if (Object.keys(request.extensionResponses).length > 0) {
      context.header('extension-responses', Buffer.from(JSON.stringify(request.extensionResponses)).toString('base64'))
    }
    if (route === '/health' || route === '/ready' || route === '/metrics') return
    const named = apiKeys === undefined || caller === undefined ? {} : { caller }
    log.info('request', { method, route, status, ms: Math.round(seconds * 1000), ...named, ...request.fields })
  })

  app.get('/health', (context) => context.json({ status: 'ok' }))
  app.get('/ready', async (context) => {
    const faults = await options.checkReadiness()
    return faults.length === 0 ? context.json({ status: 'ready' }) : context.json({ status: 'not_ready', faults }, 503)
  })
  app.get('/metrics', async () => {
    const { contentType, text } = await metrics.render()
    return new Response(text, { headers: { 'content-type': contentType } })
  })
  app.get('/payments/:paymentHash', async (context) => {
    const paymentHash = context.req.param('paymentHash')
    if (!isHex(paymentHash, 32)) return errorResponse(400, 'invalid_payment_hash', 'A payment hash is 32 bytes of hex.')
    const record = await settlements.find(paymentHash)
    context.header('cache-control', 'no-store')
    const payees = currentRequest()?.payees
    return record === undefined || payees?.includes(record.payTo.toLowerCase()) === false
      ? errorResponse(404, 'not_found', 'No settlement of this payment was sent from here.')
      : context.json(statusOf(record))
  })
  if (catalog !== undefined) app.route('/discovery', discoveryRoutes(catalog))
  app.all('*', async (context) => {
    const answer = await handle(context.req.raw)
    // A question that is too long is not read to its end: what is left of it must not be met by the next one.
    if (answer?.status === 400) answer.headers.set('connection', 'close')
    return (
      answer ??
      errorResponse(
        404,
        'not_found',
        'Routes: POST /verify, POST /settle, GET /supported, /payments/{hash}, /discovery/resources, /discovery/search, /health, /ready, /metrics.',
      )
    )
  })
  return app
}

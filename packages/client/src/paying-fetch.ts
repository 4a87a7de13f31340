import { type InferenceMode, inferenceModes, type SettlementMode, settlementModes } from '@og/settlement'
import type { InferenceContext } from './call-options.js'
import { ClientError } from './client-error.js'
import type { Fetch } from './defaults.js'
import { INFERENCE_MODE_HEADER, SETTLEMENT_MODE_HEADER } from './inference-wire.js'
import type { NodePool } from './node-pool.js'
import { NO_REQUEST } from './node-pools.js'

/** A drop-in `fetch` for OpenAI-compatible clients. */
export type PayingFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** Headers that belong to other services, to the connection, or to payments that this client did not make. */
const DROPPED_HEADERS = [
  'authorization',
  'cookie',
  'content-type',
  'content-length',
  'host',
  'payment-signature',
  'x-payment',
]

/**
 * Makes the `fetch` that pays, seals and verifies, for any OpenAI-compatible client. Inferences go out with the modes of their `OG-…`
 * headers or the client's own. Other reads of the node (`GET /v1/models`) pass; anything else is refused before it leaves.
 *
 * A refusal of this client comes back as an answer with status 402 (the payment was refused, nothing was signed) or 400 (everything else, a proof
 * that does not hold among it), because HTTP clients repeat what throws and some of them 422, and each repetition would be paid. Network failures throw, as `fetch` does: a repetition carries the same payment again.
 */
export function createPayingFetch(
  context: Pick<InferenceContext, 'wire' | 'defaults'>,
  options: { readonly fetch: Fetch; readonly pools: Readonly<Record<InferenceMode, NodePool>> },
): PayingFetch {
  const { wire, defaults } = context
  const { fetch, pools } = options
  const bases = [...new Set([pools[defaults.mode], pools.VANILLA, pools.TEE].map(({ baseUrl }) => baseUrl))]

  /** Path and query below one of our base URLs. */
  function placeOf(request: Request): string {
    const base = bases.find((candidate) => request.url.startsWith(`${candidate}/`))
    if (base === undefined) throw new ClientError('UNSUPPORTED_ENDPOINT', 'this fetch talks to its own nodes only')
    return request.url.slice(base.length)
  }

  async function pass(request: Request): Promise<Response> {
    const place = placeOf(request)
    const [directory] = await pools[defaults.mode].candidates(NO_REQUEST)
    if (directory === undefined) throw new ClientError('NODE_UNAVAILABLE', 'no node is known')
    return fetch(`${directory.baseUrl}${place}`, {
      method: request.method,
      headers: withoutDropped(request.headers),
      redirect: 'error',
      signal: request.signal,
    })
  }

  async function infer(request: Request): Promise<Response> {
    const mode: InferenceMode = choiceOf(inferenceModes, request.headers.get(INFERENCE_MODE_HEADER), defaults.mode)
    const settlement: SettlementMode = choiceOf(
      settlementModes,
      request.headers.get(SETTLEMENT_MODE_HEADER),
      defaults.settlement,
    )
    const { signal } = request
    return await wire.send({
      path: new URL(placeOf(request), 'http://node').pathname,
      body: await request.text(),
      headers: Object.fromEntries(withoutDropped(request.headers)),
      mode,
      settlement,
      verify: defaults.verify,
      signal,
    })
  }

  return async (input, init) => {
    const request = new Request(input, init)
    try {
      if (request.method === 'GET' || request.method === 'HEAD') return await pass(request)
      if (request.method !== 'POST') throw new ClientError('UNSUPPORTED_ENDPOINT', 'only GET, HEAD and POST are sent')
      return await infer(request)
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      // Callers of fetch expect their own abort reason, and a TypeError when the network fails.
      if (error.code === 'ABORTED') throw request.signal.reason ?? error
      if (error.code === 'NETWORK' || error.code === 'NODE_UNAVAILABLE')
        throw new TypeError(error.message, { cause: error })
      return refusalOf(error)
    }
  }
}

/** An OpenAI-shaped error answer that no client repeats by itself: LangChain repeats 422, whatever the headers say, but neither 400 nor 402. */
function refusalOf(error: ClientError): Response {
  const status = error.code === 'PAYMENT_REFUSED' ? 402 : 400
  const body = {
    error: {
      message: error.message,
      type: error.code.startsWith('VERIFICATION_') ? 'verification_failed' : 'client_refusal',
      param: null,
      code: error.code,
      reason: error.reason ?? null,
    },
  }
  return Response.json(body, { status, headers: { 'x-should-retry': 'false', 'og-client-refusal': error.code } })
}

function choiceOf<T extends string>(values: readonly T[], header: string | null, fallback: T): T {
  if (header === null) return fallback
  const value = values.find((candidate) => candidate === header)
  if (value === undefined)
    throw new ClientError('INVALID_REQUEST', `unknown mode in a header, expected ${values.join(', ')}`)
  return value
}

function withoutDropped(headers: Headers): Headers {
  const kept = new Headers(headers)
  for (const name of DROPPED_HEADERS) kept.delete(name)
  return kept
}

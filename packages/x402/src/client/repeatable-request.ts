import { hexOf } from '../hex.js'
import { keccakBytes } from '../keccak.js'
import { X402Error } from '../x402-error.js'

/** A request that can be sent any number of times with the same bytes. */
export interface RepeatableRequest {
  readonly url: string
  readonly host: string
  readonly method: string
  readonly headers: Headers
  /** The exact body bytes; `undefined` when there is no body. */
  readonly body: Uint8Array<ArrayBuffer> | undefined
  /** What goes into `fetch` besides URL, headers and redirect. Never the caller's own object. */
  readonly init: RequestInit
  readonly signal: AbortSignal | undefined
  readonly redirect: RequestRedirect
}

/** Headers that tell two calls with the same body apart: another price, another tenant, another logical call. */
const IDENTITY_HEADERS = [
  'authorization',
  'idempotency-key',
  'og-inference-mode',
  'og-settlement-mode',
  'x-settlement-type',
]

function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && ('getReader' in body || Symbol.asyncIterator in body)
}

/** Members of a `Request` that `fetch` takes in its second argument. */
function initOf(request: Request): RequestInit {
  return {
    cache: request.cache,
    credentials: request.credentials,
    integrity: request.integrity,
    keepalive: request.keepalive,
    mode: request.mode,
    referrer: request.referrer,
    referrerPolicy: request.referrerPolicy,
  }
}

/**
 * Reads what a caller gives to `fetch` into something that can be sent twice, without changing what is theirs.
 * @throws X402Error `BODY_NOT_REPEATABLE` for streams and for bodies above `maxBodyBytes`
 */
export async function readRepeatableRequest(
  input: string | URL | Request,
  options: { readonly init: RequestInit | undefined; readonly maxBodyBytes: number },
): Promise<RepeatableRequest> {
  const init = options.init ?? {}
  const request = typeof input === 'string' || input instanceof URL ? undefined : input
  const url = input instanceof URL ? input.href : typeof input === 'string' ? input : input.url
  const headers = new Headers(init.headers ?? request?.headers)
  let body: Uint8Array<ArrayBuffer> | undefined
  let sent: BodyInit | undefined
  if (init.body !== undefined && init.body !== null) {
    if (isStream(init.body)) {
      throw new X402Error('BODY_NOT_REPEATABLE', 'a streamed body cannot be sent again with a payment; give it whole')
    }
    const carrier = new Response(init.body)
    body = new Uint8Array(await carrier.arrayBuffer())
    const contentType = carrier.headers.get('content-type')
    if (contentType !== null && !headers.has('content-type')) headers.set('content-type', contentType)
    sent = typeof init.body === 'string' ? init.body : body
  } else if (request !== undefined && request.body !== null && init.body === undefined) {
    if (request.bodyUsed) throw new X402Error('BODY_NOT_REPEATABLE', 'the body of the request was read already')
    body = new Uint8Array(await request.clone().arrayBuffer())
    sent = body
  }
  if (body !== undefined && body.length > options.maxBodyBytes) {
    throw new X402Error('BODY_NOT_REPEATABLE', `the body is longer than ${options.maxBodyBytes} bytes`)
  }
  const method = (init.method ?? request?.method ?? 'GET').toUpperCase()
  const signal = init.signal ?? request?.signal ?? undefined
  return {
    url,
    host: hostOf(url),
    method,
    headers,
    body,
    init: {
      ...(request === undefined ? {} : initOf(request)),
      ...init,
      method,
      ...(sent === undefined ? {} : { body: sent }),
      ...(signal === undefined ? {} : { signal }),
    },
    signal,
    redirect: init.redirect ?? request?.redirect ?? 'follow',
  }
}

function hostOf(url: string): string {
  // A relative URL, which only browsers have, belongs to the page's own host.
  return URL.canParse(url) ? new URL(url).host : ''
}

/** Names a logical call: method, URL, body bytes and the headers that change what is bought. */
export function identityOf(request: RepeatableRequest): string {
  const encoder = new TextEncoder()
  const head = [request.method, request.url, ...IDENTITY_HEADERS.map((name) => request.headers.get(name))]
  return hexOf(
    keccakBytes(keccakBytes(encoder.encode(JSON.stringify(head))), keccakBytes(request.body ?? new Uint8Array(0))),
  )
}

import { areEqualBytes, type Bytes } from './bytes.js'
import { ChannelError } from './channel-error.js'
import {
  DEFAULT_MAX_REQUEST_BYTES,
  DEFAULT_PAD_TO_BYTES,
  type FetchLike,
  type RandomBytes,
  systemFetch,
  systemNow,
  systemRandomBytes,
} from './defaults.js'
import { fieldsOf, isSealedRequestHeader } from './header-fields.js'
import { openResponse } from './open-response.js'
import { checkCount, checkPadding } from './option-bounds.js'
import { checkPaymentHeaders, paymentFieldsIn } from './payment-headers.js'
import { PAYMENT_REQUEST_HEADERS, PAYMENT_RESPONSE_HEADERS, type PaymentHeaders } from './payment-names.js'
import { isPlainPaymentRequired, readPlainPaymentRequired } from './plain-payment-required.js'
import { KEY_ROTATED_CODE, MAX_PLAIN_ERROR_BYTES, SEALED_CONTENT_TYPE } from './protocol.js'
import { readBounded } from './read-bounded.js'
import { sealRequest } from './seal-request.js'
import type { ChannelKey } from './sealing-key.js'

export interface SealFetchOptions {
  /** The key to seal to, or where to get it; only ever one whose attestation the caller has verified. */
  readonly key: ChannelKey | (() => ChannelKey | Promise<ChannelKey>)
  /** Carries the sealed bytes; `globalThis.fetch` by default. */
  readonly fetch?: FetchLike
  /**
   * Called when the node says that it does not hold `rejected` any more: attest again and return the new key, or return
   * nothing to have `key` asked again. The request is sealed anew and sent once more, never a third time. The node's
   * word is not authenticated: a new key needs the same proof as the first.
   */
  readonly onKeyRotated?: (rejected: ChannelKey) => ChannelKey | undefined | Promise<ChannelKey | undefined>
  /** Header names beside the built-in list that go inside the seal; the server must allow them too. */
  readonly allowHeaders?: readonly string[]
  /**
   * Where payment headers travel, in both directions; the server's option must say the same. Default `outside`: x402
   * middleware and proxies on the way can read them, and nobody can change those of a sealed message unnoticed. A plain 402
   * of such middleware is then handed out as it came: nobody vouches for it.
   */
  readonly paymentHeaders?: PaymentHeaders
  /** Largest request body; 16 MiB by default. */
  readonly maxRequestBytes?: number
  /** Requests are padded to multiples of this many bytes (1..65,536; 256 by default; 1 pads nothing). */
  readonly padToBytes?: number
  readonly randomBytes?: RandomBytes
  /** Unix seconds. */
  readonly now?: () => bigint
}

/** A request read once, ready to be sealed as often as keys rotate. */
interface PlainRequest {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly body: Bytes
  readonly signal: AbortSignal | null
}

/**
 * Wraps a `fetch` so that the whole request (method, path and query, allow-listed headers, body) travels sealed to one
 * key as `POST` to the same URL without its query, and the answer, whatever its status, comes back sealed.
 *
 * The returned function takes what `fetch` takes and fails as `fetch` does for aborts and transport errors before an
 * answer; redirects are never followed; cookies are not sent.
 * @throws {ChannelError} from the returned function, or from the body of its `Response` once that has been handed out.
 */
export function sealFetch(options: SealFetchOptions): typeof globalThis.fetch {
  const carry = options.fetch ?? systemFetch
  const now = options.now ?? systemNow
  const randomBytes = options.randomBytes ?? systemRandomBytes
  const maxBytes = checkCount('maxRequestBytes', options.maxRequestBytes ?? DEFAULT_MAX_REQUEST_BYTES)
  const padToBytes = checkPadding(options.padToBytes ?? DEFAULT_PAD_TO_BYTES)
  const paymentHeaders = checkPaymentHeaders(options.paymentHeaders ?? 'outside')
  const isOutside = paymentHeaders === 'outside'
  const rule = { allowHeaders: new Set(options.allowHeaders?.map((name) => name.toLowerCase())), paymentHeaders }
  const currentKey = async (): Promise<ChannelKey> =>
    typeof options.key === 'function' ? await options.key() : options.key

  const send = async (request: PlainRequest, key: ChannelKey): Promise<Response> => {
    const { url, method, headers, body, signal } = request
    const outside = isOutside ? paymentFieldsIn(headers, PAYMENT_REQUEST_HEADERS) : []
    const sealed = await sealRequest(
      {
        target: { method: 'POST', path: url.pathname },
        method,
        path: `${url.pathname}${url.search}`,
        headers: fieldsOf(headers).filter(([name]) => isSealedRequestHeader(name, rule)),
        outside,
        body,
      },
      { key, time: now(), randomBytes, padToBytes },
    )
    signal?.throwIfAborted()
    const outer = await carry(`${url.origin}${url.pathname}`, {
      method: 'POST',
      headers: {
        'content-type': SEALED_CONTENT_TYPE,
        accept: SEALED_CONTENT_TYPE,
        ...Object.fromEntries(outside),
      },
      body: sealed.bytes,
      redirect: 'manual',
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
      signal,
    })
    const isSealed = mediaTypeOf(outer) === SEALED_CONTENT_TYPE
    if (!isSealed && isOutside && isPlainPaymentRequired(outer)) return await readPlainPaymentRequired(outer, signal)
    if (!isSealed) throw await errorOfPlainAnswer(outer, signal)
    if (outer.body === null) throw new ChannelError('TRUNCATED', 'the sealed answer has no body')
    const answered = isOutside ? paymentFieldsIn(outer.headers, PAYMENT_RESPONSE_HEADERS) : []
    return await openResponse(outer.body, { secret: sealed.secret, signal, outside: answered })
  }

  return async (input, init) => {
    const request = await readRequest(new Request(input, init), signalOf(input, init), maxBytes)
    const key = await currentKey()
    try {
      return await send(request, key)
    } catch (error) {
      const isRotated = error instanceof ChannelError && error.code === 'KEY_ROTATED'
      if (!isRotated || options.onKeyRotated === undefined) throw error
      const fresh = (await options.onKeyRotated(key)) ?? (await currentKey())
      // Nothing changed: the same bytes would meet the same answer.
      if (areEqualBytes(fresh.publicKey, key.publicKey)) throw error
      return await send(request, fresh)
    }
  }
}

// The caller's own signal, not the one of our Request: that follows it only while somebody holds the Request.
function signalOf(input: RequestInfo | URL, init: RequestInit | undefined): AbortSignal | null {
  if (init?.signal !== undefined) return init.signal
  return input instanceof Request ? input.signal : null
}

async function readRequest(request: Request, signal: AbortSignal | null, maxBytes: number): Promise<PlainRequest> {
  signal?.throwIfAborted()
  const { method, headers } = request
  const url = new URL(request.url)
  if (request.body === null) return { url, method, headers, body: new Uint8Array(0), signal }
  // Firefox has no Request.body; its arrayBuffer() is bounded only by what the caller put in.
  const body = request.body === undefined ? new Response(await request.arrayBuffer()).body : request.body
  if (body === null) return { url, method, headers, body: new Uint8Array(0), signal }
  return { url, method, headers, body: await readBounded(body, { maxBytes, signal }), signal }
}

function mediaTypeOf(response: Response): string | undefined {
  return response.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
}

/** An unsealed answer is nobody's word: it is reported, and only `key_rotated` is acted on. */
async function errorOfPlainAnswer(response: Response, signal: AbortSignal | null): Promise<ChannelError> {
  const code = await plainCodeOf(response, signal)
  if (response.status === 421 && code === KEY_ROTATED_CODE) {
    return new ChannelError('KEY_ROTATED', 'the node does not hold this sealing key')
  }
  const said = code === undefined ? '' : `, which says ${code}`
  return new ChannelError('UNSEALED_RESPONSE', `an unsealed answer with status ${response.status}${said}`)
}

async function plainCodeOf(response: Response, signal: AbortSignal | null): Promise<string | undefined> {
  if (response.body === null) return undefined
  try {
    const bytes = await readBounded(response.body, { maxBytes: MAX_PLAIN_ERROR_BYTES, signal })
    const answer: unknown = JSON.parse(new TextDecoder().decode(bytes))
    const error = memberOf(answer, 'error')
    const code = memberOf(error, 'code')
    return typeof code === 'string' && /^[a-z0-9_]{1,64}$/.test(code) ? code : undefined
  } catch {
    signal?.throwIfAborted()
    return undefined
  }
}

function memberOf(value: unknown, member: string): unknown {
  return typeof value === 'object' && value !== null
    ? new Map<string, unknown>(Object.entries(value)).get(member)
    : undefined
}

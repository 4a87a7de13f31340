import { isJsonObject, type JsonObject, readJson } from '../../json.js'
import { retryAfterMsOf } from '../../response-error.js'
import { createUtf8Decoder } from '../../stream/utf8-decoder.js'
import type { Fetch } from '../../transport.js'
import { createDeadline, type Deadline, platformTimer, type StartTimer } from '../deadline.js'
import type {
  EmbeddingsAnswer,
  EmbeddingsRequest,
  Upstream,
  UpstreamAnswer,
  UpstreamLabel,
  UpstreamRequest,
} from '../upstream.js'
import { UpstreamError } from '../upstream-error.js'
import { readBaseUrl } from './base-url.js'
import { meaningOf } from './event-reader.js'
import { readAnswer } from './read-answer.js'
import { codeOfStatus } from './status-code.js'
import type { Wire } from './wire.js'

/** Options that all providers have in common. */
export interface HttpUpstreamOptions {
  readonly fetch: Fetch
  /** Extra headers. */
  readonly headers?: Readonly<Record<string, string>>
  /** `tls-witnessed` for https and `vanilla` for http unless given. */
  readonly label?: UpstreamLabel
  /** Longest wait for the head of the answer, in milliseconds; 120,000 unless given. */
  readonly connectTimeoutMs?: number
  /** Longest wait from there to the first piece of the answer, in milliseconds; 300,000 unless given. */
  readonly firstPieceTimeoutMs?: number
  /** Longest silence between two pieces, in milliseconds; 120,000 unless given. */
  readonly idleTimeoutMs?: number
  /** Largest answer, in bytes; 64 MiB unless given. */
  readonly maxAnswerBytes?: number
  readonly startTimer?: StartTimer
}

const utf8 = new TextEncoder()
const maxRefusalBytes = 64 * 1024
const defaultMaxAnswerBytes = 64 * 1024 * 1024

/** Creates an upstream from the way a provider's API is spoken. @throws UpstreamError `UPSTREAM_CONFIG` */
export function createHttpUpstream(
  options: HttpUpstreamOptions & {
    readonly id: string
    readonly baseUrl: string
    readonly wire: Wire
    /** Headers that carry the key. */
    readonly auth: Readonly<Record<string, string>>
  },
): Upstream {
  const { fetch, wire } = options
  const url = readBaseUrl(options.baseUrl)
  const base = url.href.replace(/\/$/, '')
  const headers = headersOf(options)
  const startTimer = options.startTimer ?? platformTimer
  const maxBytes = options.maxAnswerBytes ?? defaultMaxAnswerBytes

  /** Sends a body and returns the answer's head; a refusal is an error. */
  async function post(
    path: string,
    call: { readonly bytes: Uint8Array; readonly deadline: Deadline },
  ): Promise<Response> {
    const { deadline } = call
    deadline.restart(options.connectTimeoutMs ?? 120_000)
    const response = await fetch(base + path, {
      method: 'POST',
      headers,
      // The platform's type does not know that these bytes are not shared.
      body: call.bytes as BodyInit,
      redirect: 'manual',
      signal: deadline.signal,
    })
    deadline.restart(options.firstPieceTimeoutMs ?? 300_000)
    if (!response.ok) throw await readRefusal(response, { wire, signal: deadline.signal })
    return response
  }

  async function send(request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamAnswer> {
    const call = wire.callOf(request)
    const requestBytes = utf8.encode(JSON.stringify(call.body))
    const deadline = createDeadline({ signal, startTimer })
    const failureOf = (error: unknown): UpstreamError => failed(error, { signal, isTimeout: deadline.isOver() })
    try {
      const response = await post(call.path, { bytes: requestBytes, deadline })
      const { start, events, batches } = readAnswer(response, {
        call,
        errorCodeOf: wire.errorCodeOf,
        deadline,
        idleTimeoutMs: options.idleTimeoutMs ?? 120_000,
        maxBytes,
        failureOf,
      })
      await start()
      deadline.pause()
      return { requestBytes, modelAnswered: call.reader.model() || request.model, events, batches }
    } catch (error) {
      deadline.stop()
      throw failureOf(error).beforeFirstByte()
    }
  }

  async function embed(request: EmbeddingsRequest, signal: AbortSignal): Promise<EmbeddingsAnswer> {
    const call = wire.embeddingsCallOf?.(request)
    if (!call) throw new UpstreamError('UPSTREAM_MODEL')
    const requestBytes = utf8.encode(JSON.stringify(call.body))
    const deadline = createDeadline({ signal, startTimer })
    try {
      const response = await post(call.path, { bytes: requestBytes, deadline })
      const body = readJson(await readText(response, { maxBytes, signal: deadline.signal }))
      if (!isJsonObject(body)) throw new UpstreamError('UPSTREAM_INVALID')
      const { embeddings, promptTokens, model } = call.read(body)
      return { requestBytes, modelAnswered: model || request.model, embeddings, promptTokens }
    } catch (error) {
      throw failed(error, { signal, isTimeout: deadline.isOver() }).beforeFirstByte()
    } finally {
      deadline.stop()
    }
  }

  return {
    id: options.id,
    host: url.host,
    label: options.label ?? (url.protocol === 'https:' ? 'tls-witnessed' : 'vanilla'),
    send: (request, { signal }) => send(request, signal),
    ...(wire.embeddingsCallOf ? { embed: (request, { signal }) => embed(request, signal) } : {}),
  }
}

function headersOf(options: {
  readonly headers?: Readonly<Record<string, string>>
  readonly auth: Readonly<Record<string, string>>
}): Headers {
  try {
    const headers = new Headers(options.headers ?? {})
    headers.set('content-type', 'application/json')
    headers.set('accept', 'text/event-stream')
    for (const [name, value] of Object.entries(options.auth)) headers.set(name, value)
    return headers
  } catch {
    // The platform's message would quote the header, and so the key.
    throw new UpstreamError('UPSTREAM_CONFIG')
  }
}

async function readRefusal(
  response: Response,
  { wire, signal }: { readonly wire: Wire; readonly signal: AbortSignal },
): Promise<UpstreamError> {
  // A browser hides a redirect behind status 0.
  const status = response.type === 'opaqueredirect' ? 302 : response.status
  let body: JsonObject | undefined
  try {
    const value = readJson(await readText(response, { maxBytes: maxRefusalBytes, signal }))
    body = isJsonObject(value) ? value : undefined
  } catch (error) {
    if (signal.aborted) throw error
  }
  const known = body && status < 500 ? wire.errorCodeOf(body, status) : undefined
  return new UpstreamError(known ?? codeOfStatus(status), {
    upstreamStatus: status,
    retryAfterMs: retryAfterMsOf(response.headers),
  })
}

/** Reads a whole body. @throws UpstreamError `UPSTREAM_INVALID` above `maxBytes` */
async function readText(
  response: Response,
  options: { readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<string> {
  const bytes = response.body?.getReader()
  if (!bytes) return ''
  const cancel = (): void => {
    bytes.cancel().catch(() => undefined)
  }
  options.signal.addEventListener('abort', cancel, { once: true })
  try {
    const decoder = createUtf8Decoder()
    const pieces: string[] = []
    let size = 0
    for (let piece = (await bytes.read()).value; piece; piece = (await bytes.read()).value) {
      size += piece.length
      if (size > options.maxBytes) throw new UpstreamError('UPSTREAM_INVALID')
      const bytesRead = piece
      pieces.push(meaningOf(() => decoder.push(bytesRead)))
    }
    options.signal.throwIfAborted()
    return meaningOf(() => pieces.join('') + decoder.end())
  } catch (error) {
    cancel()
    throw error
  } finally {
    options.signal.removeEventListener('abort', cancel)
  }
}

/** Gives a failure its code, without any of the provider's words. */
function failed(error: unknown, options: { readonly signal: AbortSignal; readonly isTimeout: boolean }): UpstreamError {
  if (error instanceof UpstreamError) return error
  if (options.signal.aborted) return new UpstreamError('ABORTED')
  if (options.isTimeout) return new UpstreamError('UPSTREAM_TIMEOUT')
  return new UpstreamError('UPSTREAM_UNAVAILABLE')
}

import { isJsonObject, type JsonObject, readJson } from '../json.js'
import { retryAfterMsOf } from '../response-error.js'
import { readAllText } from '../stream/read-bytes.js'
import { readChunks, type StreamItem } from '../stream/read-chunks.js'
import type { Fetch } from '../transport.js'
import { createDeadline, type Deadline, platformTimer, type StartTimer } from './deadline.js'
import { forwardedBodyOf, type MaxTokensField } from './forwarded-body.js'
import type { Upstream, UpstreamAnswer, UpstreamEvent, UpstreamLabel, UpstreamRequest } from './upstream.js'
import { type AnswerReader, answerFailed, createAnswerReader, refusalOf } from './upstream-answer.js'
import { UpstreamError } from './upstream-error.js'

/** Options of {@link openAiCompatibleUpstream}. */
export interface OpenAiCompatibleUpstreamOptions {
  readonly id: string
  /** Where the provider's API stands, version included: `https://api.openai.com/v1`, `http://127.0.0.1:11434/v1`. */
  readonly baseUrl: string
  /** Sent as a bearer token. Refused over plain http to anything but this machine. */
  readonly apiKey?: string
  readonly fetch: Fetch
  /** Extra headers. */
  readonly headers?: Readonly<Record<string, string>>
  /** `tls-witnessed` for https and `vanilla` for http unless given. */
  readonly label?: UpstreamLabel
  /** The token limit's spelling; as the caller sent it unless given. OpenAI's reasoning models want `max_completion_tokens`. */
  readonly maxTokensField?: MaxTokensField
  /** Request members that reach the provider besides the known ones. */
  readonly extraFields?: readonly string[]
  /** Longest wait for the first piece of the answer, in milliseconds; 300,000 unless given. */
  readonly firstPieceTimeoutMs?: number
  /** Longest silence between two pieces, in milliseconds; 120,000 unless given. */
  readonly idleTimeoutMs?: number
  /** Largest answer, in bytes; 64 MiB unless given. */
  readonly maxAnswerBytes?: number
  readonly startTimer?: StartTimer
}

const maxRefusalBytes = 64 * 1024

/**
 * Creates an upstream that speaks the OpenAI API: OpenAI, xAI, Ollama, vLLM, llama.cpp. Requests are always streamed with usage; redirects are
 * refused; errors never carry keys, prompts or the provider's words.
 * @throws UpstreamError `UPSTREAM_CONFIG` for a bad URL, a URL with credentials, or a key over plain http.
 */
export function openAiCompatibleUpstream(options: OpenAiCompatibleUpstreamOptions): Upstream {
  const { fetch } = options
  const url = readBaseUrl(options)
  const headers = headersOf(options)
  const startTimer = options.startTimer ?? platformTimer

  async function send(request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamAnswer> {
    const body = forwardedBodyOf(request, {
      maxTokensField: options.maxTokensField ?? 'as-sent',
      extraFields: options.extraFields ?? [],
    })
    const requestBytes = new TextEncoder().encode(JSON.stringify(body))
    const path = request.endpoint === 'completions' ? '/completions' : '/chat/completions'
    const deadline = createDeadline({ signal, startTimer })
    deadline.restart(options.firstPieceTimeoutMs ?? 300_000)
    try {
      const response = await fetch(url + path, {
        method: 'POST',
        headers,
        body: requestBytes,
        redirect: 'manual',
        signal: deadline.signal,
      })
      if (!response.ok) throw await readRefusal(response, deadline.signal)
      const items = readChunks(response, {
        signal: deadline.signal,
        maxBytes: options.maxAnswerBytes ?? 64 * 1024 * 1024,
        partial: () => undefined,
      })
      const reader = createAnswerReader(request.endpoint)
      const first = await readUntilModel(items, reader)
      deadline.pause()
      const events = readEvents({
        first,
        items,
        reader,
        deadline,
        signal,
        idleTimeoutMs: options.idleTimeoutMs ?? 120_000,
      })
      return { requestBytes, modelAnswered: reader.model() || request.model, events }
    } catch (error) {
      deadline.stop()
      throw answerFailed(error, { signal, isTimeout: deadline.isOver() })
    }
  }

  return {
    id: options.id,
    host: new URL(url).host,
    label: options.label ?? (url.startsWith('https:') ? 'tls-witnessed' : 'vanilla'),
    send: (request, { signal }) => send(request, signal),
  }
}

function readBaseUrl(options: OpenAiCompatibleUpstreamOptions): string {
  let url: URL
  try {
    url = new URL(options.baseUrl)
  } catch {
    throw new UpstreamError('UPSTREAM_CONFIG')
  }
  const isLocal = url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(url.hostname)
  const isPlain = url.protocol === 'http:'
  if (!isPlain && url.protocol !== 'https:') throw new UpstreamError('UPSTREAM_CONFIG')
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new UpstreamError('UPSTREAM_CONFIG')
  if (isPlain && options.apiKey && !isLocal) throw new UpstreamError('UPSTREAM_CONFIG')
  return url.href.replace(/\/+$/, '')
}

function headersOf(options: OpenAiCompatibleUpstreamOptions): Headers {
  try {
    const headers = new Headers(options.headers ?? {})
    headers.set('content-type', 'application/json')
    headers.set('accept', 'text/event-stream')
    if (options.apiKey) headers.set('authorization', `Bearer ${options.apiKey}`)
    return headers
  } catch {
    // The platform's message would quote the header, and so the key.
    throw new UpstreamError('UPSTREAM_CONFIG')
  }
}

async function readRefusal(response: Response, signal: AbortSignal): Promise<UpstreamError> {
  // A browser hides a redirect behind status 0.
  const status = response.type === 'opaqueredirect' ? 302 : response.status
  const retryAfterMs = retryAfterMsOf(response.headers)
  let body: JsonObject | undefined
  try {
    const value = readJson(await readAllText(response.body, { maxBytes: maxRefusalBytes, signal }))
    body = isJsonObject(value) ? value : undefined
  } catch (error) {
    if (signal.aborted) throw error
  }
  return refusalOf({ status, body, retryAfterMs })
}

/** Reads until the provider has named its model, so that an early failure is an error and not a broken stream. */
async function readUntilModel(
  items: AsyncGenerator<StreamItem, void, undefined>,
  reader: AnswerReader,
): Promise<FirstPiece> {
  const events: UpstreamEvent[] = []
  try {
    for (;;) {
      const { done, value } = await items.next()
      if (done) return { events: [...events, ...reader.end()], isOver: true }
      events.push(...reader.push(value))
      if (value.type === 'body' || reader.model() !== '' || events.length > 0) return { events, isOver: false }
    }
  } catch (error) {
    await items.return(undefined)
    throw error
  }
}

interface FirstPiece {
  readonly events: readonly UpstreamEvent[]
  readonly isOver: boolean
}

async function* readEvents(answer: {
  readonly first: FirstPiece
  readonly items: AsyncGenerator<StreamItem, void, undefined>
  readonly reader: AnswerReader
  readonly deadline: Deadline
  readonly signal: AbortSignal
  readonly idleTimeoutMs: number
}): AsyncGenerator<UpstreamEvent, void, undefined> {
  const { items, reader, deadline } = answer
  try {
    yield* answer.first.events
    while (!answer.first.isOver) {
      deadline.restart(answer.idleTimeoutMs)
      const { done, value } = await items.next()
      deadline.pause()
      if (done) break
      yield* reader.push(value)
    }
    if (!answer.first.isOver) yield* reader.end()
  } catch (error) {
    throw answerFailed(error, { signal: answer.signal, isTimeout: deadline.isOver() })
  } finally {
    deadline.stop()
    await items.return(undefined)
  }
}

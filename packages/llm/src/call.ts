import { bodyOf } from './chat-result.js'
import { isJsonObject, type JsonObject, readJson } from './json.js'
import { LlmError } from './llm-error.js'
import { apiErrorOf, requestIdOf, responseError } from './response-error.js'
import { readAllText } from './stream/read-bytes.js'
import { streamError } from './stream/read-chunks.js'
import type { Transport, WireRequest } from './transport.js'

/** Options of every call. */
export interface CallOptions {
  /** Aborts the call; use `AbortSignal.timeout(ms)` for a deadline. */
  readonly signal?: AbortSignal
  /** Extra headers of this call. */
  readonly headers?: Readonly<Record<string, string>>
  /** Largest accepted answer, in bytes; 64 MiB unless given. */
  readonly maxResponseBytes?: number
}

/** Default of {@link CallOptions.maxResponseBytes}. */
export const defaultMaxResponseBytes: number = 64 * 1024 * 1024

/** Sends a request and refuses every status but success. */
export async function sendCall(transport: Transport, request: WireRequest, options: CallOptions): Promise<Response> {
  const response = await transport.send({ ...request, headers: options.headers }, { signal: options.signal })
  if (!response.ok) throw await responseError(response, { signal: options.signal })
  return response
}

/** Sends a request and reads the unstreamed body. */
export async function sendForBody(
  transport: Transport,
  request: WireRequest,
  options: CallOptions,
): Promise<{ readonly body: JsonObject; readonly headers: Headers }> {
  if (request.body['stream'] === true) {
    throw new LlmError('BAD_REQUEST', 'a request with stream: true needs streamChat or streamComplete')
  }
  const response = await sendCall(transport, request, options)
  const requestId = requestIdOf(response.headers)
  let text: string
  try {
    const maxBytes = options.maxResponseBytes ?? defaultMaxResponseBytes
    text = await readAllText(response.body, { maxBytes, signal: options.signal })
  } catch (error) {
    throw streamError(error, { signal: options.signal, requestId, partial: () => undefined })
  }
  const body = bodyOf(readJson(text), { requestId })
  if (isJsonObject(body['error']) || typeof body['error'] === 'string') {
    const api = apiErrorOf(body)
    throw new LlmError('SERVER_ERROR', api?.message ?? 'the server reported an error', {
      api,
      requestId,
      status: response.status,
    })
  }
  return { body, headers: response.headers }
}

/** The body of a streamed request: as given, with `stream` on and usage asked for. */
export function streamedBodyOf(request: JsonObject): JsonObject {
  const given = request['stream_options']
  return { ...request, stream: true, stream_options: { include_usage: true, ...(isJsonObject(given) ? given : {}) } }
}

/** Whether a stream said everything: a finish reason, and either its end mark or the usage that was asked for. */
export function isStreamComplete(stream: {
  readonly finishReason: string | null
  readonly isDone: boolean
  readonly usage: JsonObject | null
  readonly request: JsonObject
}): boolean {
  if (stream.finishReason === null) return false
  const asked = stream.request['stream_options']
  const wantsUsage = isJsonObject(asked) && asked['include_usage'] === true
  return stream.isDone || stream.usage !== null || !wantsUsage
}

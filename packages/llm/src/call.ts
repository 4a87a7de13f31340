import type { CallOptions } from './call-options.js'
import { invalid } from './chat-result.js'
import { DEFAULT_MAX_RESPONSE_BYTES } from './defaults.js'
import { isJsonObject, type JsonObject, objectAt, readJson } from './json.js'
import { LlmError } from './llm-error.js'
import { type Call, openCall } from './open-call.js'
import { reportedErrorOf, requestIdOf } from './response-error.js'
import { readAllText } from './stream/read-bytes.js'
import { streamError } from './stream/stream-error.js'
import type { Transport, WireRequest } from './transport.js'

/** An unstreamed answer. */
export interface AnswerBody {
  readonly body: JsonObject
  readonly status: number
  readonly headers: Headers
}

/** Sends a request, reads the unstreamed body, and repeats what may be repeated. @throws LlmError */
export async function sendForBody(
  transport: Transport,
  request: WireRequest,
  options: CallOptions,
): Promise<AnswerBody> {
  if (request.body['stream'] === true) {
    throw new LlmError('BAD_REQUEST', 'use streamChat or streamCompletion for stream: true')
  }
  const call = openCall(transport, request, options)
  for (;;) {
    try {
      const answer = await readAnswer(call, options)
      call.end(undefined)
      return answer
    } catch (error) {
      await call.repeat(error)
    }
  }
}

async function readAnswer(call: Call, options: CallOptions): Promise<AnswerBody> {
  const response = await call.send()
  const signal = call.signal()
  const { headers, status } = response
  const requestId = requestIdOf(headers)
  let text: string
  try {
    const maxBytes = options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES
    text = await readAllText(response.body, { maxBytes, signal, watch: call, interrupt: call.interrupt })
  } catch (error) {
    throw streamError(error, { signal, requestId, partial: () => undefined })
  }
  const body = readJson(text)
  if (!isJsonObject(body)) throw invalid('a body that is not a JSON object', requestId)
  if (body['error']) {
    const { api, status: named } = reportedErrorOf(body)
    throw new LlmError('SERVER_ERROR', api?.message ?? 'the server reported an error', {
      api,
      requestId,
      headers,
      status: named ?? status,
    })
  }
  return { body, status, headers }
}

/** The body of a streamed request: as given, with `stream` on and usage asked for. */
export function streamedBodyOf(request: JsonObject): JsonObject {
  return {
    ...request,
    stream: true,
    stream_options: { include_usage: true, ...objectAt(request, 'stream_options') },
  }
}

/** Whether a stream said everything: a finish reason, and either its end mark or the usage that was asked for. */
export function isStreamComplete(stream: {
  readonly finishReason: string | null
  readonly isDone: boolean
  readonly usage: JsonObject | null
  readonly request: JsonObject
}): boolean {
  if (stream.finishReason === null) return false
  const wantsUsage = objectAt(stream.request, 'stream_options')?.['include_usage'] === true
  return stream.isDone || stream.usage !== null || !wantsUsage
}

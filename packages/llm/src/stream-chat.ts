import { type CallOptions, defaultMaxResponseBytes, isStreamComplete, sendCall, streamedBodyOf } from './call.js'
import { type ChatResult, chatResultOf } from './chat-result.js'
import type { JsonObject } from './json.js'
import { LlmError, type PartialOutput } from './llm-error.js'
import type { ChatRequest, FinishReason } from './message.js'
import { requestIdOf } from './response-error.js'
import { chatBodyOf } from './stream/chat-body.js'
import {
  type ChatChunkReader,
  type ChatDelta,
  type ChatOutput,
  createChatChunkReader,
} from './stream/chat-chunk-reader.js'
import { readChunks, streamError } from './stream/read-chunks.js'
import type { Transport } from './transport.js'

/** What happens in a streamed answer: `start` first, deltas, then `finish`, `usage` if the server sent it, and `end` with the whole answer. */
export type ChatEvent =
  | { readonly type: 'start'; readonly headers: Headers; readonly request: JsonObject }
  | ChatDelta
  | { readonly type: 'finish'; readonly reason: FinishReason }
  | { readonly type: 'usage'; readonly usage: JsonObject }
  | { readonly type: 'end'; readonly result: ChatResult }

/**
 * Asks a chat model and yields the answer as it comes. Nothing is read ahead: the network is asked when the loop asks, and leaving the
 * loop cancels the answer at the server.
 * @throws LlmError; `STREAM_TRUNCATED` when the stream ends without a finish reason. `partial` holds what had arrived.
 */
export async function* streamChat(
  transport: Transport,
  request: ChatRequest,
  options: CallOptions = {},
): AsyncGenerator<ChatEvent, void, undefined> {
  const body = streamedBodyOf(request)
  const response = await sendCall(transport, { path: '/chat/completions', body }, options)
  const { headers } = response
  const { signal } = options
  const maxBytes = options.maxResponseBytes ?? defaultMaxResponseBytes
  const reader = createChatChunkReader()
  const partial = (): PartialOutput | undefined => partialOf(reader.output())
  const requestId = requestIdOf(headers)
  let isDone = false
  let result: ChatResult | undefined

  const items = readChunks(response, { signal, maxBytes, partial })
  try {
    yield { type: 'start', headers, request: body }
    for await (const item of items) {
      if (item.type === 'done') isDone = true
      else if (item.type === 'chunk') yield* reader.push(item.chunk)
      else {
        result = chatResultOf(item.body, { request: body, headers })
        yield* deltasOf(result)
      }
    }
    if (!result) {
      const last = reader.end()
      const output = reader.output()
      if (!isStreamComplete({ ...output, isDone, request: body })) throw truncated({ partial, requestId })
      yield* last
      result = chatResultOf(bodyOfOutput(reader), { request: body, headers })
    }
  } catch (error) {
    throw streamError(error, { signal, requestId, partial })
  } finally {
    // A loop left at `start` never began to read the body, so nothing else would cancel it.
    if (!response.bodyUsed) await response.body?.cancel()
  }
  yield { type: 'finish', reason: result.finishReason }
  if (result.usage) yield { type: 'usage', usage: result.usage }
  yield { type: 'end', result }
}

/**
 * Reads a streamed answer to its end.
 * @throws LlmError `STREAM_TRUNCATED` when the events end without an `end`.
 */
export async function collectChat(events: AsyncIterable<ChatEvent>): Promise<ChatResult> {
  for await (const event of events) {
    if (event.type === 'end') return event.result
  }
  throw new LlmError('STREAM_TRUNCATED', 'the events ended before the answer was complete')
}

function bodyOfOutput(reader: ChatChunkReader): JsonObject {
  const output = reader.output()
  return chatBodyOf({ ...output, finishReason: output.finishReason ?? '' })
}

function partialOf(output: ChatOutput): PartialOutput | undefined {
  const { text, reasoning, toolCalls, usage } = output
  if (text === '' && reasoning === '' && toolCalls.length === 0 && usage === null) return undefined
  return { text, reasoning, toolCalls, usage }
}

/** The error of a stream that ended too early. */
export function truncated(options: {
  readonly partial: () => PartialOutput | undefined
  readonly requestId: string | undefined
}): LlmError {
  const partial = options.partial()
  return new LlmError('STREAM_TRUNCATED', 'the stream ended before the answer was complete', {
    partial,
    requestId: options.requestId,
    isRetryable: partial === undefined,
  })
}

/** The deltas of an answer that came in one piece. */
function* deltasOf(result: ChatResult): Generator<ChatDelta, void, undefined> {
  if (result.reasoning !== '') yield { type: 'reasoning-delta', text: result.reasoning }
  if (result.text !== '') yield { type: 'text-delta', text: result.text }
  if (result.refusal) yield { type: 'refusal-delta', text: result.refusal }
  for (const [index, call] of result.toolCalls.entries()) {
    yield { type: 'tool-call-delta', index, id: call.id, name: call.function.name, arguments: call.function.arguments }
  }
}

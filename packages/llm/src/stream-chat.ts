import { type AnswerSession, type AnswerStream, createAnswerStream, type EventEncoder } from './answer-stream.js'
import { isStreamComplete, streamedBodyOf } from './call.js'
import type { CallOptions } from './call-options.js'
import { type ChatResult, chatResultOf } from './chat-result.js'
import type { JsonObject } from './json.js'
import { type PartialOutput, StreamTruncatedError } from './llm-error.js'
import type { ChatRequest, FinishReason } from './message.js'
import { chatBodyOf } from './stream/chat-body.js'
import { type ChatDelta, createChatChunkReader } from './stream/chat-chunk-reader.js'
import { type ChunkIdentity, chunkText, endText, errorText } from './stream/encode-events.js'
import { carriedMembersOf } from './stream/reasoning-carrier.js'
import type { Transport } from './transport.js'

/**
 * What happens in a streamed answer: `start` first (again when nothing had come and the call was repeated), deltas, then `finish`, `usage`
 * if the server sent it, and `end` with the whole answer.
 */
export type ChatEvent =
  | { readonly type: 'start'; readonly headers: Headers; readonly request: JsonObject }
  | ChatDelta
  | { readonly type: 'finish'; readonly reason: FinishReason }
  | { readonly type: 'usage'; readonly usage: JsonObject }
  | { readonly type: 'end'; readonly result: ChatResult }

/** A streamed answer of a chat model. */
export type ChatStream<Result extends ChatResult = ChatResult> = AnswerStream<ChatEvent, Result>

/**
 * Asks a chat model and yields the answer as it comes. Nothing is read ahead: the network is asked when the loop asks, and leaving the
 * loop cancels the answer at the server.
 * @throws LlmError; `STREAM_TRUNCATED` when the stream ends without a finish reason. `partial` holds what had arrived.
 * @example
 * for await (const event of streamChat(transport, request)) if (event.type === 'text-delta') show(event.text)
 */
export function streamChat(transport: Transport, request: ChatRequest, options: CallOptions = {}): ChatStream {
  const body = streamedBodyOf(request)
  return createAnswerStream<ChatEvent, ChatResult>({
    transport,
    wire: { path: '/chat/completions', body },
    options,
    createSession: (response) => createSession(response, body),
    createEncoder,
  })
}

function createSession(response: Response, request: JsonObject): AnswerSession<ChatEvent, ChatResult> {
  const { headers, status } = response
  const reader = createChatChunkReader()
  return {
    start: { type: 'start', headers, request },
    textKey: 'content',
    push: reader.push,
    identity: reader.output,
    pushText(text) {
      reader.pushText(text)
      return { type: 'text-delta', text }
    },
    isOnlyText: reader.isOnlyText,
    partial(): PartialOutput | undefined {
      const { text, reasoning, toolCalls, usage } = reader.output()
      if (text === '' && reasoning === '' && toolCalls.length === 0 && usage === null) return undefined
      return { text, reasoning, toolCalls, usage }
    },
    end({ isDone, body }) {
      // A body is read like a chunk that says everything.
      const last = [...(body ? reader.push(body) : []), ...reader.end()]
      if (!body && !isStreamComplete({ ...reader.output(), isDone, request })) return undefined
      const output = reader.output()
      const whole = body ?? chatBodyOf({ ...output, finishReason: output.finishReason ?? '' })
      const result = chatResultOf(whole, { request, headers, status })
      const events: ChatEvent[] = [...last, { type: 'finish', reason: result.finishReason }]
      if (result.usage) events.push({ type: 'usage', usage: result.usage })
      events.push({ type: 'end', result })
      return { events, result }
    },
  }
}

/**
 * Reads a streamed answer to its end.
 * @throws LlmError `STREAM_TRUNCATED` when the events end without an `end`.
 */
export async function collectChat(events: AsyncIterable<ChatEvent>): Promise<ChatResult> {
  for await (const event of events) {
    if (event.type === 'end') return event.result
  }
  throw new StreamTruncatedError('the events ended before the answer was complete')
}

const chatChunk = 'chat.completion.chunk'

/** Writes events as chunks. Signatures and usage come with the last ones, when they are known. */
function createEncoder(identity: () => ChunkIdentity): EventEncoder<ChatEvent> {
  let hasRole = false
  const chunk = (delta: JsonObject, finishReason: string | null): string => {
    const named = hasRole ? delta : { role: 'assistant', ...delta }
    hasRole = true
    return chunkText(chatChunk, identity(), {
      choices: [{ index: 0, delta: named, logprobs: null, finish_reason: finishReason }],
    })
  }
  return {
    error: errorText,
    event(event) {
      switch (event.type) {
        case 'text-delta':
          return chunk({ content: event.text }, null)
        case 'reasoning-delta':
          return chunk({ reasoning_content: event.text }, null)
        case 'refusal-delta':
          return chunk({ refusal: event.text }, null)
        case 'tool-call-delta': {
          const { index, id, name, arguments: text } = event
          const opening = id === undefined ? {} : { id, type: 'function' }
          const fn = name === undefined ? { arguments: text } : { name, arguments: text }
          return chunk({ tool_calls: [{ index, ...opening, function: fn }] }, null)
        }
        case 'end': {
          const { message, finishReason, toolCalls, usage } = event.result
          const signed = toolCalls.flatMap(({ extra_content }, index) =>
            extra_content ? [{ index, extra_content }] : [],
          )
          const delta = { ...carriedMembersOf(message), ...(signed.length > 0 ? { tool_calls: signed } : {}) }
          return chunk(delta, finishReason === 'other' ? 'stop' : finishReason) + endText(chatChunk, identity(), usage)
        }
        default:
          return ''
      }
    },
  }
}

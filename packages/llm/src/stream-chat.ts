import { type AnswerSession, type AnswerStream, createAnswerStream, type EventEncoder } from './answer-stream.js'
import { type CallOptions, isStreamComplete, streamedBodyOf } from './call.js'
import { type ChatResult, chatResultOf } from './chat-result.js'
import { isJsonObject, type JsonObject } from './json.js'
import { type PartialOutput, StreamTruncatedError } from './llm-error.js'
import type { ChatRequest, FinishReason } from './message.js'
import { chatBodyOf } from './stream/chat-body.js'
import { type ChatDelta, createChatChunkReader } from './stream/chat-chunk-reader.js'
import { type ChunkIdentity, chunkText, doneText, errorText } from './stream/encode-events.js'
import { type OutputOptions, type ParsedChatResult, parseOutput, requestWithSchema } from './structured-output.js'
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
 * loop cancels the answer at the server. With `schema`, `final()` has the typed `parsed`.
 * @throws LlmError; `STREAM_TRUNCATED` when the stream ends without a finish reason. `partial` holds what had arrived.
 * @example
 * for await (const event of streamChat(transport, request)) if (event.type === 'text-delta') show(event.text)
 */
export function streamChat<Output>(
  transport: Transport,
  request: ChatRequest,
  options: CallOptions & OutputOptions<Output>,
): ChatStream<ParsedChatResult<Output>>
export function streamChat(transport: Transport, request: ChatRequest, options?: CallOptions): ChatStream
export function streamChat(
  transport: Transport,
  request: ChatRequest,
  options: CallOptions & Partial<OutputOptions<unknown>> = {},
): ChatStream {
  const { schema } = options
  const output = schema === undefined ? undefined : { ...options, schema }
  const body = streamedBodyOf(output ? requestWithSchema(request, output) : request)
  const stream = createAnswerStream<ChatEvent, ChatResult>({
    transport,
    wire: { path: '/chat/completions', body },
    options,
    createSession: (response) => createSession(response, body),
    createEncoder,
  })
  if (!output) return stream
  const final = async (): Promise<ChatResult> => parseOutput(await stream.final(), output)
  return { ...stream, final }
}

function createSession(response: Response, request: JsonObject): AnswerSession<ChatEvent, ChatResult> {
  const { headers, status } = response
  const reader = createChatChunkReader()
  return {
    start: { type: 'start', headers, request },
    textKey: 'content',
    push: reader.push,
    identity: reader.identity,
    pushText(text) {
      reader.pushText(text)
      return { type: 'text-delta', text }
    },
    isOnlyText: (chunk) => reader.onlyTextOf(chunk) !== undefined,
    partial(): PartialOutput | undefined {
      const { text, reasoning, toolCalls, usage } = reader.output()
      if (text === '' && reasoning === '' && toolCalls.length === 0 && usage === null) return undefined
      return { text, reasoning, toolCalls, usage }
    },
    end({ isDone, body }) {
      const last = body ? [] : reader.end()
      if (!body && !isStreamComplete({ ...reader.output(), isDone, request })) return undefined
      const output = reader.output()
      const whole = body ?? chatBodyOf({ ...output, finishReason: output.finishReason ?? '' })
      const result = chatResultOf(whole, { request, headers, status })
      const events: ChatEvent[] = [...(body ? deltasOf(result) : last), { type: 'finish', reason: result.finishReason }]
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

/** The deltas of an answer that came in one piece. */
function deltasOf(result: ChatResult): ChatDelta[] {
  const deltas: ChatDelta[] = []
  if (result.reasoning !== '') deltas.push({ type: 'reasoning-delta', text: result.reasoning })
  if (result.text !== '') deltas.push({ type: 'text-delta', text: result.text })
  if (result.refusal) deltas.push({ type: 'refusal-delta', text: result.refusal })
  for (const [index, call] of result.toolCalls.entries()) {
    const { name, arguments: text } = call.function
    deltas.push({ type: 'tool-call-delta', index, id: call.id, name, arguments: text })
  }
  return deltas
}

/** Writes events as chunks. Signatures and usage come with the last ones, when they are known. */
function createEncoder(identity: () => ChunkIdentity): EventEncoder<ChatEvent> {
  let hasRole = false
  const chunk = (delta: JsonObject, finishReason: string | null): string => {
    const named = hasRole ? delta : { role: 'assistant', ...delta }
    hasRole = true
    return chunkText('chat.completion.chunk', identity(), {
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
        case 'end':
          return endingOf(event.result, identity(), chunk)
        default:
          return ''
      }
    },
  }
}

function endingOf(
  result: ChatResult,
  identity: ChunkIdentity,
  chunk: (delta: JsonObject, finishReason: string | null) => string,
): string {
  const { reasoning_details, thinking_blocks, extra_content } = result.message
  const carried: JsonObject = {
    ...(reasoning_details ? { reasoning_details } : {}),
    ...(thinking_blocks ? { thinking_blocks } : {}),
    ...(extra_content ? { extra_content } : {}),
  }
  const signatures = result.toolCalls.flatMap((call, index) =>
    isJsonObject(call.extra_content) ? [{ index, extra_content: call.extra_content }] : [],
  )
  const reason = result.finishReason === 'other' ? 'stop' : result.finishReason
  const last = chunk({ ...carried, ...(signatures.length > 0 ? { tool_calls: signatures } : {}) }, reason)
  const usage = result.usage ? chunkText('chat.completion.chunk', identity, { choices: [], usage: result.usage }) : ''
  return last + usage + doneText
}

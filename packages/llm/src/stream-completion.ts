import { type AnswerSession, type AnswerStream, createAnswerStream, type EventEncoder } from './answer-stream.js'
import { isStreamComplete, streamedBodyOf } from './call.js'
import type { CallOptions } from './call-options.js'
import { type CompletionResult, completionResultOf } from './completion.js'
import type { JsonObject } from './json.js'
import { type PartialOutput, StreamTruncatedError } from './llm-error.js'
import type { CompletionRequest, FinishReason } from './message.js'
import { completionBodyOf } from './stream/chat-body.js'
import { createCompletionChunkReader } from './stream/completion-chunk-reader.js'
import { type ChunkIdentity, chunkText, endText, errorText } from './stream/encode-events.js'
import type { Transport } from './transport.js'

/** What happens in a streamed completion. */
export type CompletionEvent =
  | { readonly type: 'start'; readonly headers: Headers; readonly request: JsonObject }
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'finish'; readonly reason: FinishReason }
  | { readonly type: 'usage'; readonly usage: JsonObject }
  | { readonly type: 'end'; readonly result: CompletionResult }

/** A streamed completion. */
export type CompletionStream = AnswerStream<CompletionEvent, CompletionResult>

/** Completes a prompt and yields the answer as it comes; rules and errors as in {@link streamChat}. @throws LlmError */
export function streamCompletion(
  transport: Transport,
  request: CompletionRequest,
  options: CallOptions = {},
): CompletionStream {
  const body = streamedBodyOf(request)
  return createAnswerStream<CompletionEvent, CompletionResult>({
    transport,
    wire: { path: '/completions', body },
    options,
    createSession: (response) => createSession(response, body),
    createEncoder,
  })
}

function createSession(response: Response, request: JsonObject): AnswerSession<CompletionEvent, CompletionResult> {
  const { headers, status } = response
  const reader = createCompletionChunkReader()
  const textEvent = (text: string): CompletionEvent => ({ type: 'text-delta', text })
  return {
    start: { type: 'start', headers, request },
    textKey: 'text',
    identity: reader.output,
    push(chunk) {
      const text = reader.push(chunk)
      return text === '' ? [] : [textEvent(text)]
    },
    pushText(text) {
      reader.pushText(text)
      return textEvent(text)
    },
    isOnlyText: reader.isOnlyText,
    partial(): PartialOutput | undefined {
      const { text, usage } = reader.output()
      return text === '' && usage === null ? undefined : { text, reasoning: '', toolCalls: [], usage }
    },
    end({ isDone, body }) {
      const output = reader.output()
      if (!body && !isStreamComplete({ ...output, isDone, request })) return undefined
      const whole = body ?? completionBodyOf({ ...output, finishReason: output.finishReason ?? '' })
      const result = completionResultOf(whole, { request, headers, status })
      const events: CompletionEvent[] = body && result.text !== '' ? [textEvent(result.text)] : []
      events.push({ type: 'finish', reason: result.finishReason })
      if (result.usage) events.push({ type: 'usage', usage: result.usage })
      events.push({ type: 'end', result })
      return { events, result }
    },
  }
}

/**
 * Reads a streamed completion to its end.
 * @throws LlmError `STREAM_TRUNCATED` when the events end without an `end`.
 */
export async function collectCompletion(events: AsyncIterable<CompletionEvent>): Promise<CompletionResult> {
  for await (const event of events) {
    if (event.type === 'end') return event.result
  }
  throw new StreamTruncatedError('the events ended before the answer was complete')
}

function createEncoder(identity: () => ChunkIdentity): EventEncoder<CompletionEvent> {
  const object = 'text_completion'
  const chunk = (text: string, finishReason: string | null): string =>
    chunkText(object, identity(), { choices: [{ index: 0, text, logprobs: null, finish_reason: finishReason }] })
  return {
    error: errorText,
    event(event) {
      if (event.type === 'text-delta') return chunk(event.text, null)
      if (event.type !== 'end') return ''
      const { finishReason, usage } = event.result
      return chunk('', finishReason === 'other' ? 'stop' : finishReason) + endText(object, identity(), usage)
    },
  }
}

import { type CallOptions, defaultMaxResponseBytes, isStreamComplete, sendCall, streamedBodyOf } from './call.js'
import { type CompletionResult, completionResultOf } from './complete.js'
import type { JsonObject } from './json.js'
import { LlmError, type PartialOutput } from './llm-error.js'
import type { CompletionRequest, FinishReason } from './message.js'
import { requestIdOf } from './response-error.js'
import { completionBodyOf } from './stream/chat-body.js'
import { createCompletionChunkReader } from './stream/completion-chunk-reader.js'
import { readChunks, streamError } from './stream/read-chunks.js'
import { truncated } from './stream-chat.js'
import type { Transport } from './transport.js'

/** What happens in a streamed completion. */
export type CompletionEvent =
  | { readonly type: 'start'; readonly headers: Headers; readonly request: JsonObject }
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'finish'; readonly reason: FinishReason }
  | { readonly type: 'usage'; readonly usage: JsonObject }
  | { readonly type: 'end'; readonly result: CompletionResult }

/** Completes a prompt and yields the answer as it comes; rules and errors as in {@link streamChat}. @throws LlmError */
export async function* streamComplete(
  transport: Transport,
  request: CompletionRequest,
  options: CallOptions = {},
): AsyncGenerator<CompletionEvent, void, undefined> {
  const body = streamedBodyOf(request)
  const response = await sendCall(transport, { path: '/completions', body }, options)
  const { headers } = response
  const { signal } = options
  const maxBytes = options.maxResponseBytes ?? defaultMaxResponseBytes
  const reader = createCompletionChunkReader()
  const partial = (): PartialOutput | undefined => {
    const { text, usage } = reader.output()
    return text === '' && usage === null ? undefined : { text, reasoning: '', toolCalls: [], usage }
  }
  const requestId = requestIdOf(headers)
  let isDone = false
  let result: CompletionResult | undefined

  try {
    yield { type: 'start', headers, request: body }
    for await (const item of readChunks(response, { signal, maxBytes, partial })) {
      if (item.type === 'done') isDone = true
      else if (item.type === 'chunk') {
        const text = reader.push(item.chunk)
        if (text !== '') yield { type: 'text-delta', text }
      } else {
        result = completionResultOf(item.body, { request: body, headers })
        if (result.text !== '') yield { type: 'text-delta', text: result.text }
      }
    }
    if (!result) {
      const output = reader.output()
      if (!isStreamComplete({ ...output, isDone, request: body })) throw truncated({ partial, requestId })
      const whole = completionBodyOf({ ...output, finishReason: output.finishReason ?? '' })
      result = completionResultOf(whole, { request: body, headers })
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
 * Reads a streamed completion to its end.
 * @throws LlmError `STREAM_TRUNCATED` when the events end without an `end`.
 */
export async function collectCompletion(events: AsyncIterable<CompletionEvent>): Promise<CompletionResult> {
  for await (const event of events) {
    if (event.type === 'end') return event.result
  }
  throw new LlmError('STREAM_TRUNCATED', 'the events ended before the answer was complete')
}

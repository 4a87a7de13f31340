import { type JsonObject, objectAt, objectsAt, stringAt } from '../json.js'
import { LlmError } from '../llm-error.js'
import { argumentsText, ChunkError, createChatChunkReader, textOfContent } from '../stream/chat-chunk-reader.js'
import { createCompletionChunkReader } from '../stream/completion-chunk-reader.js'
import type { StreamItem } from '../stream/read-chunks.js'
import { tokenUsageOf } from '../usage.js'
import type { UpstreamEndpoint, UpstreamEvent, UpstreamFinishReason } from './upstream.js'
import { UpstreamError, type UpstreamErrorCode } from './upstream-error.js'

/** Reads the pieces of a provider's answer into events. */
export interface AnswerReader {
  push(item: StreamItem): readonly UpstreamEvent[]
  /** Ends the stream. @throws UpstreamError `UPSTREAM_TRUNCATED` when it was not complete. */
  end(): readonly UpstreamEvent[]
  /** The model that answers; empty until the provider has said so. */
  model(): string
}

/** Creates a reader for the wire shape of one endpoint. */
export function createAnswerReader(endpoint: UpstreamEndpoint): AnswerReader {
  return endpoint === 'completions' ? createCompletionAnswerReader() : createChatAnswerReader()
}

function createChatAnswerReader(): AnswerReader {
  const reader = createChatChunkReader()
  return {
    push(item) {
      if (item.type === 'chunk') return reader.push(item.chunk)
      return item.type === 'body' ? reader.push(chunkOfBody(item.body)) : []
    },
    end() {
      const last = reader.end()
      const { finishReason, toolCalls, usage } = reader.output()
      if (finishReason === null) throw new UpstreamError('UPSTREAM_TRUNCATED')
      const reason = finishReasonOf(finishReason, { hasToolCalls: toolCalls.length > 0 })
      return [...last, { type: 'finish', reason }, ...usageEvents(usage)]
    },
    model: () => reader.output().model,
  }
}

function createCompletionAnswerReader(): AnswerReader {
  const reader = createCompletionChunkReader()
  return {
    push(item) {
      if (item.type === 'done') return []
      const text = reader.push(item.type === 'chunk' ? item.chunk : item.body)
      return text === '' ? [] : [{ type: 'text-delta', text }]
    },
    end() {
      const { finishReason, usage } = reader.output()
      if (finishReason === null) throw new UpstreamError('UPSTREAM_TRUNCATED')
      return [{ type: 'finish', reason: finishReasonOf(finishReason, { hasToolCalls: false }) }, ...usageEvents(usage)]
    },
    model: () => reader.output().model,
  }
}

function usageEvents(usage: JsonObject | null): readonly UpstreamEvent[] {
  const counts = tokenUsageOf(usage)
  return counts ? [{ type: 'usage', usage: counts }] : []
}

/** Some servers ignore `stream`: their whole body is read as one chunk, its tool calls numbered. */
function chunkOfBody(body: JsonObject): JsonObject {
  const choices = objectsAt(body, 'choices').map((choice) => {
    const message = objectAt(choice, 'message') ?? {}
    const calls = objectsAt(message, 'tool_calls').map((call, index) => {
      const fn = objectAt(call, 'function') ?? {}
      return { ...call, index, function: { ...fn, arguments: argumentsText(fn['arguments']) } }
    })
    return { ...choice, message: { ...message, content: textOfContent(message['content']), tool_calls: calls } }
  })
  return { ...body, choices }
}

function finishReasonOf(wire: string, options: { readonly hasToolCalls: boolean }): UpstreamFinishReason {
  switch (wire) {
    case 'error':
      throw new UpstreamError('UPSTREAM_FAILED')
    case 'length':
    case 'max_tokens':
      return 'length'
    case 'content_filter':
      return 'content_filter'
    default:
      // `stop` with tool calls, `function_call`, and the names that servers invent for a natural end.
      return options.hasToolCalls ? 'tool_calls' : 'stop'
  }
}

/** Gives a failed answer its code, without any of the provider's words. */
export function answerFailed(
  error: unknown,
  options: { readonly signal: AbortSignal; readonly isTimeout: boolean },
): UpstreamError {
  if (error instanceof UpstreamError) return error
  if (options.signal.aborted) return new UpstreamError('ABORTED')
  if (options.isTimeout) return new UpstreamError('UPSTREAM_TIMEOUT')
  if (error instanceof ChunkError) return new UpstreamError('UPSTREAM_INVALID')
  if (!(error instanceof LlmError)) return new UpstreamError('UPSTREAM_UNAVAILABLE')
  switch (error.code) {
    case 'STREAM_TRUNCATED':
      return new UpstreamError('UPSTREAM_TRUNCATED')
    case 'STREAM_ERROR':
      return new UpstreamError(providerCode(error.api?.code) ?? 'UPSTREAM_FAILED')
    case 'TIMEOUT':
      return new UpstreamError('UPSTREAM_TIMEOUT')
    case 'ABORTED':
      return new UpstreamError('ABORTED')
    default:
      return new UpstreamError('UPSTREAM_INVALID')
  }
}

/** The refusal of a provider, from its status and the code of its error object. */
export function refusalOf(refusal: {
  readonly status: number
  readonly body: JsonObject | undefined
  readonly retryAfterMs: number | undefined
}): UpstreamError {
  const details = { upstreamStatus: refusal.status, retryAfterMs: refusal.retryAfterMs }
  const error = refusal.body && objectAt(refusal.body, 'error')
  const known = refusal.status < 500 ? providerCode(error && stringAt(error, 'code')) : undefined
  return new UpstreamError(known ?? codeOfStatus(refusal.status), details)
}

/** Provider codes whose meaning may be told to the caller. */
function providerCode(code: string | null | undefined): UpstreamErrorCode | undefined {
  switch (code) {
    case 'context_length_exceeded':
    case 'string_above_max_length':
      return 'UPSTREAM_CONTEXT_LENGTH'
    case 'content_policy_violation':
    case 'content_filter':
      return 'UPSTREAM_CONTENT_POLICY'
    case 'model_not_found':
      return 'UPSTREAM_MODEL'
    case 'rate_limit_exceeded':
      return 'UPSTREAM_RATE_LIMITED'
    case 'insufficient_quota':
    case 'invalid_api_key':
      return 'UPSTREAM_AUTH'
    default:
      return undefined
  }
}

function codeOfStatus(status: number): UpstreamErrorCode {
  if (status >= 300 && status < 400) return 'UPSTREAM_REDIRECTED'
  switch (status) {
    case 401:
    case 402:
    case 403:
    case 407:
      return 'UPSTREAM_AUTH'
    case 404:
      return 'UPSTREAM_MODEL'
    case 408:
    case 504:
      return 'UPSTREAM_TIMEOUT'
    case 413:
      return 'UPSTREAM_CONTEXT_LENGTH'
    case 429:
      return 'UPSTREAM_RATE_LIMITED'
    case 503:
    case 529:
      return 'UPSTREAM_OVERLOADED'
    default:
      return status >= 500 ? 'UPSTREAM_UNAVAILABLE' : 'UPSTREAM_REJECTED'
  }
}

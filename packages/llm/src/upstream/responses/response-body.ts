import { type JsonObject, type JsonValue, numberAt, objectAt } from '../../json.js'
import type { UpstreamFinishReason } from '../upstream.js'

/** What a `response` object is made of. */
export interface ResponseBodyParts {
  readonly id: string
  /** Unix seconds. */
  readonly createdAt: number
  readonly echo: JsonObject
  readonly output: readonly JsonObject[]
  readonly status: ResponseStatus
  readonly error?: JsonObject | undefined
  /** Usage in the shape of the chat API. */
  readonly usage: JsonObject | null
}

/** How a response ended, or that it has not. */
export type ResponseStatus =
  | { readonly status: 'in_progress' | 'completed' | 'failed' }
  | { readonly status: 'incomplete'; readonly reason: 'max_output_tokens' | 'content_filter' }

/** The status of a response whose model ended for this reason. */
export function responseStatusOf(reason: UpstreamFinishReason): ResponseStatus {
  if (reason === 'length') return { status: 'incomplete', reason: 'max_output_tokens' }
  if (reason === 'content_filter') return { status: 'incomplete', reason: 'content_filter' }
  return { status: 'completed' }
}

/** Builds a `response` object. */
export function responseBodyOf(parts: ResponseBodyParts): JsonObject {
  const { status } = parts
  return {
    ...parts.echo,
    id: parts.id,
    object: 'response',
    created_at: parts.createdAt,
    status: status.status,
    error: parts.error ?? null,
    incomplete_details: status.status === 'incomplete' ? { reason: status.reason } : null,
    output: parts.output,
    // The API's description knows no `null` here.
    ...(parts.usage === null ? {} : { usage: responseUsageOf(parts.usage) }),
  }
}

const chatNames = [
  'prompt_tokens',
  'completion_tokens',
  'total_tokens',
  'prompt_tokens_details',
  'completion_tokens_details',
]

/** Usage in the names of the Responses API; members of our own (cost, receipt) stay. */
function responseUsageOf(usage: JsonObject): JsonObject {
  const own: [string, JsonValue][] = Object.entries(usage).filter(([key]) => !chatNames.includes(key))
  const inputTokens = numberAt(usage, 'prompt_tokens') ?? 0
  const outputTokens = numberAt(usage, 'completion_tokens') ?? 0
  const cached = numberAt(objectAt(usage, 'prompt_tokens_details') ?? {}, 'cached_tokens') ?? 0
  const reasoning = numberAt(objectAt(usage, 'completion_tokens_details') ?? {}, 'reasoning_tokens') ?? 0
  return {
    ...Object.fromEntries(own),
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cached, cache_write_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: inputTokens + outputTokens,
  }
}

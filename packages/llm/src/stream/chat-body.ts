import type { JsonDraft, JsonObject } from '../json.js'
import type { ToolCall } from '../message.js'

/** What an unstreamed chat body is made of. */
export interface ChatBodyParts {
  readonly id: string
  readonly created: number
  readonly model: string
  readonly text: string
  readonly refusal: string
  readonly reasoning: string
  readonly toolCalls: readonly ToolCall[]
  readonly finishReason: string
  readonly logprobs?: JsonObject | null
  readonly usage?: JsonObject | null
  /** Further members of the message, such as `reasoning_details`. */
  readonly messageExtra?: JsonObject
  readonly extra?: JsonObject
}

/**
 * Builds the unstreamed body (`chat.completion`) of an answer. The encoder for servers and the collector for clients both use it, so that a
 * streamed and an unstreamed answer with the same content have the same body, and the same hash.
 */
export function chatBodyOf(parts: ChatBodyParts): JsonObject {
  const hasOther = parts.toolCalls.length > 0 || parts.refusal !== ''
  const message: JsonDraft = {
    ...parts.messageExtra,
    role: 'assistant',
    content: parts.text === '' && hasOther ? null : parts.text,
    refusal: parts.refusal === '' ? null : parts.refusal,
  }
  if (parts.reasoning !== '') message['reasoning_content'] = parts.reasoning
  if (parts.toolCalls.length > 0) message['tool_calls'] = parts.toolCalls
  const body: JsonDraft = {
    ...parts.extra,
    id: parts.id,
    object: 'chat.completion',
    created: parts.created,
    model: parts.model,
    choices: [{ index: 0, message, logprobs: parts.logprobs ?? null, finish_reason: parts.finishReason }],
  }
  if (parts.usage) body['usage'] = parts.usage
  return body
}

/** What an unstreamed completion body is made of. */
export interface CompletionBodyParts {
  readonly id: string
  readonly created: number
  readonly model: string
  readonly text: string
  readonly finishReason: string
  readonly usage?: JsonObject | null
  readonly extra?: JsonObject
}

/** Builds the unstreamed body (`text_completion`) of an answer. */
export function completionBodyOf(parts: CompletionBodyParts): JsonObject {
  const body: JsonDraft = {
    ...parts.extra,
    id: parts.id,
    object: 'text_completion',
    created: parts.created,
    model: parts.model,
    choices: [{ index: 0, text: parts.text, logprobs: null, finish_reason: parts.finishReason }],
  }
  if (parts.usage) body['usage'] = parts.usage
  return body
}

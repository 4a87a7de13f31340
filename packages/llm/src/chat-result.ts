import { type AnswerHead, type AnswerSource, answerHeadOf } from './answer-head.js'
import { type JsonObject, objectAt, objectsAt, stringAt } from './json.js'
import { LlmError } from './llm-error.js'
import type { AssistantMessage, FinishReason, ToolCall } from './message.js'
import { argumentsText, finishReasonOf, textOfContent } from './stream/chat-chunk-reader.js'
import { carriedMembersOf } from './stream/reasoning-carrier.js'
import { fallbackIdOf } from './stream/tool-call-merger.js'

/** An answer of a chat model. */
export interface ChatResult extends AnswerHead {
  /** The assistant's message, ready to be appended to the conversation. */
  readonly message: AssistantMessage
  readonly text: string
  readonly refusal: string | null
  readonly reasoning: string
  readonly toolCalls: readonly ToolCall[]
  readonly finishReason: FinishReason
}

/**
 * Reads an unstreamed chat body.
 * @throws LlmError `INVALID_RESPONSE` when it has no message or no finish reason.
 */
export function chatResultOf(body: JsonObject, source: AnswerSource): ChatResult {
  const head = answerHeadOf(body, source)
  const { id, requestId } = head
  const choice = objectsAt(body, 'choices')[0]
  const wire = choice && objectAt(choice, 'message')
  if (!choice || !wire) throw invalid('a body without a message', requestId)
  const wireReason = stringAt(choice, 'finish_reason')
  if (wireReason === undefined) throw invalid('a body without finish_reason', requestId)
  const toolCalls = objectsAt(wire, 'tool_calls').map((call, position) => toolCallOf(call, fallbackIdOf(position, id)))
  const text = textOfContent(wire['content'])
  const refusal = stringAt(wire, 'refusal') ?? null
  const reasoning = stringAt(wire, 'reasoning_content') ?? stringAt(wire, 'reasoning') ?? ''
  const message: AssistantMessage = {
    role: 'assistant',
    content: text === '' && (toolCalls.length > 0 || refusal) ? null : text,
    ...(refusal === null ? {} : { refusal }),
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...carriedMembersOf(wire),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
  }
  return {
    ...head,
    message,
    text,
    refusal,
    reasoning,
    toolCalls,
    finishReason: finishReasonOf(wireReason, { hasToolCalls: toolCalls.length > 0 }),
  }
}

function toolCallOf(call: JsonObject, fallbackId: string): ToolCall {
  const fn = objectAt(call, 'function')
  const name = fn && stringAt(fn, 'name')
  if (!fn || !name) throw invalid('a tool call without a function name', undefined)
  const text = argumentsText(fn['arguments'])
  const id = stringAt(call, 'id')
  return {
    id: id ? id : fallbackId,
    type: 'function',
    function: { name, arguments: text.trim() === '' ? '{}' : text },
    ...carriedMembersOf(call),
  }
}

/** The error of an answer without meaning. */
export function invalid(what: string, requestId: string | undefined): LlmError {
  return new LlmError('INVALID_RESPONSE', `the server sent ${what}`, { requestId })
}

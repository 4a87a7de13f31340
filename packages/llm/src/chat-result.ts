import { type JsonObject, objectAt, objectsAt, stringAt } from './json.js'
import { LlmError } from './llm-error.js'
import type { AssistantMessage, FinishReason, ToolCall } from './message.js'
import { requestIdOf } from './response-error.js'
import { argumentsText, finishReasonOf, textOfContent } from './stream/chat-chunk-reader.js'
import { carriedMembersOf } from './stream/reasoning-carrier.js'
import { fallbackIdOf } from './stream/tool-call-merger.js'

/** An answer of a chat model. */
export interface ChatResult {
  /** The assistant's message, ready to be appended to the conversation. */
  readonly message: AssistantMessage
  readonly text: string
  readonly refusal: string | null
  readonly reasoning: string
  readonly toolCalls: readonly ToolCall[]
  readonly finishReason: FinishReason
  /** The server's `usage` object as it stands, unknown members included; `null` when it sent none. */
  readonly usage: JsonObject | null
  /** The model that the server names. */
  readonly model: string
  readonly id: string
  /** The request body that was sent. */
  readonly request: JsonObject
  /** The unstreamed response body; rebuilt from the chunks when the answer was streamed. */
  readonly body: JsonObject
  readonly headers: Headers
  /** HTTP status. */
  readonly status: number
  readonly requestId: string | undefined
}

/**
 * Reads an unstreamed chat body.
 * @throws LlmError `INVALID_RESPONSE` when it has no message or no finish reason.
 */
export function chatResultOf(
  body: JsonObject,
  options: { readonly request: JsonObject; readonly headers: Headers; readonly status: number },
): ChatResult {
  const choice = objectsAt(body, 'choices')[0]
  const wire = choice && objectAt(choice, 'message')
  const requestId = requestIdOf(options.headers)
  if (!choice || !wire) throw invalid('a body without a message', requestId)
  const wireReason = stringAt(choice, 'finish_reason')
  if (wireReason === undefined) throw invalid('a body without finish_reason', requestId)
  const id = stringAt(body, 'id') ?? ''
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
    message,
    text,
    refusal,
    reasoning,
    toolCalls,
    finishReason: finishReasonOf(wireReason, { hasToolCalls: toolCalls.length > 0 }),
    usage: objectAt(body, 'usage') ?? null,
    model: stringAt(body, 'model') ?? '',
    id,
    request: options.request,
    body,
    headers: options.headers,
    status: options.status,
    requestId,
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

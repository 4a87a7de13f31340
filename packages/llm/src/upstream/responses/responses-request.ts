import { type JsonDraft, type JsonObject, type JsonValue, objectsAt } from '../../json.js'
import {
  optional,
  readArray,
  readBoolean,
  readInteger,
  readNonEmptyString,
  readObject,
  readOneOf,
  readString,
  required,
  unsupported,
} from '../field-readers.js'
import { checkAbsent } from '../parse-sampling.js'
import { readModel } from '../read-model.js'
import { UpstreamRequestError } from '../request-error.js'
import { requestLimits } from '../request-limits.js'
import { messagesOfInput } from './responses-input.js'
import { chatToolsOf } from './responses-tools.js'

/** A checked request of the Responses API, as the chat request that asks for the same. */
export interface ResponsesRequest {
  readonly model: string
  readonly stream: boolean
  /** The body of `POST /v1/chat/completions`; `parseChatRequest` accepts it, or names what is wrong. */
  readonly chatBody: JsonObject
  /** Whether the caller wants reasoning in a form that it can send back. */
  readonly includeReasoning: boolean
  /** The members that a response repeats. */
  readonly echo: JsonObject
}

const stored = 'nothing is stored here.'
const maxIncludes = 32

/**
 * Turns the body of `POST /v1/responses` into a chat request. Only what needs no memory on this side is accepted: no stored responses or
 * conversations, no tools that run at the provider. Unknown members are accepted and have no effect.
 * @throws UpstreamRequestError with the `param` of the Responses API
 */
export function responsesToChatRequest(json: JsonObject): ResponsesRequest {
  const body = readObject(json, 'body')
  const model = readModel(body)
  checkAbsent(body, { key: 'previous_response_id', reason: `${stored} Send the whole conversation as 'input'.` })
  checkAbsent(body, { key: 'conversation', reason: `${stored} Send the whole conversation as 'input'.` })
  checkAbsent(body, { key: 'prompt', reason: stored })
  checkAbsent(body, { key: 'store', reason: stored })
  checkAbsent(body, { key: 'background', reason: 'it is not available here.' })
  const logprobs = optional(body, 'top_logprobs')
  if (logprobs !== undefined && logprobs !== 0) throw unsupported('top_logprobs', 'it is not available here.')
  const stream = optional(body, 'stream')
  const tools = chatToolsOf(body)
  const draft: JsonDraft = { model, messages: messagesOf(body) }
  if (tools.tools.length > 0) draft['tools'] = tools.tools
  if (tools.toolChoice !== undefined) draft['tool_choice'] = tools.toolChoice
  copy(body, draft, ['temperature', 'top_p', 'user', 'metadata', 'service_tier'])
  if (tools.tools.length > 0) copy(body, draft, ['parallel_tool_calls'])
  const maxOutputTokens = optional(body, 'max_output_tokens')
  if (maxOutputTokens !== undefined) {
    draft['max_completion_tokens'] = readInteger(maxOutputTokens, {
      param: 'max_output_tokens',
      min: 1,
      max: requestLimits.maxTokens,
    })
  }
  const effort = reasoningEffortOf(body)
  if (effort !== undefined) draft['reasoning_effort'] = effort
  const text = textOptionsOf(body)
  if (text.responseFormat) draft['response_format'] = text.responseFormat
  if (text.verbosity !== undefined) draft['verbosity'] = text.verbosity
  return {
    model,
    stream: stream === undefined ? false : readBoolean(stream, 'stream'),
    chatBody: draft,
    includeReasoning: includesReasoning(body),
    echo: echoOf(body, { model }),
  }
}

function messagesOf(body: JsonObject): readonly JsonObject[] {
  const instructions = optional(body, 'instructions')
  const messages = messagesOfInput(required(body, { key: 'input', param: 'input' }))
  if (instructions === undefined) return messages
  return [{ role: 'system', content: readString(instructions, { param: 'instructions' }) }, ...messages]
}

function copy(from: JsonObject, to: JsonDraft, keys: readonly string[]): void {
  for (const key of keys) {
    const value = optional(from, key)
    if (value !== undefined) to[key] = value
  }
}

function reasoningEffortOf(body: JsonObject): string | undefined {
  const reasoning = optional(body, 'reasoning')
  if (reasoning === undefined) return undefined
  const effort = optional(readObject(reasoning, 'reasoning'), 'effort')
  return effort === undefined ? undefined : readString(effort, { param: 'reasoning.effort', maxLength: 32 })
}

function textOptionsOf(body: JsonObject): {
  readonly responseFormat?: JsonObject
  readonly verbosity?: string
} {
  const value = optional(body, 'text')
  if (value === undefined) return {}
  const text = readObject(value, 'text')
  const verbosity = optional(text, 'verbosity')
  const format = optional(text, 'format')
  return {
    ...(verbosity === undefined
      ? {}
      : { verbosity: readString(verbosity, { param: 'text.verbosity', maxLength: 32 }) }),
    ...(format === undefined ? {} : { responseFormat: responseFormatOf(readObject(format, 'text.format')) }),
  }
}

function responseFormatOf(format: JsonObject): JsonObject {
  const param = 'text.format.type'
  const type = readOneOf(required(format, { key: 'type', param }), {
    param,
    allowed: ['text', 'json_object', 'json_schema'],
  })
  if (type !== 'json_schema') return { type }
  const jsonSchema: JsonDraft = {
    name: readNonEmptyString(required(format, { key: 'name', param: 'text.format.name' }), {
      param: 'text.format.name',
      maxLength: 64,
    }),
    schema: readObject(required(format, { key: 'schema', param: 'text.format.schema' }), 'text.format.schema'),
  }
  copy(format, jsonSchema, ['description', 'strict'])
  return { type, json_schema: jsonSchema }
}

function includesReasoning(body: JsonObject): boolean {
  const include = optional(body, 'include')
  if (include === undefined) return false
  const names = readArray(include, { param: 'include', minLength: 0, maxLength: maxIncludes }).map((name, index) =>
    readString(name, { param: `include[${index}]`, maxLength: 128 }),
  )
  const refused = names.indexOf('message.output_text.logprobs')
  if (refused !== -1) {
    throw new UpstreamRequestError(
      'unsupported_value',
      `include[${refused}]`,
      'Log probabilities are not available here.',
    )
  }
  return names.includes('reasoning.encrypted_content')
}

/** What a response says about its request; absent members get the values that were in force. */
function echoOf(body: JsonObject, options: { readonly model: string }): JsonObject {
  const given = (key: string, otherwise: JsonValue): JsonValue => optional(body, key) ?? otherwise
  const text = optional(body, 'text')
  const user = optional(body, 'user')
  return {
    background: false,
    instructions: given('instructions', null),
    max_output_tokens: given('max_output_tokens', null),
    max_tool_calls: given('max_tool_calls', null),
    model: options.model,
    parallel_tool_calls: given('parallel_tool_calls', true),
    previous_response_id: null,
    reasoning: { effort: null, summary: null, ...objectOr(optional(body, 'reasoning')) },
    service_tier: 'default',
    store: false,
    temperature: given('temperature', 1),
    text: { format: { type: 'text' }, ...objectOr(text) },
    tool_choice: given('tool_choice', 'auto'),
    // What a tool leaves out counts as this, and a response says so.
    tools: objectsAt(body, 'tools').map((tool) => ({ parameters: null, strict: false, ...tool })),
    top_logprobs: 0,
    top_p: given('top_p', 1),
    truncation: given('truncation', 'disabled'),
    ...(user === undefined ? {} : { user }),
    metadata: given('metadata', {}),
  }
}

function objectOr(value: JsonValue | undefined): JsonObject {
  return value === undefined ? {} : readObject(value, 'text')
}

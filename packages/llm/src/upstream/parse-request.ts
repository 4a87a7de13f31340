import { isJsonArray, type JsonObject } from '../json.js'
import {
  invalidType,
  optional,
  readArray,
  readNonEmptyString,
  readObject,
  readOneOf,
  readString,
  required,
} from './field-readers.js'
import { parseMessage } from './parse-message.js'
import { checkAbsent, checkOnlyOne, checkServiceTier, parseSampling, type Sampling } from './parse-sampling.js'
import { parseTools } from './parse-tools.js'
import { readModel } from './read-model.js'
import { UpstreamRequestError } from './request-error.js'
import { requestLimits } from './request-limits.js'

/** A chat request that has been checked. `body` is the JSON as it came: hashes cover all of it, unknown members too. */
export interface ParsedChatRequest extends Sampling {
  readonly endpoint: 'chat.completions'
  readonly model: string
  readonly messages: readonly JsonObject[]
  readonly tools: readonly JsonObject[]
  readonly body: JsonObject
}

/** A completion request that has been checked. */
export interface ParsedCompletionRequest extends Sampling {
  readonly endpoint: 'completions'
  readonly model: string
  readonly prompt: string
  readonly body: JsonObject
}

const costReason = 'its cost is not in the price per token.'
const shapeReason = 'it is not available here.'

/**
 * Checks the body of `POST /v1/chat/completions`. Unknown members are accepted and have no effect; known members that would change the
 * answer's shape or its cost are refused.
 * @throws UpstreamRequestError with the OpenAI `param` and `code`
 */
export function parseChatRequest(json: JsonObject): ParsedChatRequest {
  const body = readObject(json, 'body')
  const model = readModel(body)
  const messages = readArray(required(body, { key: 'messages', param: 'messages' }), {
    param: 'messages',
    minLength: 1,
    maxLength: requestLimits.messages,
  }).map((message, index) => parseMessage(message, `messages[${index}]`))
  const tools = parseTools(body)
  checkAbsent(body, { key: 'functions', reason: "use 'tools' instead." })
  checkAbsent(body, { key: 'function_call', reason: "use 'tool_choice' instead." })
  checkAbsent(body, { key: 'audio', reason: shapeReason })
  checkAbsent(body, { key: 'logprobs', reason: shapeReason })
  checkAbsent(body, { key: 'top_logprobs', reason: shapeReason })
  checkAbsent(body, { key: 'web_search_options', reason: costReason })
  // What a prediction gets wrong is billed as output, above any limit of the answer.
  checkAbsent(body, { key: 'prediction', reason: costReason })
  checkAbsent(body, { key: 'store', reason: 'nothing is stored for the caller.' })
  checkServiceTier(body)
  checkModalities(body)
  checkResponseFormat(body)
  checkMetadata(body)
  const effort = optional(body, 'reasoning_effort')
  if (effort !== undefined) readString(effort, { param: 'reasoning_effort', maxLength: 32 })
  const { stream, includeUsage, maxTokens, stop } = parseSampling(body)
  return { endpoint: 'chat.completions', model, messages, tools, body, stream, includeUsage, maxTokens, stop }
}

/** Checks the body of `POST /v1/completions`. @throws UpstreamRequestError with the OpenAI `param` and `code` */
export function parseCompletionRequest(json: JsonObject): ParsedCompletionRequest {
  const body = readObject(json, 'body')
  const model = readModel(body)
  const prompt = required(body, { key: 'prompt', param: 'prompt' })
  checkOnlyOne(body, 'best_of')
  checkAbsent(body, { key: 'echo', reason: shapeReason })
  checkAbsent(body, { key: 'suffix', reason: shapeReason })
  checkAbsent(body, { key: 'logprobs', reason: shapeReason })
  return { endpoint: 'completions', model, prompt: promptText(prompt), body, ...parseSampling(body) }
}

function promptText(prompt: JsonObject[string]): string {
  if (typeof prompt === 'string') return prompt
  if (!isJsonArray(prompt)) throw invalidType('prompt', 'a string')
  const only = readArray(prompt, { param: 'prompt', minLength: 1, maxLength: 1 })[0]
  if (typeof only !== 'string') throw invalidType('prompt', 'a string (token arrays are not supported)')
  return only
}

function checkModalities(body: JsonObject): void {
  const value = optional(body, 'modalities')
  if (value === undefined) return
  for (const [index, item] of readArray(value, { param: 'modalities', minLength: 1, maxLength: 4 }).entries()) {
    readOneOf(item, { param: `modalities[${index}]`, allowed: ['text'] })
  }
}

function checkResponseFormat(body: JsonObject): void {
  const value = optional(body, 'response_format')
  if (value === undefined) return
  const format = readObject(value, 'response_format')
  const typeParam = 'response_format.type'
  const type = readOneOf(required(format, { key: 'type', param: typeParam }), {
    param: typeParam,
    allowed: ['text', 'json_object', 'json_schema'],
  })
  if (type !== 'json_schema') return
  const param = 'response_format.json_schema'
  const jsonSchema = readObject(required(format, { key: 'json_schema', param }), param)
  readNonEmptyString(required(jsonSchema, { key: 'name', param: `${param}.name` }), {
    param: `${param}.name`,
    maxLength: 64,
  })
  const schema = optional(jsonSchema, 'schema')
  if (schema !== undefined) readObject(schema, `${param}.schema`)
}

function checkMetadata(body: JsonObject): void {
  const value = optional(body, 'metadata')
  if (value === undefined) return
  const count = Object.keys(readObject(value, 'metadata')).length
  if (count > requestLimits.metadata) {
    throw new UpstreamRequestError('invalid_value', 'metadata', "Invalid 'metadata': too many keys.")
  }
}

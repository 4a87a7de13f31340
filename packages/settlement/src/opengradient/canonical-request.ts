import type { Hex } from '../hex.js'
import { keccak256 } from '../keccak.js'
import { SettlementError } from '../settlement-error.js'
import { encodePythonJson, isList, isPythonObject, type PythonJson, type PythonObject } from './python-json.js'

/** Most messages of a chat request that are looked at. */
export const MAX_CHAT_MESSAGES = 10_000

/**
 * Shapes a chat request as OpenGradient's gateway does before hashing: model, messages, temperature, max_tokens, stop,
 * tools, response_format, web_search; nothing else is covered.
 *
 * @throws SettlementError `INVALID_FIELD`, `MISSING_FIELD`, `LIMIT_EXCEEDED` for a body that their client refuses too.
 */
export function canonicalChatRequest(body: PythonJson): PythonObject {
  if (!isPythonObject(body)) throw new SettlementError('INVALID_FIELD', 'request is not an object')
  const messages = fieldOf(body, 'messages')
  if (messages === undefined || !isList(messages) || messages.length === 0) {
    throw new SettlementError('MISSING_FIELD', 'request.messages is not a list with messages')
  }
  if (messages.length > MAX_CHAT_MESSAGES) {
    throw new SettlementError('LIMIT_EXCEEDED', `more than ${MAX_CHAT_MESSAGES} messages`)
  }
  const tools = fieldOf(body, 'tools')
  if (isTrue(tools) && !isList(tools)) throw new SettlementError('INVALID_FIELD', 'request.tools is not a list')
  const responseFormat = fieldOf(body, 'response_format')
  return {
    ...commonFields(body),
    messages: messages.map(canonicalMessage),
    ...(isTrue(tools) ? { tools } : {}),
    ...(isTrue(responseFormat) ? { response_format: responseFormat } : {}),
    ...(isTrue(fieldOf(body, 'web_search')) ? { web_search: true } : {}),
  }
}

/** Hashes a chat request as OpenGradient's gateway does; throws as {@link canonicalChatRequest}. */
export function hashChatRequest(body: PythonJson): Hex {
  return hashPythonJson(canonicalChatRequest(body))
}

/**
 * Shapes a completion request as OpenGradient's gateway does before hashing. Where the body is silent, its gateway's
 * defaults are hashed: temperature 1.0 and max_tokens 16.
 *
 * @throws SettlementError `INVALID_FIELD`, `MISSING_FIELD`.
 */
export function canonicalCompletionRequest(body: PythonJson): PythonObject {
  if (!isPythonObject(body)) throw new SettlementError('INVALID_FIELD', 'request is not an object')
  const prompt = fieldOf(body, 'prompt')
  if (typeof prompt !== 'string') throw new SettlementError('MISSING_FIELD', 'request.prompt is not text')
  return { ...commonFields({ temperature: 1, max_tokens: 16n, ...body }), prompt }
}

/** Hashes a completion request as OpenGradient's gateway does; throws as {@link canonicalCompletionRequest}. */
export function hashCompletionRequest(body: PythonJson): Hex {
  return hashPythonJson(canonicalCompletionRequest(body))
}

/** Keccak-256 of Python's spelling of a value. */
export function hashPythonJson(value: PythonJson): Hex {
  return keccak256(new TextEncoder().encode(encodePythonJson(value)))
}

function commonFields(body: PythonObject): PythonObject {
  const model = fieldOf(body, 'model')
  if (typeof model !== 'string' || model === '') throw new SettlementError('MISSING_FIELD', 'request.model is missing')
  const maxTokens = fieldOf(body, 'max_tokens')
  const stop = fieldOf(body, 'stop')
  return {
    model,
    temperature: temperatureOf(fieldOf(body, 'temperature') ?? 0),
    ...(maxTokens === undefined || maxTokens === null ? {} : { max_tokens: maxTokens }),
    ...(isTrue(stop) ? { stop } : {}),
  }
}

/** Python's `float(…)`, for numbers only. */
function temperatureOf(value: PythonJson): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint' && Number.isFinite(Number(value))) return Number(value)
  throw new SettlementError('INVALID_FIELD', 'request.temperature is not a number')
}

function canonicalMessage(message: PythonJson): PythonObject {
  if (!isPythonObject(message)) throw new SettlementError('INVALID_FIELD', 'a message is not an object')
  const content = fieldOf(message, 'content') ?? null
  const role = fieldOf(message, 'role')
  switch (role) {
    case 'system':
    case 'developer':
      return { role: 'system', content }
    case 'user':
      return { role, content: canonicalUserContent(content) }
    case 'assistant': {
      const calls = fieldOf(message, 'tool_calls')
      if (isTrue(calls) && !isList(calls)) throw new SettlementError('INVALID_FIELD', 'tool_calls is not a list')
      return {
        role,
        content: isTrue(content) ? content : '',
        ...(isTrue(calls) ? { tool_calls: calls.map(canonicalToolCall) } : {}),
      }
    }
    case 'tool':
      return { role, content, tool_call_id: fieldOf(message, 'tool_call_id') ?? null }
    case 'function':
      return { role, content, name: fieldOf(message, 'name') ?? null }
    default:
      throw new SettlementError('INVALID_FIELD', 'a message has an unknown role')
  }
}

/** Text stands as it is; of an attachment only its type and file name are hashed. */
function canonicalUserContent(content: PythonJson): PythonJson {
  if (typeof content === 'string') return content
  if (!isList(content)) throw new SettlementError('INVALID_FIELD', 'user content is neither text nor a list')
  return content.map((part): PythonObject => {
    if (!isPythonObject(part)) throw new SettlementError('INVALID_FIELD', 'a content part is not an object')
    const type = fieldOf(part, 'type') ?? null
    if (type === 'text') {
      const text = fieldOf(part, 'text')
      return { type, text: isTrue(text) ? text : '' }
    }
    const file = fieldOf(part, 'file')
    const inner = isPythonObject(file) ? fieldOf(file, 'filename') : undefined
    const filename = isTrue(inner) ? inner : fieldOf(part, 'filename')
    return { type, ...(isTrue(filename) ? { filename } : {}) }
  })
}

function canonicalToolCall(call: PythonJson): PythonObject {
  if (!isPythonObject(call)) throw new SettlementError('INVALID_FIELD', 'a tool call is not an object')
  const called = fieldOf(call, 'function') ?? {}
  if (!isPythonObject(called)) throw new SettlementError('INVALID_FIELD', 'the function of a call is not an object')
  return {
    id: fieldOf(call, 'id') ?? '',
    type: fieldOf(call, 'type') ?? 'function',
    function: { name: fieldOf(called, 'name') ?? '', arguments: fieldOf(called, 'arguments') ?? '' },
  }
}

function fieldOf(object: PythonObject, name: string): PythonJson | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** What Python takes for true: not null, false, zero, and nothing empty. */
function isTrue(value: PythonJson | undefined): value is Exclude<PythonJson, null> {
  if (value === undefined || value === null) return false
  if (typeof value !== 'object') return Boolean(value)
  return Object.keys(value).length > 0
}

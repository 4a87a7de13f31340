import { isJsonArray, type JsonObject, type JsonValue } from '../json.js'
import {
  invalidType,
  missing,
  optional,
  readArray,
  readNonEmptyString,
  readObject,
  readOneOf,
  readString,
  required,
} from './field-readers.js'
import { checkReasoningDetails } from './reasoning-details.js'
import { UpstreamRequestError } from './request-error.js'
import { requestLimits } from './request-limits.js'

const roles = ['system', 'developer', 'user', 'assistant', 'tool'] as const
const partTypes = {
  system: ['text'],
  developer: ['text'],
  user: ['text', 'image_url', 'input_audio', 'file'],
  assistant: ['text', 'refusal'],
  tool: ['text'],
} as const

/** Checks one message. @throws UpstreamRequestError */
export function parseMessage(value: JsonValue, param: string): JsonObject {
  const message = readObject(value, param)
  const role = readOneOf(required(message, { key: 'role', param: `${param}.role` }), {
    param: `${param}.role`,
    allowed: roles,
  })
  const name = optional(message, 'name')
  if (name !== undefined) readString(name, { param: `${param}.name`, maxLength: requestLimits.nameLength })
  const content = optional(message, 'content')
  const calls = optional(message, 'tool_calls')
  if (content !== undefined) checkContent(content, { param: `${param}.content`, allowed: partTypes[role] })
  if (role === 'assistant') {
    checkReasoningDetails(message, param)
    if (calls !== undefined) checkToolCalls(calls, `${param}.tool_calls`)
    if (optional(message, 'function_call') !== undefined) {
      throw new UpstreamRequestError(
        'unsupported_parameter',
        `${param}.function_call`,
        "Use 'tool_calls' instead of 'function_call'.",
      )
    }
    const hasOther = (isJsonArray(calls) && calls.length > 0) || optional(message, 'refusal') !== undefined
    if (content === undefined && !hasOther) throw missing(`${param}.content`)
    return message
  }
  if (content === undefined) throw missing(`${param}.content`)
  if (role === 'tool') {
    const key = 'tool_call_id'
    readNonEmptyString(required(message, { key, param: `${param}.${key}` }), {
      param: `${param}.${key}`,
      maxLength: requestLimits.idLength,
    })
  }
  return message
}

function checkContent(
  content: JsonValue,
  options: { readonly param: string; readonly allowed: readonly string[] },
): void {
  const { param, allowed } = options
  if (typeof content === 'string') return
  if (!isJsonArray(content)) throw invalidType(param, 'a string or an array of content parts')
  for (const [index, item] of readArray(content, {
    param,
    minLength: 1,
    maxLength: requestLimits.contentParts,
  }).entries()) {
    const part = readObject(item, `${param}[${index}]`)
    const typeParam = `${param}[${index}].type`
    const type = readOneOf(required(part, { key: 'type', param: typeParam }), { param: typeParam, allowed })
    const detailParam = `${param}[${index}].${type}`
    const detail = required(part, { key: type, param: detailParam })
    if (type === 'text' || type === 'refusal') readString(detail, { param: detailParam })
    else checkAttachment(readObject(detail, detailParam), { type, param: detailParam })
  }
}

function checkAttachment(part: JsonObject, options: { readonly type: string; readonly param: string }): void {
  if (options.type !== 'image_url') return
  const param = `${options.param}.url`
  const url = readNonEmptyString(required(part, { key: 'url', param }), { param, maxLength: Number.MAX_SAFE_INTEGER })
  if (!/^(https:\/\/|data:image\/)/i.test(url)) {
    throw new UpstreamRequestError(
      'invalid_value',
      param,
      `Invalid '${param}': expected an https URL or a data URL of an image.`,
    )
  }
}

function checkToolCalls(value: JsonValue, param: string): void {
  const calls = readArray(value, { param, minLength: 0, maxLength: requestLimits.toolCalls })
  for (const [index, item] of calls.entries()) {
    const at = `${param}[${index}]`
    const call = readObject(item, at)
    readNonEmptyString(required(call, { key: 'id', param: `${at}.id` }), {
      param: `${at}.id`,
      maxLength: requestLimits.idLength,
    })
    readOneOf(required(call, { key: 'type', param: `${at}.type` }), { param: `${at}.type`, allowed: ['function'] })
    const fn = readObject(required(call, { key: 'function', param: `${at}.function` }), `${at}.function`)
    const nameParam = `${at}.function.name`
    readNonEmptyString(required(fn, { key: 'name', param: nameParam }), {
      param: nameParam,
      maxLength: requestLimits.nameLength,
    })
    const argumentsParam = `${at}.function.arguments`
    readString(required(fn, { key: 'arguments', param: argumentsParam }), { param: argumentsParam })
  }
}

import type { JsonObject } from '../json.js'
import { isJsonArray } from '../json.js'
import {
  invalidType,
  optional,
  readArray,
  readBoolean,
  readInteger,
  readNonEmptyString,
  readNumber,
  readObject,
  readOneOf,
  readString,
  unsupported,
} from './field-readers.js'
import { UpstreamRequestError } from './request-error.js'
import { requestLimits } from './request-limits.js'

/** What both endpoints have in common. */
export interface Sampling {
  readonly stream: boolean
  /** Whether the stream ends with a chunk of its own for the usage. */
  readonly includeUsage: boolean
  readonly maxTokens: number | undefined
  readonly stop: readonly string[]
}

/** Checks the members that both endpoints share. @throws UpstreamRequestError */
export function parseSampling(body: JsonObject): Sampling {
  checkRange(body, 'temperature', { min: 0, max: 2 })
  checkRange(body, 'top_p', { min: 0, max: 1 })
  checkRange(body, 'frequency_penalty', { min: -2, max: 2 })
  checkRange(body, 'presence_penalty', { min: -2, max: 2 })
  checkInteger(body, 'seed', { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER })
  checkOnlyOne(body, 'n')
  checkLogitBias(body)
  const user = optional(body, 'user')
  if (user !== undefined) readString(user, { param: 'user', maxLength: requestLimits.nameLength })
  const stream = optional(body, 'stream')
  return {
    stream: stream === undefined ? false : readBoolean(stream, 'stream'),
    includeUsage: parseStreamOptions(body),
    maxTokens: parseMaxTokens(body),
    stop: parseStop(body),
  }
}

/** Refuses a count other than 1. */
export function checkOnlyOne(body: JsonObject, key: string): void {
  const value = optional(body, key)
  if (value === undefined) return
  if (readInteger(value, { param: key, min: 1, max: 128 }) !== 1) {
    throw new UpstreamRequestError('unsupported_value', key, `Unsupported value: '${key}' must be 1.`)
  }
}

/** Refuses a member that would change what is returned or what it costs; `false` means the same as absent. */
export function checkAbsent(body: JsonObject, options: { readonly key: string; readonly reason: string }): void {
  const value = optional(body, options.key)
  if (value !== undefined && value !== false) throw unsupported(options.key, options.reason)
}

function checkRange(body: JsonObject, key: string, range: { readonly min: number; readonly max: number }): void {
  const value = optional(body, key)
  if (value !== undefined) readNumber(value, { param: key, ...range })
}

function checkInteger(body: JsonObject, key: string, range: { readonly min: number; readonly max: number }): void {
  const value = optional(body, key)
  if (value !== undefined) readInteger(value, { param: key, ...range })
}

function checkLogitBias(body: JsonObject): void {
  const value = optional(body, 'logit_bias')
  if (value === undefined) return
  const entries = Object.entries(readObject(value, 'logit_bias'))
  if (entries.length > requestLimits.logitBias) {
    throw new UpstreamRequestError('array_above_max_length', 'logit_bias', "Invalid 'logit_bias': too many entries.")
  }
  for (const [, bias] of entries) readNumber(bias, { param: 'logit_bias', min: -100, max: 100 })
}

function parseStreamOptions(body: JsonObject): boolean {
  const value = optional(body, 'stream_options')
  if (value === undefined) return false
  const includeUsage = optional(readObject(value, 'stream_options'), 'include_usage')
  return includeUsage === undefined ? false : readBoolean(includeUsage, 'stream_options.include_usage')
}

function parseMaxTokens(body: JsonObject): number | undefined {
  let maxTokens: number | undefined
  for (const key of ['max_tokens', 'max_completion_tokens']) {
    const value = optional(body, key)
    if (value === undefined) continue
    const count = readInteger(value, { param: key, min: 1, max: requestLimits.maxTokens })
    maxTokens = maxTokens === undefined ? count : Math.min(maxTokens, count)
  }
  return maxTokens
}

function parseStop(body: JsonObject): readonly string[] {
  const value = optional(body, 'stop')
  if (value === undefined) return []
  if (typeof value === 'string')
    return [readNonEmptyString(value, { param: 'stop', maxLength: requestLimits.stopLength })]
  if (!isJsonArray(value)) throw invalidType('stop', 'a string or an array of strings')
  return readArray(value, { param: 'stop', minLength: 0, maxLength: requestLimits.stopSequences }).map((item, index) =>
    readNonEmptyString(item, { param: `stop[${index}]`, maxLength: requestLimits.stopLength }),
  )
}

/** Refuses a paid priority tier: prices are per token. */
export function checkServiceTier(body: JsonObject): void {
  const value = optional(body, 'service_tier')
  if (value !== undefined) readOneOf(value, { param: 'service_tier', allowed: ['auto', 'default'] })
}

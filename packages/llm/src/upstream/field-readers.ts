import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../json.js'
import { UpstreamRequestError } from './request-error.js'

/** Bounds of a number. */
export interface Range {
  readonly min: number
  readonly max: number
}

/** A member of the request; `null` counts as absent, as in the OpenAI API. */
export function optional(object: JsonObject, key: string): JsonValue | undefined {
  const value = Object.hasOwn(object, key) ? object[key] : undefined
  return value === null ? undefined : value
}

export function required(object: JsonObject, options: { readonly key: string; readonly param: string }): JsonValue {
  const value = optional(object, options.key)
  if (value === undefined) throw missing(options.param)
  return value
}

export function missing(param: string): UpstreamRequestError {
  return new UpstreamRequestError('missing_required_parameter', param, `Missing required parameter: '${param}'.`)
}

export function invalidType(param: string, expected: string): UpstreamRequestError {
  return new UpstreamRequestError('invalid_type', param, `Invalid type for '${param}': expected ${expected}.`)
}

export function readString(value: JsonValue, options: { readonly param: string; readonly maxLength?: number }): string {
  if (typeof value !== 'string') throw invalidType(options.param, 'a string')
  if (options.maxLength !== undefined && value.length > options.maxLength) {
    const message = `Invalid '${options.param}': string too long. Expected at most ${options.maxLength} characters.`
    throw new UpstreamRequestError('string_above_max_length', options.param, message)
  }
  return value
}

export function readNonEmptyString(
  value: JsonValue,
  options: { readonly param: string; readonly maxLength: number },
): string {
  const text = readString(value, options)
  if (text === '')
    throw new UpstreamRequestError('empty_string', options.param, `Invalid '${options.param}': empty string.`)
  return text
}

export function readBoolean(value: JsonValue, param: string): boolean {
  if (typeof value !== 'boolean') throw invalidType(param, 'a boolean')
  return value
}

export function readObject(value: JsonValue, param: string): JsonObject {
  if (!isJsonObject(value)) throw invalidType(param, 'an object')
  return value
}

export function readArray(
  value: JsonValue,
  options: { readonly param: string; readonly minLength: number; readonly maxLength: number },
): readonly JsonValue[] {
  const { param, minLength, maxLength } = options
  if (!isJsonArray(value)) throw invalidType(param, 'an array')
  if (value.length < minLength) throw new UpstreamRequestError('empty_array', param, `Invalid '${param}': empty array.`)
  if (value.length > maxLength) {
    const message = `Invalid '${param}': array too long. Expected at most ${maxLength} items, got ${value.length}.`
    throw new UpstreamRequestError('array_above_max_length', param, message)
  }
  return value
}

export function readNumber(value: JsonValue, options: Range & { readonly param: string }): number {
  const { param, min, max } = options
  if (typeof value !== 'number') throw invalidType(param, 'a number')
  if (value < min) throw outOfRange('decimal_below_min_value', param, `at least ${min}`)
  if (value > max) throw outOfRange('decimal_above_max_value', param, `at most ${max}`)
  return value
}

export function readInteger(value: JsonValue, options: Range & { readonly param: string }): number {
  const { param, min, max } = options
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw invalidType(param, 'an integer')
  if (value < min) throw outOfRange('integer_below_min_value', param, `at least ${min}`)
  if (value > max) throw outOfRange('integer_above_max_value', param, `at most ${max}`)
  return value
}

export function readOneOf<T extends string>(
  value: JsonValue,
  options: { readonly param: string; readonly allowed: readonly T[] },
): T {
  const { param, allowed } = options
  if (typeof value !== 'string') throw invalidType(param, 'a string')
  const found = allowed.find((item) => item === value)
  if (found === undefined) {
    const message = `Invalid value for '${param}': expected one of ${allowed.map((item) => `'${item}'`).join(', ')}.`
    throw new UpstreamRequestError('invalid_value', param, message)
  }
  return found
}

export function unsupported(param: string, reason: string): UpstreamRequestError {
  return new UpstreamRequestError('unsupported_parameter', param, `Unsupported parameter: '${param}': ${reason}`)
}

function outOfRange(
  code: 'decimal_below_min_value' | 'decimal_above_max_value' | 'integer_below_min_value' | 'integer_above_max_value',
  param: string,
  expected: string,
): UpstreamRequestError {
  return new UpstreamRequestError(code, param, `Invalid '${param}': expected ${expected}.`)
}

import { X402Error } from '../x402-error.js'
import { isJsonObject, type JsonObject } from './json.js'

function refuse(path: string, expected: string): X402Error {
  return new X402Error('MALFORMED_MESSAGE', `${path}: expected ${expected}`)
}

/** Reads a required text of 1 to `maxLength` characters. */
export function readText(object: JsonObject, key: string, maxLength: number): string {
  const value = Object.hasOwn(object, key) ? object[key] : undefined
  if (typeof value !== 'string' || value.length === 0 || value.length > maxLength) {
    throw refuse(key, `text of 1 to ${maxLength} characters`)
  }
  return value
}

/** Reads an optional text; `null` counts as absent, as Go and Python peers send it. */
export function readOptionalText(object: JsonObject, key: string, maxLength: number): string | undefined {
  const value = Object.hasOwn(object, key) ? object[key] : undefined
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string' || value.length > maxLength)
    throw refuse(key, `text of at most ${maxLength} characters`)
  return value
}

/** Reads a required boolean. */
export function readBoolean(object: JsonObject, key: string): boolean {
  const value = Object.hasOwn(object, key) ? object[key] : undefined
  if (typeof value !== 'boolean') throw refuse(key, 'true or false')
  return value
}

/** Reads a required object. */
export function readObject(object: JsonObject, key: string): JsonObject {
  const value = Object.hasOwn(object, key) ? object[key] : undefined
  if (!isJsonObject(value)) throw refuse(key, 'an object')
  return value
}

/** Reads an optional object; `null` counts as absent. */
export function readOptionalObject(object: JsonObject, key: string): JsonObject | undefined {
  const value = Object.hasOwn(object, key) ? object[key] : undefined
  if (value === undefined || value === null) return undefined
  if (!isJsonObject(value)) throw refuse(key, 'an object')
  return value
}

/** Reads a required array of at most `maxLength` items. */
export function readArray(object: JsonObject, key: string, maxLength: number): readonly unknown[] {
  const value = Object.hasOwn(object, key) ? object[key] : undefined
  if (!Array.isArray(value) || value.length > maxLength) throw refuse(key, `an array of at most ${maxLength} items`)
  return value
}

/** Reads a required whole number from `min` to `max`. */
export function readInteger(object: JsonObject, key: string, range: { min: number; max: number }): number {
  const value = Object.hasOwn(object, key) ? object[key] : undefined
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < range.min || value > range.max) {
    throw refuse(key, `a whole number from ${range.min} to ${range.max}`)
  }
  return value
}

import { SettlementError } from '../settlement-error.js'
import type { JsonValue } from './json-value.js'
import { isWellFormed } from './well-formed.js'

/** Deepest nesting that {@link canonicalize} follows; a cycle ends here. */
export const MAX_CANONICAL_DEPTH = 256

/**
 * Writes a JSON value in its one canonical form (RFC 8785): keys in UTF-16 order, no spaces, shortest numbers.
 *
 * @throws SettlementError `NOT_JSON` for what JSON cannot carry (undefined, bigint, non-finite numbers, class
 * instances, sparse arrays), `LONE_SURROGATE`, `LIMIT_EXCEEDED` for nesting beyond {@link MAX_CANONICAL_DEPTH}.
 *
 * @example
 * canonicalize({ b: 1, a: [1.0, 'é'] }) // '{"a":[1,"é"],"b":1}'
 */
export function canonicalize(value: JsonValue): string {
  return canonicalTextOf(value)
}

/** The same for a value that may turn out to be no JSON. */
export function canonicalTextOf(value: unknown): string {
  return write(value, 0)
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writeString(value)
    case 'number':
      if (!Number.isFinite(value)) throw new SettlementError('NOT_JSON', 'number is not finite')
      return String(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (value === null) return 'null'
      if (depth >= MAX_CANONICAL_DEPTH) {
        throw new SettlementError('LIMIT_EXCEEDED', `value deeper than ${MAX_CANONICAL_DEPTH}, or a cycle`)
      }
      return Array.isArray(value) ? writeArray(value, depth + 1) : writeObject(value, depth + 1)
    default:
      throw new SettlementError('NOT_JSON', `JSON cannot carry ${typeof value}`)
  }
}

function writeString(text: string): string {
  if (!isWellFormed(text)) throw new SettlementError('LONE_SURROGATE', 'string with a lone surrogate')
  // For well-formed strings ECMAScript's QuoteJSONString is the form of RFC 8785 §3.2.2.2.
  return JSON.stringify(text)
}

function writeArray(values: readonly unknown[], depth: number): string {
  let text = '['
  for (let i = 0; i < values.length; i += 1) {
    if (i > 0) text += ','
    text += write(values[i], depth)
  }
  return `${text}]`
}

function writeObject(object: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(object)
  // Plain objects of any realm: no prototype, or one that has none itself.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new SettlementError('NOT_JSON', 'JSON cannot carry a class instance')
  }
  let text = '{'
  // Default sort order compares UTF-16 code units, as RFC 8785 §3.2.3 wants.
  for (const key of Object.keys(object).sort()) {
    if (text.length > 1) text += ','
    text += `${writeString(key)}:${write(Reflect.get(object, key), depth)}`
  }
  return `${text}}`
}

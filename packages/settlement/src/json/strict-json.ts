import { SettlementError } from '../settlement-error.js'
import { isExactNumber } from './exact-number.js'
import { readJson } from './json-reader.js'
import type { JsonValue } from './json-value.js'

/** Bounds of {@link parseStrictJson}. */
export interface StrictJsonBounds {
  /** Largest input in bytes; for text, in UTF-16 code units. Default {@link MAX_JSON_BYTES}. */
  readonly maxBytes?: number
  /** Deepest nesting of arrays and objects. Default {@link MAX_JSON_DEPTH}. */
  readonly maxDepth?: number
  /** Most values, keys not counted. Default {@link MAX_JSON_NODES}. */
  readonly maxNodes?: number
}

/** Default of {@link StrictJsonBounds.maxBytes}: 8 MiB. */
export const MAX_JSON_BYTES = 8_388_608
/** Default of {@link StrictJsonBounds.maxDepth}. */
export const MAX_JSON_DEPTH = 128
/** Default of {@link StrictJsonBounds.maxNodes}. */
export const MAX_JSON_NODES = 1_000_000

/**
 * Reads JSON of which there is one reading only: refuses duplicate keys, lone surrogates, numbers that a double
 * changes, a byte order mark, trailing data. A key `__proto__` is data like any other.
 *
 * @throws SettlementError `INVALID_JSON`, `DUPLICATE_KEY`, `LONE_SURROGATE`, `NUMBER_NOT_EXACT`, `LIMIT_EXCEEDED`.
 *
 * @example
 * parseStrictJson('{"a":1,"a":2}') // throws DUPLICATE_KEY
 */
export function parseStrictJson(input: string | Uint8Array, bounds: StrictJsonBounds = {}): JsonValue {
  return readJson(input, { numberOf: exactNumberOf, ...readingOf(bounds) })
}

/** The bounds with their defaults. */
export function readingOf(bounds: StrictJsonBounds): Required<StrictJsonBounds> {
  return {
    maxBytes: bounds.maxBytes ?? MAX_JSON_BYTES,
    maxDepth: bounds.maxDepth ?? MAX_JSON_DEPTH,
    maxNodes: bounds.maxNodes ?? MAX_JSON_NODES,
  }
}

function exactNumberOf(literal: string, offset: number): number {
  const value = Number(literal)
  // Fifteen characters of a plain integer always survive a double.
  if ((literal.length > 15 || !Number.isInteger(value)) && !isExactNumber(literal)) {
    throw new SettlementError('NUMBER_NOT_EXACT', `number at offset ${offset} does not survive a double`)
  }
  if (value === 0 && !isExactNumber(literal)) {
    throw new SettlementError('NUMBER_NOT_EXACT', `number at offset ${offset} underflows`)
  }
  return value
}

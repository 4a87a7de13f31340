import { X402Error } from '../x402-error.js'

/** Any JSON value. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject

/** A JSON object; keys are data, `__proto__` never passes the parser. */
export interface JsonObject {
  readonly [key: string]: JsonValue
}

/** Deepest nesting that an x402 message may have. */
export const MAX_JSON_DEPTH = 24

/** Largest number of values in one x402 message. */
const MAX_JSON_NODES = 10_000

/** How much one text may hold. */
interface JsonBounds {
  readonly depth: number
  readonly nodes: number
}

const ONE_MESSAGE: JsonBounds = { depth: MAX_JSON_DEPTH, nodes: MAX_JSON_NODES }

/** Two messages in one text, each as large as a message may be: what facilitators are asked. */
export const TWO_MESSAGES: JsonBounds = { depth: MAX_JSON_DEPTH + 1, nodes: 2 * MAX_JSON_NODES + 2 }

/** Tells a JSON object from the other JSON values. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Counts the values in `value` and below. The depth is bounded, so the recursion is. */
function countNodes(
  value: unknown,
  at: { readonly depth: number; readonly bounds: JsonBounds },
  before: number,
): number {
  const { depth, bounds } = at
  let nodes = before + 1
  if (nodes > bounds.nodes) throw new X402Error('MALFORMED_MESSAGE', `more than ${bounds.nodes} JSON values`)
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return nodes
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new X402Error('MALFORMED_MESSAGE', 'a number is out of range')
    return nodes
  }
  if (typeof value !== 'object') throw new X402Error('MALFORMED_MESSAGE', `a ${typeof value} is not JSON`)
  if (depth >= bounds.depth) throw new X402Error('MALFORMED_MESSAGE', `nested deeper than ${bounds.depth}`)
  const below = { depth: depth + 1, bounds }
  if (Array.isArray(value)) {
    for (const item of value) nodes = countNodes(item, below, nodes)
    return nodes
  }
  const members = value as Readonly<Record<string, unknown>>
  for (const key of Object.keys(members)) {
    if (key === '__proto__') throw new X402Error('MALFORMED_MESSAGE', 'the key __proto__ is refused')
    const item = members[key]
    if (item !== undefined) nodes = countNodes(item, below, nodes)
  }
  return nodes
}

/**
 * Checks that `value` is bounded JSON data and an object.
 * @throws X402Error `MALFORMED_MESSAGE`
 */
export function parseJsonObject(value: unknown, bounds: JsonBounds = ONE_MESSAGE): JsonObject {
  countNodes(value, { depth: 0, bounds }, 0)
  if (!isJsonObject(value)) throw new X402Error('MALFORMED_MESSAGE', 'expected a JSON object')
  return value
}

/**
 * Parses JSON text into a bounded object.
 * @throws X402Error `MALFORMED_MESSAGE`
 */
export function parseJsonText(text: string, bounds: JsonBounds = ONE_MESSAGE): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new X402Error('MALFORMED_MESSAGE', 'not JSON', { cause })
  }
  return parseJsonObject(value, bounds)
}

/** Structural equality of JSON data: key order does not matter, array order does, `undefined` members do not exist. */
export function isEqualJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isEqualJson(item, b[index]))
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false
  const keysA = Object.keys(a).filter((key) => a[key] !== undefined)
  const keysB = Object.keys(b).filter((key) => b[key] !== undefined)
  return keysA.length === keysB.length && keysA.every((key) => Object.hasOwn(b, key) && isEqualJson(a[key], b[key]))
}

/** JSON text with the keys of every object in order, so that equal data gives equal text. */
export function sortedJsonText(value: JsonValue): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    isJsonObject(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : item,
  )
}

/** Tells whether `actual` holds everything in `expected`; it may hold more keys, never other values. */
export function containsJson(actual: unknown, expected: unknown): boolean {
  if (!isJsonObject(expected)) return isEqualJson(actual, expected)
  if (!isJsonObject(actual)) return false
  for (const key of Object.keys(expected)) {
    const value = expected[key]
    if (value !== undefined && !(Object.hasOwn(actual, key) && containsJson(actual[key], value))) return false
  }
  return true
}

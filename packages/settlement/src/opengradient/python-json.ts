import { type JsonOf, readJson } from '../json/json-reader.js'
import { readingOf, type StrictJsonBounds } from '../json/strict-json.js'
import { isWellFormed } from '../json/well-formed.js'
import { SettlementError } from '../settlement-error.js'

/** JSON as Python sees it: a `bigint` is an `int`, a `number` is a `float`; `1` and `1.0` are written differently. */
export type PythonJson = JsonOf<bigint | number>

/** A JSON object as Python sees it. */
export interface PythonObject {
  readonly [key: string]: PythonJson
}

/** Most digits of an integer; Python itself refuses more than 4300. */
export const MAX_PYTHON_DIGITS = 4300
const MAX_DEPTH = 256
const INTEGER = /^-?[0-9]+$/

/**
 * Reads JSON text without losing how numbers are spelt, as Python's `json.loads` does. Stricter than Python: duplicate
 * keys, lone surrogates and floats beyond a double's range are refused.
 *
 * @throws SettlementError as `parseStrictJson` does.
 */
export function parsePythonJson(input: string | Uint8Array, bounds: StrictJsonBounds = {}): PythonJson {
  return readJson<bigint | number>(input, { ...readingOf(bounds), numberOf: pythonNumberOf })
}

function pythonNumberOf(literal: string, offset: number): bigint | number {
  if (INTEGER.test(literal)) {
    if (literal.length > MAX_PYTHON_DIGITS) {
      throw new SettlementError('LIMIT_EXCEEDED', `integer at offset ${offset} has over ${MAX_PYTHON_DIGITS} digits`)
    }
    return BigInt(literal)
  }
  const value = Number(literal)
  if (!Number.isFinite(value)) throw new SettlementError('NUMBER_NOT_EXACT', `number at offset ${offset} is too large`)
  return value
}

/**
 * Writes a value as Python's `json.dumps(value, sort_keys=True)` does: `", "` and `": "` between parts, ASCII only, keys
 * in the order of their code points, floats in Python's spelling.
 *
 * @throws SettlementError `NOT_JSON` for what JSON cannot carry, `LONE_SURROGATE`, `LIMIT_EXCEEDED` for nesting beyond
 * 256 levels.
 *
 * @example
 * encodePythonJson({ b: 1n, a: [1, 'é'] }) // '{"a": [1.0, "\\u00e9"], "b": 1}'
 */
export function encodePythonJson(value: PythonJson): string {
  return write(value, 0)
}

function write(value: PythonJson, depth: number): string {
  if (depth > MAX_DEPTH) throw new SettlementError('LIMIT_EXCEEDED', `value deeper than ${MAX_DEPTH}`)
  switch (typeof value) {
    case 'string':
      return writeString(value)
    case 'bigint':
      return value.toString()
    case 'number':
      return encodePythonFloat(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (value === null) return 'null'
      return isList(value)
        ? `[${value.map((item) => write(item, depth + 1)).join(', ')}]`
        : `{${Object.keys(value)
            .sort(byCodePoint)
            .map((key) => `${writeString(key)}: ${write(value[key] ?? null, depth + 1)}`)
            .join(', ')}}`
    default:
      throw new SettlementError('NOT_JSON', `JSON cannot carry ${typeof value}`)
  }
}

/** `Array.isArray` does not narrow readonly arrays. */
export function isList(value: PythonJson): value is readonly PythonJson[] {
  return Array.isArray(value)
}

/** Tells a JSON object from everything else. */
export function isPythonObject(value: PythonJson | undefined): value is PythonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function writeString(text: string): string {
  if (!isWellFormed(text)) throw new SettlementError('LONE_SURROGATE', 'string with a lone surrogate')
  // JSON.stringify escapes what is below U+0020 as Python does; Python escapes U+007F and everything above as well.
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** Python compares code points, JavaScript UTF-16 units: they differ above U+FFFF. */
function byCodePoint(left: string, right: string): number {
  const rights = right[Symbol.iterator]()
  for (const character of left) {
    const other = rights.next()
    if (other.done === true) return 1
    const difference = (character.codePointAt(0) ?? 0) - (other.value.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return rights.next().done === true ? 0 : -1
}

/**
 * Writes a double as Python's `repr(float)`: the same shortest digits as JavaScript, but `1.0`, `1e-05` and `1e+16`.
 *
 * @throws SettlementError `NOT_JSON` for a number that is not finite.
 */
export function encodePythonFloat(value: number): string {
  if (!Number.isFinite(value)) throw new SettlementError('NOT_JSON', 'number is not finite')
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const [mantissa = '', power = ''] = Math.abs(value).toExponential().split('e')
  const digits = mantissa.replace('.', '')
  const exponent = Number(power)
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : ''
    const size = Math.abs(exponent).toString().padStart(2, '0')
    return `${sign}${digits.slice(0, 1)}${fraction}e${exponent < 0 ? '-' : '+'}${size}`
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`
}

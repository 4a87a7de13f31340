import type { Hex } from '../bytes/hex.js'
import { QuoteError, type QuoteErrorCode } from '../quote-error.js'
import type { StrictJson, StrictJsonObject } from './strict-json.js'

/** Reads the members of one JSON object by name and type; whatever does not fit throws the code it was created with. */
export interface JsonFields {
  has(name: string): boolean
  /** A string that is one of a closed list. */
  oneOf<Value extends string>(name: string, values: readonly Value[]): Value
  /** An integer between 0 and `maximum`. */
  number(name: string, maximum: number): number
  /** `length` bytes in hexadecimal of either case, returned in lower case with prefix. */
  hex(name: string, length: number): Hex
  /** A time `YYYY-MM-DDTHH:MM:SSZ` as unix seconds. */
  time(name: string): bigint
  text(name: string): string
  object(name: string): JsonFields
  objects(name: string, options: { readonly minimum: number; readonly maximum: number }): readonly JsonFields[]
  /** A list of advisory ids, empty when absent. */
  advisoryIds(name: string): readonly string[]
}

const maximumAdvisories = 256

/** Creates a reader of `object`; `path` is what its errors call the object. */
export function createJsonFields(
  object: StrictJson | undefined,
  options: { readonly code: QuoteErrorCode; readonly path: string },
): JsonFields {
  const { code, path } = options
  function fail(name: string, expected: string): never {
    throw new QuoteError(code, `${path}.${name}: expected ${expected}`)
  }
  if (!isObject(object)) throw new QuoteError(code, `${path}: expected an object`)
  const members: StrictJsonObject = object
  function text(name: string): string {
    const value = members.get(name)
    return typeof value === 'string' ? value : fail(name, 'a string')
  }
  function list(name: string): readonly StrictJson[] {
    const value = members.get(name)
    return isList(value) ? value : fail(name, 'an array')
  }
  return {
    has: (name) => members.has(name),
    text,
    oneOf(name, values) {
      const value = text(name)
      return values.find((candidate) => candidate === value) ?? fail(name, `one of ${values.join(', ')}`)
    },
    number(name, maximum) {
      const value = members.get(name)
      return typeof value === 'number' && value >= 0 && value <= maximum ? value : fail(name, `0 to ${maximum}`)
    },
    hex(name, length) {
      const value = text(name)
      if (value.length !== length * 2 || !/^[0-9a-fA-F]*$/.test(value)) fail(name, `${length} bytes in hexadecimal`)
      return `0x${value.toLowerCase()}`
    },
    time(name) {
      const value = text(name)
      if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value)) fail(name, 'a time YYYY-MM-DDTHH:MM:SSZ')
      const date = new Date(value)
      if (Number.isNaN(date.getTime()) || date.toISOString() !== value.replace('Z', '.000Z')) fail(name, 'a real date')
      return BigInt(date.getTime() / 1000)
    },
    object: (name) => createJsonFields(members.get(name), { code, path: `${path}.${name}` }),
    objects(name, { minimum, maximum }) {
      const items = list(name)
      if (items.length < minimum || items.length > maximum) fail(name, `${minimum} to ${maximum} items`)
      return items.map((item, index) => createJsonFields(item, { code, path: `${path}.${name}[${index}]` }))
    },
    advisoryIds(name) {
      if (!members.has(name)) return []
      const items = list(name)
      if (items.length > maximumAdvisories) fail(name, `at most ${maximumAdvisories} items`)
      return items.map((item) =>
        typeof item === 'string' && /^[A-Za-z0-9-]{1,64}$/.test(item) ? item : fail(name, 'advisory ids'),
      )
    },
  }
}

function isObject(value: StrictJson | undefined): value is StrictJsonObject {
  return value instanceof Map
}

function isList(value: StrictJson | undefined): value is readonly StrictJson[] {
  return Array.isArray(value)
}

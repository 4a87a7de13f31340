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
  /** The member `member` of each of exactly `count` objects: integers between 0 and `maximum`. */
  numbers(
    name: string,
    options: { readonly count: number; readonly member: string; readonly maximum: number },
  ): number[]
  /** A list of advisory ids, empty when absent. */
  advisoryIds(name: string): readonly string[]
}

const maximumAdvisories = 256

/** Where an object stands in its document: put together only for an error. */
interface Place {
  readonly code: QuoteErrorCode
  readonly path: () => string
}

/** Creates a reader of `object`; `path` is what its errors call the object. */
export function createJsonFields(
  object: StrictJson | undefined,
  options: { readonly code: QuoteErrorCode; readonly path: string },
): JsonFields {
  return new Fields(object, { code: options.code, path: () => options.path })
}

/** A class, because a document has hundreds of objects: its methods are made once. */
class Fields implements JsonFields {
  readonly #members: StrictJsonObject
  readonly #place: Place

  constructor(object: StrictJson | undefined, place: Place) {
    if (!isObject(object)) throw new QuoteError(place.code, `${place.path()}: expected an object`)
    this.#members = object
    this.#place = place
  }

  #fail(name: string, expected: string): never {
    throw new QuoteError(this.#place.code, `${this.#place.path()}.${name}: expected ${expected}`)
  }

  #inside(name: string, index?: number): Place {
    const { code, path } = this.#place
    return { code, path: () => `${path()}.${name}${index === undefined ? '' : `[${index}]`}` }
  }

  has(name: string): boolean {
    return this.#members.has(name)
  }

  text(name: string): string {
    const value = this.#members.get(name)
    return typeof value === 'string' ? value : this.#fail(name, 'a string')
  }

  #list(name: string): readonly StrictJson[] {
    const value = this.#members.get(name)
    return isList(value) ? value : this.#fail(name, 'an array')
  }

  oneOf<Value extends string>(name: string, values: readonly Value[]): Value {
    const value = this.text(name)
    return values.find((candidate) => candidate === value) ?? this.#fail(name, `one of ${values.join(', ')}`)
  }

  number(name: string, maximum: number): number {
    const value = this.#members.get(name)
    return typeof value === 'number' && value >= 0 && value <= maximum ? value : this.#fail(name, `0 to ${maximum}`)
  }

  hex(name: string, length: number): Hex {
    const value = this.text(name)
    if (value.length !== length * 2 || !/^[0-9a-fA-F]*$/.test(value)) this.#fail(name, `${length} bytes in hexadecimal`)
    return `0x${value.toLowerCase()}`
  }

  time(name: string): bigint {
    const value = this.text(name)
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value)) this.#fail(name, 'a time YYYY-MM-DDTHH:MM:SSZ')
    const date = new Date(value)
    if (Number.isNaN(date.getTime()) || date.toISOString() !== value.replace('Z', '.000Z')) {
      this.#fail(name, 'a real date')
    }
    return BigInt(date.getTime() / 1000)
  }

  object(name: string): JsonFields {
    return new Fields(this.#members.get(name), this.#inside(name))
  }

  objects(name: string, { minimum, maximum }: { readonly minimum: number; readonly maximum: number }): JsonFields[] {
    const items = this.#list(name)
    if (items.length < minimum || items.length > maximum) this.#fail(name, `${minimum} to ${maximum} items`)
    return items.map((item, index) => new Fields(item, this.#inside(name, index)))
  }

  numbers(
    name: string,
    { count, member, maximum }: { readonly count: number; readonly member: string; readonly maximum: number },
  ): number[] {
    const items = this.#list(name)
    if (items.length !== count) this.#fail(name, `${count} items`)
    return items.map((item) => {
      const value = isObject(item) ? item.get(member) : undefined
      const isInRange = typeof value === 'number' && value >= 0 && value <= maximum
      return isInRange ? value : this.#fail(name, `objects with ${member} from 0 to ${maximum}`)
    })
  }

  advisoryIds(name: string): readonly string[] {
    if (!this.has(name)) return []
    const items = this.#list(name)
    if (items.length > maximumAdvisories) this.#fail(name, `at most ${maximumAdvisories} items`)
    return items.map((item) =>
      typeof item === 'string' && /^[A-Za-z0-9-]{1,64}$/.test(item) ? item : this.#fail(name, 'advisory ids'),
    )
  }
}

function isObject(value: StrictJson | undefined): value is StrictJsonObject {
  return value instanceof Map
}

function isList(value: StrictJson | undefined): value is readonly StrictJson[] {
  return Array.isArray(value)
}

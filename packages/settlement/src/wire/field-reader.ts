import { type Address, parseAddress } from '../address.js'
import type { Hex } from '../hex.js'
import { isWellFormed } from '../json/well-formed.js'
import { SettlementError } from '../settlement-error.js'

const DECIMAL = /^(?:0|[1-9][0-9]{0,77})$/
const LOWER_HEX = /^0x(?:[0-9a-f]{2})*$/

/** Reads the fields of one JSON object one by one; `end` refuses those that nobody asked for. */
export interface FieldReader {
  /** Any value; fails when the field is missing. */
  readonly value: (name: string) => unknown
  /** Any value, or undefined when the field is missing. */
  readonly optional: (name: string) => unknown
  /** Well-formed text of at most `maxLength` UTF-16 units. */
  readonly text: (name: string, maxLength: number) => string
  /** Lower-case hexadecimal of exactly 32 bytes. */
  readonly bytes32: (name: string) => Hex
  /** Lower-case hexadecimal of at most `maxLength` bytes. */
  readonly bytes: (name: string, maxLength: number) => Hex
  readonly address: (name: string) => Address
  /** Decimal text of an unsigned integer. */
  readonly uint: (name: string, bits: 64 | 128 | 256) => bigint
  /** A JSON number: an integer from 0 to `max`. */
  readonly count: (name: string, max: number) => number
  /** A JSON array of at most `maxLength` values. */
  readonly list: (name: string, maxLength: number) => readonly unknown[]
  readonly end: () => void
}

/**
 * Opens a JSON object for strict reading.
 *
 * @throws SettlementError `INVALID_FIELD` when it is no plain object.
 */
export function readFields(json: unknown, path: string): FieldReader {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new SettlementError('INVALID_FIELD', `${path} is not an object`)
  }
  const asked = new Set<string>()

  function optional(name: string): unknown {
    asked.add(name)
    return Object.hasOwn(Object(json), name) ? Reflect.get(Object(json), name) : undefined
  }

  function value(name: string): unknown {
    const found = optional(name)
    if (found === undefined) throw new SettlementError('MISSING_FIELD', `${path}.${name} is missing`)
    return found
  }

  function fail(name: string, expected: string): never {
    throw new SettlementError('INVALID_FIELD', `${path}.${name} is not ${expected}`)
  }

  function bytes(name: string, maxLength: number): Hex {
    const found = value(name)
    if (typeof found !== 'string' || found.length > 2 + 2 * maxLength || !LOWER_HEX.test(found)) {
      return fail(name, `lower-case hexadecimal of at most ${maxLength} bytes`)
    }
    return `0x${found.slice(2)}`
  }

  return {
    value,
    optional,
    text: (name, maxLength) => {
      const found = value(name)
      if (typeof found !== 'string' || found.length > maxLength || !isWellFormed(found)) {
        return fail(name, `well-formed text of at most ${maxLength} characters`)
      }
      return found
    },
    bytes,
    bytes32: (name) => {
      const found = bytes(name, 32)
      return found.length === 66 ? found : fail(name, '32 bytes')
    },
    address: (name) => {
      const found = value(name)
      try {
        return parseAddress(found)
      } catch (cause) {
        throw new SettlementError('INVALID_FIELD', `${path}.${name} is not an address`, { cause })
      }
    },
    uint: (name, bits) => {
      const found = value(name)
      if (typeof found !== 'string' || !DECIMAL.test(found)) return fail(name, 'a decimal integer in text')
      const number = BigInt(found)
      if (number >> BigInt(bits) !== 0n) {
        throw new SettlementError('OUT_OF_RANGE', `${path}.${name} has more than ${bits} bits`)
      }
      return number
    },
    count: (name, max) => {
      const found = value(name)
      if (typeof found !== 'number' || !Number.isInteger(found)) return fail(name, 'an integer')
      if (found < 0 || found > max) {
        throw new SettlementError('OUT_OF_RANGE', `${path}.${name} is not from 0 to ${max}`)
      }
      return found
    },
    list: (name, maxLength) => {
      const found = value(name)
      if (!Array.isArray(found)) return fail(name, 'an array')
      if (found.length > maxLength) {
        throw new SettlementError('LIMIT_EXCEEDED', `${path}.${name} has more than ${maxLength} values`)
      }
      return found
    },
    end: () => {
      for (const name of Object.keys(json)) {
        if (!asked.has(name)) {
          throw new SettlementError('UNKNOWN_FIELD', `${path} has a field that it must not have`)
        }
      }
    },
  }
}

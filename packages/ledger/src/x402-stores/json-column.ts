import { LedgerError } from '../ledger-error.js'

/** Reads JSON that this package has written. @throws LedgerError `CORRUPT` */
export function readColumn<T>(column: string, text: string, parse: (value: unknown) => T): T {
  try {
    return parse(JSON.parse(text))
  } catch (cause) {
    throw new LedgerError('CORRUPT', `stored column ${column} is not what it must be`, { cause })
  }
}

/** Reads an object of any shape. @throws TypeError */
export function asObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('not an object')
  return value as Readonly<Record<string, unknown>> // just checked
}

/** Reads a list. @throws TypeError */
export function asList(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('not a list')
  return value
}

/** Reads a whole number that was written as text. @throws TypeError */
export function asInteger(value: unknown): bigint {
  if (typeof value !== 'string' || !/^\d{1,78}$/.test(value)) throw new TypeError('not a whole number as text')
  return BigInt(value)
}

/** Reads a small whole number. @throws TypeError */
export function asCount(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new TypeError('not a count')
  return value
}

/** Reads hexadecimal. @throws TypeError */
export function asHex(value: unknown): `0x${string}` {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]*$/.test(value)) throw new TypeError('not hexadecimal')
  return value as `0x${string}` // just checked
}

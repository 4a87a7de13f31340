import { getAddress } from 'viem'
import type { Address, Hex } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'

/** A row as the driver gives it, integers as bigint. */
export type Row = Readonly<Record<string, unknown>>
/** What may be bound to a statement. */
export type SqlValue = string | bigint | number | Uint8Array | null

const AMOUNT_DIGITS = 78 // 2^256 - 1 has 78 decimal digits
const AMOUNT = /^[0-9]{78,96}$/ // a sum of amounts may be longer

function corrupt(column: string, expected: string): never {
  throw new LedgerError('CORRUPT', `stored column ${column} is not ${expected}`)
}

/** A uint256 as decimal text of fixed width. */
export function encodeAmount(value: bigint): string {
  return value.toString().padStart(AMOUNT_DIGITS, '0')
}

/** Reads an amount. */
export function amountOf(row: Row, column: string): bigint {
  const value = row[column]
  if (typeof value !== 'string' || !AMOUNT.test(value)) corrupt(column, 'an amount')
  return BigInt(value)
}

/** Reads a nullable amount. */
export function amountOrNull(row: Row, column: string): bigint | null {
  return row[column] === null ? null : amountOf(row, column)
}

/** Reads text. */
export function textOf(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') corrupt(column, 'text')
  return value
}

/** Reads nullable text. */
export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : textOf(row, column)
}

/** Reads hexadecimal. */
export function hexOf(row: Row, column: string): Hex {
  const value = textOf(row, column)
  if (!/^0x[0-9a-f]*$/.test(value)) corrupt(column, 'hexadecimal')
  return value as Hex
}

/** Reads nullable hexadecimal. */
export function hexOrNull(row: Row, column: string): Hex | null {
  return row[column] === null ? null : hexOf(row, column)
}

/** Reads an address, with its checksum. */
export function addressOf(row: Row, column: string): Address {
  return getAddress(hexOf(row, column))
}

/** Reads a 64-bit integer. */
export function integerOf(row: Row, column: string): bigint {
  const value = row[column]
  if (typeof value !== 'bigint') corrupt(column, 'an integer')
  return value
}

/** Reads a nullable 64-bit integer. */
export function integerOrNull(row: Row, column: string): bigint | null {
  return row[column] === null ? null : integerOf(row, column)
}

/** Reads a count. */
export function countOf(row: Row, column: string): number {
  const value = Number(integerOf(row, column))
  if (!Number.isSafeInteger(value)) corrupt(column, 'a safe integer')
  return value
}

/** Reads a nullable count. */
export function countOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : countOf(row, column)
}

/** Reads one of a closed list. */
export function oneOf<T extends string>(row: Row, column: string, allowed: readonly T[]): T {
  const value = textOf(row, column)
  const found = allowed.find((candidate) => candidate === value)
  if (found === undefined) corrupt(column, `one of ${allowed.join(', ')}`)
  return found
}

/** Reads bytes. */
export function bytesOf(row: Row, column: string): Uint8Array {
  const value = row[column]
  // The driver gives an ArrayBuffer of exactly the blob's length.
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (value instanceof Uint8Array) return new Uint8Array(value)
  return corrupt(column, 'bytes')
}

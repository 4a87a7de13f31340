import type { Address, Hex } from './ledger.js'
import { LedgerError } from './ledger-error.js'

/** Longest text stored in one column (payload, receipt, intent body): a bound, not a budget. */
const MAX_TEXT_BYTES: number = 4 * 1024 * 1024
/** Longest stored answer. */
export const MAX_ANSWER_BYTES: number = 32 * 1024 * 1024
/** Most intents that one result may write. */
export const MAX_INTENTS = 16
/** Longest lease, one day. */
const MAX_LEASE_SECONDS = 86_400n

const HASH = /^0x[0-9a-fA-F]{64}$/
const ADDRESS = /^0x[0-9a-fA-F]{40}$/
const UINT64_MAX = (1n << 63n) - 1n
const UINT256_MAX = (1n << 256n) - 1n

function refuse(field: string, expected: string): never {
  throw new LedgerError('INVALID_INPUT', `${field} must be ${expected}`)
}

/** Returns 32 bytes of hexadecimal in lower case. */
export function requireHash(field: string, value: string): Hex {
  if (!HASH.test(value)) refuse(field, '32 bytes of hexadecimal')
  return value.toLowerCase() as Hex
}

/** Returns hexadecimal bytes of any bounded length in lower case. */
export function requireHex(field: string, value: string): Hex {
  if (value.length > 2 * MAX_TEXT_BYTES || value.length % 2 !== 0 || !/^0x[0-9a-fA-F]*$/.test(value))
    refuse(field, 'whole bytes of hexadecimal')
  return value.toLowerCase() as Hex
}

/** Returns an address in lower case, whatever its checksum. */
export function requireAddress(field: string, value: string): Address {
  if (!ADDRESS.test(value)) refuse(field, 'a 20-byte address')
  return value.toLowerCase() as Address
}

/** Refuses what is not a uint256. */
export function requireUint256(field: string, value: bigint): bigint {
  if (typeof value !== 'bigint' || value < 0n || value > UINT256_MAX) refuse(field, 'a uint256')
  return value
}

/** Refuses what does not fit the engines' signed 64-bit integers. */
export function requireInteger(field: string, value: bigint): bigint {
  if (typeof value !== 'bigint' || value < 0n || value > UINT64_MAX) refuse(field, 'a non-negative 63-bit bigint')
  return value
}

/** Refuses what is not a safe non-negative integer. */
export function requireCount(field: string, value: number, least = 0): number {
  if (!Number.isSafeInteger(value) || value < least) refuse(field, `a whole number of at least ${least}`)
  return value
}

/** Refuses text over the bound. */
export function requireText(field: string, value: string, most: number = MAX_TEXT_BYTES): string {
  // UTF-16 length bounds memory; the engine stores at most three bytes for each unit.
  if (typeof value !== 'string' || value.length > most) refuse(field, `text of at most ${most} characters`)
  // PostgreSQL cannot store it, and what one engine takes every engine takes.
  if (value.includes('\0')) refuse(field, 'text without NUL')
  return value
}

/** A message from outside, which must never be the reason why a failure is not noted. */
export function cleanNote(value: string): string {
  return value.replaceAll('\0', '\uFFFD')
}

/** Refuses a value that is not one of the table's. */
export function requireOneOf<T extends string | number>(field: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) refuse(field, `one of ${allowed.join(', ')}`)
  return value
}

/** Refuses leases of no length or over the bound. */
export function requireLease(field: string, value: bigint): bigint {
  if (typeof value !== 'bigint' || value <= 0n || value > MAX_LEASE_SECONDS)
    refuse(field, 'between 1 and 86400 seconds')
  return value
}

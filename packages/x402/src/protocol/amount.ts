import { X402Error } from '../x402-error.js'

/** Largest value of a Solidity `uint256`. */
const MAX_UINT256: bigint = (1n << 256n) - 1n

const ATOMIC = /^(?:0|[1-9][0-9]{0,77})$/
const DECIMAL = /^(0|[1-9][0-9]{0,77})(?:\.([0-9]{1,60}))?$/

/**
 * Reads atomic units: decimal digits only, no sign, no leading zero, no exponent, at most a `uint256`.
 * @throws X402Error `INVALID_AMOUNT`
 */
export function parseAtomicAmount(text: unknown): bigint {
  if (typeof text !== 'string' || !ATOMIC.test(text)) {
    throw new X402Error('INVALID_AMOUNT', 'expected atomic units as decimal digits without leading zeros')
  }
  const value = BigInt(text)
  if (value > MAX_UINT256) throw new X402Error('INVALID_AMOUNT', 'more than a uint256 holds')
  return value
}

/**
 * Refuses what {@link parseAtomicAmount} refuses.
 * @throws X402Error `INVALID_AMOUNT`
 */
export function checkAtomicAmount(text: unknown): void {
  // Up to 77 digits the pattern says it all.
  if (typeof text !== 'string' || text.length > 77 || !ATOMIC.test(text)) parseAtomicAmount(text)
}

/**
 * Reads a decimal price into atomic units.
 * @throws X402Error `INVALID_AMOUNT` also when `text` has more decimals than the asset
 * @example parseAmount('0.10', 6) // 100000n
 */
export function parseAmount(text: string, decimals: number): bigint {
  checkDecimals(decimals)
  const match = DECIMAL.exec(text)
  if (match?.[1] === undefined) throw new X402Error('INVALID_AMOUNT', 'expected a decimal number such as 0.10')
  const fraction = match[2] ?? ''
  if (fraction.length > decimals) throw new X402Error('INVALID_AMOUNT', `more than ${decimals} decimals`)
  const value = BigInt(match[1] + fraction.padEnd(decimals, '0'))
  if (value > MAX_UINT256) throw new X402Error('INVALID_AMOUNT', 'more than a uint256 holds')
  return value
}

/**
 * Writes atomic units as a decimal number without trailing zeros.
 * @throws X402Error `INVALID_AMOUNT` when the amount is negative
 * @example formatAmount(100000n, 6) // '0.1'
 */
export function formatAmount(amount: bigint, decimals: number): string {
  checkDecimals(decimals)
  if (amount < 0n) throw new X402Error('INVALID_AMOUNT', 'negative')
  const digits = amount.toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '')
  return fraction === '' ? whole : `${whole}.${fraction}`
}

function checkDecimals(decimals: number): void {
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > 60) {
    throw new X402Error('INVALID_AMOUNT', 'decimals must be a whole number from 0 to 60')
  }
}

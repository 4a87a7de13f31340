import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { SettlementError } from './settlement-error.js'

/** Bytes as text: `0x` and two hexadecimal digits a byte; assignable to and from viem's `Hex`. */
export type Hex = `0x${string}`

/** Writes bytes as lower-case {@link Hex}. */
export function hexOf(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`
}

/**
 * Reads {@link Hex} as bytes; either case is accepted.
 *
 * @throws SettlementError `INVALID_HEX` when the text is no hexadecimal, or not `length` bytes long.
 */
export function bytesOf(hex: Hex, length?: number): Uint8Array {
  if (typeof hex !== 'string' || !hex.startsWith('0x')) {
    throw new SettlementError('INVALID_HEX', `expected 0x-prefixed hexadecimal, got ${typeof hex}`)
  }
  if (length !== undefined && hex.length !== 2 + 2 * length) {
    throw new SettlementError('INVALID_HEX', `expected ${length} bytes, got ${hex.length} characters`)
  }
  try {
    return hexToBytes(hex.slice(2))
  } catch (cause) {
    throw new SettlementError('INVALID_HEX', `not hexadecimal: ${hex.length} characters`, { cause })
  }
}

/** Tells whether two hexadecimal texts stand for the same bytes, whatever their case. */
export function isSameHex(values: { readonly left: Hex; readonly right: Hex }): boolean {
  return values.left.toLowerCase() === values.right.toLowerCase()
}

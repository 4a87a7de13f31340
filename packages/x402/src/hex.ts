import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { X402Error } from './x402-error.js'

/** `0x`-prefixed hexadecimal text, assignable to viem's type of the same name. */
export type Hex = `0x${string}`

const HEX = /^0x(?:[0-9a-fA-F]{2})*$/

/** Tells whether `value` is `0x` hex of whole bytes and, when given, of exactly `byteLength` bytes. */
export function isHex(value: unknown, byteLength?: number): value is Hex {
  if (typeof value !== 'string') return false
  if (byteLength !== undefined && value.length !== 2 + byteLength * 2) return false
  return HEX.test(value)
}

/** Lower-case hex of bytes. */
export function hexOf(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`
}

/**
 * Bytes of `0x` hex.
 * @throws X402Error `INVALID_HEX`
 */
export function bytesOf(hex: string): Uint8Array {
  if (!isHex(hex)) throw new X402Error('INVALID_HEX', 'expected 0x-prefixed hex of whole bytes')
  return hexToBytes(hex.slice(2))
}

/** Lower-case copy of a hex value, so that two spellings of the same bytes are one string. */
export function lowerHex(hex: Hex): Hex {
  return `0x${hex.slice(2).toLowerCase()}`
}

import { bytesToHex } from '@noble/hashes/utils.js'
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
  if (hex.length % 2 !== 0 || !hex.startsWith('0x')) throw notHex()
  const bytes = new Uint8Array(hex.length / 2 - 1)
  putHex(bytes, bytes.length, hex)
  return bytes
}

/**
 * Writes `0x` hex of at most `end` bytes so that it ends at `end`; an odd number of digits counts as with a zero before it.
 * @throws X402Error `INVALID_HEX`
 */
export function putHex(bytes: Uint8Array, end: number, hex: string): void {
  let at = end
  let index = hex.length - 1
  for (; index > 2; index -= 2) {
    at -= 1
    bytes[at] = (nibbleOf(hex.charCodeAt(index - 1)) << 4) | nibbleOf(hex.charCodeAt(index))
  }
  if (index === 2) bytes[at - 1] = nibbleOf(hex.charCodeAt(2))
}

function notHex(): X402Error {
  return new X402Error('INVALID_HEX', 'expected 0x-prefixed hex of whole bytes')
}

function nibbleOf(code: number): number {
  // 0-9, A-F, a-f
  if (code >= 48 && code <= 57) return code - 48
  const letter = code | 32
  if (letter >= 97 && letter <= 102) return letter - 87
  throw notHex()
}

/** Lower-case copy of a hex value, so that two spellings of the same bytes are one string. */
export function lowerHex(hex: Hex): Hex {
  return hex.toLowerCase() as Hex // the x of the prefix is lower-case in every Hex
}

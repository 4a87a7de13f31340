import type { Address } from '../address.js'
import type { Hex } from '../hex.js'
import { X402Error } from '../x402-error.js'

/** Bytes of one ABI word. */
export const WORD = 32

function nibbleOf(code: number): number {
  // 0-9, A-F, a-f
  if (code >= 48 && code <= 57) return code - 48
  const letter = code | 32
  if (letter >= 97 && letter <= 102) return letter - 87
  throw new X402Error('INVALID_HEX', 'expected hexadecimal digits')
}

/** Writes hex digits so that they end where the word ends. */
function putDigits(words: Uint8Array, end: number, digits: string): void {
  let at = end
  let index = digits.length - 1
  for (; index > 0; index -= 2) {
    at -= 1
    words[at] = (nibbleOf(digits.charCodeAt(index - 1)) << 4) | nibbleOf(digits.charCodeAt(index))
  }
  if (index === 0) words[at - 1] = nibbleOf(digits.charCodeAt(0))
}

/**
 * Writes a `uint256` as word number `index` of a buffer of zeros.
 * @throws X402Error `INVALID_AMOUNT`
 */
export function putUint(words: Uint8Array, index: number, value: bigint): void {
  if (value < 0n || value >> 256n !== 0n) throw new X402Error('INVALID_AMOUNT', 'not a uint256')
  putDigits(words, (index + 1) * WORD, value.toString(16))
}

/**
 * Writes an address as word number `index` of a buffer of zeros.
 * @throws X402Error `INVALID_ADDRESS`
 */
export function putAddress(words: Uint8Array, index: number, address: Address): void {
  if (address.length !== 42) throw new X402Error('INVALID_ADDRESS', 'expected 20 bytes of hex')
  putDigits(words, (index + 1) * WORD, address.slice(2))
}

/**
 * Writes a `bytes32` as word number `index`.
 * @throws X402Error `INVALID_HEX`
 */
export function putBytes32(words: Uint8Array, index: number, value: Hex): void {
  if (value.length !== 66) throw new X402Error('INVALID_HEX', 'expected 32 bytes')
  putDigits(words, (index + 1) * WORD, value.slice(2))
}

import type { Address } from '../address.js'
import { type Hex, putHex } from '../hex.js'
import { X402Error } from '../x402-error.js'

/** Bytes of one ABI word. */
export const WORD = 32

/**
 * Writes a `uint256` as word number `index` of a buffer of zeros.
 * @throws X402Error `INVALID_AMOUNT`
 */
export function putUint(words: Uint8Array, index: number, value: bigint): void {
  if (value < 0n || value >> 256n !== 0n) throw new X402Error('INVALID_AMOUNT', 'not a uint256')
  putHex(words, (index + 1) * WORD, `0x${value.toString(16)}`)
}

/**
 * Writes an address as word number `index` of a buffer of zeros.
 * @throws X402Error `INVALID_ADDRESS`
 */
export function putAddress(words: Uint8Array, index: number, address: Address): void {
  if (address.length !== 42) throw new X402Error('INVALID_ADDRESS', 'expected 20 bytes of hex')
  putHex(words, (index + 1) * WORD, address)
}

/**
 * Writes a `bytes32` as word number `index`.
 * @throws X402Error `INVALID_HEX`
 */
export function putBytes32(words: Uint8Array, index: number, value: Hex): void {
  if (value.length !== 66) throw new X402Error('INVALID_HEX', 'expected 32 bytes')
  putHex(words, (index + 1) * WORD, value)
}

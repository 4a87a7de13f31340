import { QuoteError } from '../quote-error.js'

/** Bytes in lower-case hexadecimal with a `0x` prefix. */
export type Hex = `0x${string}`

/** Writes bytes as lower-case `Hex`. */
export function hexOf(bytes: Uint8Array): Hex {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return `0x${text}`
}

/**
 * Reads hexadecimal digits of either case, without prefix, into bytes.
 * @throws QuoteError `BAD_INPUT` for an odd count or any other character.
 */
export function bytesOfHexDigits(digits: string): Uint8Array {
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) {
    throw new QuoteError('BAD_INPUT', `expected pairs of hexadecimal digits, got ${digits.length} characters`)
  }
  const bytes = new Uint8Array(digits.length / 2)
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16)
  }
  return bytes
}

/**
 * Reads a `0x`-prefixed `Hex` of either case into bytes.
 * @throws QuoteError `BAD_INPUT` for a missing prefix, an odd count or any other character.
 */
export function bytesOfHex(hex: string): Uint8Array {
  if (!hex.startsWith('0x')) throw new QuoteError('BAD_INPUT', 'expected hexadecimal with a 0x prefix')
  return bytesOfHexDigits(hex.slice(2))
}

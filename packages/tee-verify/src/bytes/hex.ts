import { QuoteError } from '../quote-error.js'

/** Bytes in lower-case hexadecimal with a `0x` prefix. */
export type Hex = `0x${string}`

const pairs: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
/** Both characters of each byte in one number, the first one low. */
const pairCodes: Uint16Array = Uint16Array.from(pairs, (pair) => pair.charCodeAt(0) | (pair.charCodeAt(1) << 8))
/** The value of each ASCII character, -1 for what is no digit. */
const digitValues: Int8Array = Int8Array.from({ length: 128 }, (_, code) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase()),
)
const decoder: TextDecoder = new TextDecoder()

/** Writes bytes as lower-case `Hex`. */
export function hexOf(bytes: Uint8Array): Hex {
  return `0x${hexDigitsOf(bytes)}`
}

/** Writes bytes as lower-case hexadecimal digits, without prefix. */
export function hexDigitsOf(bytes: Uint8Array): string {
  if (bytes.length < 64) {
    let text = ''
    for (const byte of bytes) text += pairs[byte]
    return text
  }
  // Long strings are quicker to decode than to join.
  const codes = new Uint8Array(bytes.length * 2)
  for (let index = 0; index < bytes.length; index += 1) {
    const pair = pairCodes[bytes[index] ?? 0] ?? 0
    codes[index * 2] = pair & 0xff
    codes[index * 2 + 1] = pair >> 8
  }
  return decoder.decode(codes)
}

/**
 * Reads hexadecimal digits of either case, without prefix, into bytes.
 * @throws QuoteError `BAD_INPUT` for an odd count or any other character.
 */
export function bytesOfHexDigits(digits: string): Uint8Array {
  const bytes = new Uint8Array(digits.length >> 1)
  let all = 0
  for (let index = 0; index < bytes.length; index += 1) {
    const high = digitValues[digits.charCodeAt(index * 2)] ?? -1
    const low = digitValues[digits.charCodeAt(index * 2 + 1)] ?? -1
    all |= high | low
    bytes[index] = (high << 4) | low
  }
  if (all < 0 || digits.length % 2 !== 0) {
    throw new QuoteError('BAD_INPUT', `expected pairs of hexadecimal digits, got ${digits.length} characters`)
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

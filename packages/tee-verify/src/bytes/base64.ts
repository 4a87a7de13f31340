import { QuoteError } from '../quote-error.js'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
/** The value of each ASCII character, -1 outside the alphabet. */
const values: readonly number[] = Array.from({ length: 128 }, (_, code) => alphabet.indexOf(String.fromCharCode(code)))

/**
 * Reads canonical base64 (RFC 4648 §4): padded, no line breaks, unused bits zero.
 * @throws QuoteError `BAD_PEM` for anything else.
 */
export function decodeBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0) throw new QuoteError('BAD_PEM', `base64 of ${text.length} characters is not whole`)
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  const digits = text.length - padding
  let buffer = 0
  let bits = 0
  let written = 0
  for (let index = 0; index < digits; index += 1) {
    const value = values[text.charCodeAt(index)] ?? -1
    if (value < 0) throw new QuoteError('BAD_PEM', 'base64 has a character outside its alphabet')
    buffer = ((buffer << 6) | value) & 0xffffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[written] = (buffer >> bits) & 0xff
      written += 1
    }
  }
  if ((buffer & ((1 << bits) - 1)) !== 0) throw new QuoteError('BAD_PEM', 'base64 has bits set after its last byte')
  return bytes
}

/** Writes canonical padded base64 without line breaks. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = ''
  for (let index = 0; index < bytes.length; index += 3) {
    const group = ((bytes[index] ?? 0) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0)
    const count = Math.min(3, bytes.length - index)
    for (let digit = 0; digit < 4; digit += 1) {
      text += digit <= count ? (alphabet[(group >> (18 - digit * 6)) & 63] ?? '') : '='
    }
  }
  return text
}

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
  let all = 0
  let written = 0
  for (let index = 0; index < digits; index += 4) {
    let group = 0
    for (let place = 0; place < 4; place += 1) {
      const value = index + place < digits ? (values[text.charCodeAt(index + place)] ?? -1) : 0
      all |= value
      group = (group << 6) | value
    }
    bytes[written] = group >> 16
    if (written + 1 < bytes.length) bytes[written + 1] = group >> 8
    if (written + 2 < bytes.length) bytes[written + 2] = group
    // Padding hides 8 or 16 bits of the last group: they must be zero, or two texts would mean the same bytes.
    if (written + 3 > bytes.length && (group & (written + 2 > bytes.length ? 0xffff : 0xff)) !== 0) {
      throw new QuoteError('BAD_PEM', 'base64 has bits set after its last byte')
    }
    written += 3
  }
  if (all < 0) throw new QuoteError('BAD_PEM', 'base64 has a character outside its alphabet')
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

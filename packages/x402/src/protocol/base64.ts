import { X402Error } from '../x402-error.js'

const BEYOND_ASCII = /[\u0080-\uffff]/

/** Longest header value that is decoded, in characters. Node's own default limit for all headers together is 16 KiB. */
const MAX_HEADER_LENGTH = 32_768

/** Standard padded base64 of the UTF-8 bytes of `text`. */
export function encodeBase64Text(text: string): string {
  // ASCII is its own UTF-8; nearly every message is.
  if (!BEYOND_ASCII.test(text)) return btoa(text)
  const bytes = new TextEncoder().encode(text)
  let binary = ''
  for (let start = 0; start < bytes.length; start += 4096) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 4096))
  }
  return btoa(binary)
}

/** Decodes padded base64. `atob` also takes white space and missing padding, either of which makes fewer bytes than the length says. */
function decodeBase64(value: string): string {
  const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0
  const length = (value.length / 4) * 3 - padding
  let binary = ''
  try {
    binary = atob(value)
  } catch {
    // Refused below, as everything that is not padded base64 of something.
  }
  if (value === '' || binary.length !== length) throw new X402Error('MALFORMED_HEADER', 'not padded base64')
  return binary
}

/**
 * Reads standard padded base64 of UTF-8 text: no base64url, no white space, no invalid UTF-8, no byte order mark.
 * @throws X402Error `MALFORMED_HEADER`
 */
export function decodeBase64Text(value: string): string {
  if (value.length > MAX_HEADER_LENGTH) {
    throw new X402Error('MALFORMED_HEADER', `longer than ${MAX_HEADER_LENGTH} characters`)
  }
  const binary = decodeBase64(value)
  if (!BEYOND_ASCII.test(binary)) return binary
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new X402Error('MALFORMED_HEADER', 'not UTF-8', { cause })
  }
}

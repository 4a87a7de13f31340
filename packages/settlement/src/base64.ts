import { SettlementError } from './settlement-error.js'

const CHUNK = 8192

/** Writes bytes as base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += CHUNK) binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK))
  return btoa(binary)
}

/**
 * Reads base64; only the one form that {@link encodeBase64} writes.
 *
 * @throws SettlementError `INVALID_FIELD`.
 */
export function decodeBase64(text: string): Uint8Array {
  let binary: string
  try {
    binary = atob(text)
  } catch (cause) {
    throw new SettlementError('INVALID_FIELD', 'not base64', { cause })
  }
  const bytes = new Uint8Array(binary.length)
  // An iterator over millions of characters takes ten times as long.
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = binary.charCodeAt(at)
  if (encodeBase64(bytes) !== text) throw new SettlementError('INVALID_FIELD', 'base64 is not in its canonical form')
  return bytes
}

/** Bytes over a plain `ArrayBuffer`: what WebCrypto and `Response` take. */
export type Bytes = Uint8Array<ArrayBuffer>

const encoder: TextEncoder = new TextEncoder()
const decoder: TextDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function utf8BytesOf(text: string): Bytes {
  return encoder.encode(text)
}

/** @throws TypeError for bytes that are not UTF-8. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

export function concatBytes(...parts: readonly Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

export function uint16Of(value: number): Bytes {
  return new Uint8Array([value >>> 8, value & 0xff])
}

export function uint32Of(value: number): Bytes {
  return new Uint8Array([value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff])
}

/** Reads a big-endian uint32; the caller has checked that four bytes are there. */
export function readUint32(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset)
}

export function hexOf(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}

export function areEqualBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}

/** The smallest multiple of `step` that holds `length`. */
export function roundUp(length: number, step: number): number {
  return Math.ceil(length / step) * step
}

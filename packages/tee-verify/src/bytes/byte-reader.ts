import { QuoteError } from '../quote-error.js'

/** A bounds-checked little-endian cursor over bytes. */
export interface ByteReader {
  /** How many bytes are left. */
  remaining(): number
  u16(): number
  u32(): number
  /** The next `length` bytes, as a view. */
  take(length: number): Uint8Array
}

/**
 * Creates a cursor; each read past the end throws.
 * @throws QuoteError `TRUNCATED` from its methods.
 */
export function createByteReader(bytes: Uint8Array): ByteReader {
  let offset = 0
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  function advance(length: number): number {
    if (length > bytes.length - offset) {
      throw new QuoteError('TRUNCATED', `needed ${length} bytes at offset ${offset}, ${bytes.length - offset} are left`)
    }
    const start = offset
    offset += length
    return start
  }
  return {
    remaining: () => bytes.length - offset,
    u16: () => view.getUint16(advance(2), true),
    u32: () => view.getUint32(advance(4), true),
    take(length) {
      const start = advance(length)
      return bytes.subarray(start, start + length)
    },
  }
}

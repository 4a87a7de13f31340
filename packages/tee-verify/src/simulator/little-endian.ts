/** Two little-endian bytes. */
export function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >>> 8)
}

/** Four little-endian bytes. */
export function u32(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24)
}

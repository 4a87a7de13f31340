import { concatBytes } from '../bytes/concat-bytes.js'

/** Writes the head of a CBOR item in its shortest form. */
export function encodeCborHead(major: number, value: number | bigint): Uint8Array {
  const argument = BigInt(value)
  const prefix = major << 5
  if (argument < 24n) return Uint8Array.of(prefix | Number(argument))
  const size = argument < 0x100n ? 1 : argument < 0x10000n ? 2 : argument < 0x100000000n ? 4 : 8
  const bytes = new Uint8Array(1 + size)
  bytes[0] = prefix | (24 + Math.log2(size))
  let rest = argument
  for (let index = size; index > 0; index -= 1) {
    bytes[index] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return bytes
}

/** Writes a byte string. */
export function encodeCborBytes(bytes: Uint8Array): Uint8Array {
  return concatBytes(encodeCborHead(2, bytes.length), bytes)
}

/** Writes a text string. */
export function encodeCborText(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text)
  return concatBytes(encodeCborHead(3, bytes.length), bytes)
}

/** Writes an array of encoded items. */
export function encodeCborArray(items: readonly Uint8Array[]): Uint8Array {
  return concatBytes(encodeCborHead(4, items.length), ...items)
}

/** Writes a map of encoded keys and values, in their order. */
export function encodeCborMap(entries: readonly (readonly [Uint8Array, Uint8Array])[]): Uint8Array {
  return concatBytes(encodeCborHead(5, entries.length), ...entries.flat())
}

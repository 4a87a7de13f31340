import { bytesOf, type Hex } from '@og/settlement'
import { joinBytes } from '../read-json.js'

/** What RLP writes: numbers without leading zeros, bytes, and lists of these. */
export type RlpItem = bigint | Hex | readonly RlpItem[]

/** Encodes an item by RLP (Ethereum yellow paper, appendix B). */
export function rlpOf(item: RlpItem): Uint8Array {
  if (typeof item === 'object') {
    const parts = item.map(rlpOf)
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    return joinBytes([prefixOf(length, 0xc0), ...parts])
  }
  const bytes = typeof item === 'bigint' ? numberBytes(item) : bytesOf(item)
  const [first] = bytes
  if (bytes.length === 1 && first !== undefined && first < 0x80) return bytes
  return joinBytes([prefixOf(bytes.length, 0x80), bytes])
}

function prefixOf(length: number, base: number): Uint8Array {
  if (length < 56) return Uint8Array.of(base + length)
  const size = numberBytes(BigInt(length))
  return joinBytes([Uint8Array.of(base + 55 + size.length), size])
}

function numberBytes(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array()
  const digits = value.toString(16)
  return bytesOf(`0x${digits.length % 2 === 0 ? digits : `0${digits}`}`)
}

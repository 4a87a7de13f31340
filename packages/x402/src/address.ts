import type { Hex } from './hex.js'
import { type Keccak, portableKeccak } from './keccak.js'
import { X402Error } from './x402-error.js'

/** An EVM address. Values made by this package carry the EIP-55 checksum. */
export type Address = Hex

const ADDRESS = /^0x[0-9a-fA-F]{40}$/

/** The zero address: never a payee, payer or asset. */
export const ZERO_ADDRESS: Address = '0x0000000000000000000000000000000000000000'

/** Tells whether `value` has the shape of an EVM address, in any letter case. */
export function isAddress(value: unknown): value is Address {
  return typeof value === 'string' && ADDRESS.test(value)
}

/**
 * Reads an EVM address in any letter case and gives it its EIP-55 checksum. The case that came in carries no meaning.
 * @throws X402Error `INVALID_ADDRESS`
 */
export function parseAddress(value: unknown): Address {
  return readAddress(value, portableKeccak)
}

/** {@link parseAddress} with a faster hash. */
function readAddress(value: unknown, keccak: Keccak): Address {
  if (!isAddress(value)) throw new X402Error('INVALID_ADDRESS', 'expected an address of 20 bytes in hex')
  const lower = value.slice(2).toLowerCase()
  const ascii = new Uint8Array(40)
  for (let index = 0; index < 40; index += 1) ascii[index] = lower.charCodeAt(index)
  const hash = keccak(ascii)
  let out = '0x'
  for (let index = 0; index < 40; index += 1) {
    const pair = hash[index >> 1] ?? 0
    const isHigh = (index % 2 === 0 ? pair >> 4 : pair & 15) >= 8
    const letter = lower.charAt(index)
    out += isHigh ? letter.toUpperCase() : letter
  }
  // The pattern has proved the forty digits.
  return out as Address
}

/** Reads addresses as {@link parseAddress} does. */
export type ReadAddress = (value: unknown) => Address

const MAX_ADDRESSES = 4096

/** Builds a reader that remembers what it has read: payers and payees come again, and a checksum is a hash. */
export function createAddressReader(keccak: Keccak = portableKeccak): ReadAddress {
  const known = new Map<string, Address>()
  return (value) => {
    const before = typeof value === 'string' ? known.get(value) : undefined
    if (before !== undefined) return before
    const address = readAddress(value, keccak)
    if (known.size >= MAX_ADDRESSES) known.clear()
    // It was a text of 42 characters, or it would have been refused.
    known.set(String(value), address)
    return address
  }
}

/** Compares two addresses without regard to letter case. */
export function isSameAddress(a: string, b: string): boolean {
  return isAddress(a) && isAddress(b) && (a === b || a.toLowerCase() === b.toLowerCase())
}

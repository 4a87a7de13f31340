import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Hex } from './hex.js'
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
  if (!isAddress(value)) throw new X402Error('INVALID_ADDRESS', 'expected an address of 20 bytes in hex')
  const lower = value.slice(2).toLowerCase()
  const hash = bytesToHex(keccak_256(utf8ToBytes(lower)))
  let out = ''
  for (let index = 0; index < 40; index += 1) {
    const letter = lower.charAt(index)
    out += Number.parseInt(hash.charAt(index), 16) >= 8 ? letter.toUpperCase() : letter
  }
  return `0x${out}`
}

/** Compares two addresses without regard to letter case. */
export function isSameAddress(a: string, b: string): boolean {
  return isAddress(a) && isAddress(b) && a.toLowerCase() === b.toLowerCase()
}

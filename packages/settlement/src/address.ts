import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Hex } from './hex.js'
import { SettlementError } from './settlement-error.js'

/** An Ethereum address; this package writes it with its EIP-55 checksum. */
export type Address = `0x${string}`

/** Tokens, payees and signers come again and again. */
const MAX_REMEMBERED = 512
const checksummedByDigits = new Map<string, Address>()
const ADDRESS = /^0x[0-9a-fA-F]{40}$/

/**
 * Writes an address with its checksum (EIP-55), whatever the case of its input.
 *
 * @throws SettlementError `INVALID_ADDRESS` when it is not 20 bytes of hexadecimal.
 */
export function checksumAddress(address: Hex): Address {
  if (typeof address !== 'string' || !ADDRESS.test(address)) {
    throw new SettlementError('INVALID_ADDRESS', 'expected 20 bytes of 0x-prefixed hexadecimal')
  }
  const digits = address.slice(2).toLowerCase()
  const known = checksummedByDigits.get(digits)
  if (known !== undefined) return known
  const hash = bytesToHex(keccak_256(utf8ToBytes(digits)))
  let checksummed = ''
  for (let i = 0; i < digits.length; i += 1) {
    const digit = digits.charAt(i)
    checksummed += hash.charCodeAt(i) >= 0x38 ? digit.toUpperCase() : digit
  }
  if (checksummedByDigits.size >= MAX_REMEMBERED) checksummedByDigits.clear()
  checksummedByDigits.set(digits, `0x${checksummed}`)
  return `0x${checksummed}`
}

/**
 * Reads an address from the wire: all lower case, or with a right checksum.
 *
 * @throws SettlementError `INVALID_ADDRESS` otherwise.
 */
export function parseAddress(input: unknown): Address {
  if (typeof input !== 'string' || !ADDRESS.test(input)) {
    throw new SettlementError('INVALID_ADDRESS', 'expected 20 bytes of 0x-prefixed hexadecimal')
  }
  const checksummed = checksumAddress(`0x${input.slice(2)}`)
  if (input !== checksummed && input !== input.toLowerCase()) {
    throw new SettlementError('INVALID_ADDRESS', 'address with a wrong EIP-55 checksum')
  }
  return checksummed
}

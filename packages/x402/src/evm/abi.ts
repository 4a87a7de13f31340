import { concatBytes } from '@noble/hashes/utils.js'
import type { Address } from '../address.js'
import { bytesOf, type Hex, hexOf } from '../hex.js'
import { keccakText } from '../keccak.js'
import { X402Error } from '../x402-error.js'

/** A `uint256` as one 32-byte word. */
export function uintWord(value: bigint): Uint8Array {
  if (value < 0n || value >> 256n !== 0n) throw new X402Error('INVALID_AMOUNT', 'not a uint256')
  return bytesOf(`0x${value.toString(16).padStart(64, '0')}`)
}

/** An address as one 32-byte word. */
export function addressWord(address: Address): Uint8Array {
  return bytesOf(`0x${address.slice(2).padStart(64, '0')}`)
}

/** A `bytes32` as one word. */
export function bytes32Word(value: Hex): Uint8Array {
  const bytes = bytesOf(value)
  if (bytes.length !== 32) throw new X402Error('INVALID_HEX', 'expected 32 bytes')
  return bytes
}

/** The hash of a text as one word, as EIP-712 encodes `string`. */
export function textWord(text: string): Uint8Array {
  return keccakText(text)
}

/** Calldata of a function whose arguments are all static words, with at most one trailing `bytes`. */
export function encodeCall(signature: string, words: readonly Uint8Array[], tail?: Uint8Array): Hex {
  const selector = keccakText(signature).subarray(0, 4)
  if (tail === undefined) return hexOf(concatBytes(selector, ...words))
  const padding = new Uint8Array((32 - (tail.length % 32)) % 32)
  const offset = uintWord(BigInt((words.length + 1) * 32))
  return hexOf(concatBytes(selector, ...words, offset, uintWord(BigInt(tail.length)), tail, padding))
}

/** Reads the first word of a call's answer as a number; `undefined` when the answer is shorter. */
export function decodeUint(data: Hex): bigint | undefined {
  return data.length < 66 ? undefined : BigInt(data.slice(0, 66))
}

/** Reads a call's answer as ABI `string`; `undefined` when it is not one. */
export function decodeText(data: Hex): string | undefined {
  const bytes = bytesOf(data)
  const offset = decodeUint(data)
  if (offset !== 32n || bytes.length < 64) return undefined
  const length = decodeUint(hexOf(bytes.subarray(32, 64)))
  if (length === undefined || length > BigInt(bytes.length - 64)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(64, 64 + Number(length)))
  } catch {
    return undefined
  }
}

/** Topic 0 of an event. */
export function eventTopic(signature: string): Hex {
  return hexOf(keccakText(signature))
}

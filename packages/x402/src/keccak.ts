import { keccak_256 } from '@noble/hashes/sha3.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { type Hex, hexOf } from './hex.js'

/**
 * Hashes bytes with keccak-256 to 32 bytes. Whatever it returns must stay as it is when it is called again; what it was given is
 * written over afterwards.
 */
export type Keccak = (bytes: Uint8Array) => Uint8Array

/** The implementation in plain JavaScript, which runs everywhere. */
export const portableKeccak: Keccak = (bytes) => keccak_256(bytes)

/** keccak-256 of the concatenation of byte strings, as bytes. */
export function keccakBytes(...parts: readonly Uint8Array[]): Uint8Array {
  return keccak_256(concatBytes(...parts))
}

/** keccak-256 of the concatenation of byte strings, as lower-case hex. */
export function keccakHex(...parts: readonly Uint8Array[]): Hex {
  return hexOf(keccakBytes(...parts))
}

/** keccak-256 of UTF-8 text, as bytes. */
export function keccakText(text: string): Uint8Array {
  return keccak_256(utf8ToBytes(text))
}

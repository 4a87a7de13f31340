import { keccak_256 } from '@noble/hashes/sha3.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { type Hex, hexOf } from './hex.js'
import { canonicalize } from './json/canonical-json.js'
import type { JsonValue } from './json/json-value.js'

/** A function that hashes bytes with Keccak-256 into 32 new bytes. */
export type Keccak = (bytes: Uint8Array) => Uint8Array

/** Lets a caller bring a faster Keccak-256, e.g. that of `@og/settlement/fast-keccak`; the results are the same. */
export interface KeccakOptions {
  /** Default {@link portableKeccak}. */
  readonly keccak?: Keccak
}

/** Keccak-256 in plain JavaScript: works everywhere, at once. */
export function portableKeccak(bytes: Uint8Array): Uint8Array {
  return keccak_256(bytes)
}

/** Hashes bytes with Keccak-256, Ethereum's hash. */
export function keccak256(bytes: Uint8Array, { keccak = portableKeccak }: KeccakOptions = {}): Hex {
  return hexOf(keccak(bytes))
}

/** Hashes the UTF-8 bytes of a value's canonical JSON (RFC 8785); throws as `canonicalize` does. */
export function hashJson(value: JsonValue, options: KeccakOptions = {}): Hex {
  return keccak256(utf8ToBytes(canonicalize(value)), options)
}

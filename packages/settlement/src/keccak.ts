import { keccak_256 } from '@noble/hashes/sha3.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { type Hex, hexOf } from './hex.js'
import { canonicalize } from './json/canonical-json.js'
import type { JsonValue } from './json/json-value.js'

/** Hashes bytes with Keccak-256, Ethereum's hash. */
export function keccak256(bytes: Uint8Array): Hex {
  return hexOf(keccak_256(bytes))
}

/** Hashes the UTF-8 bytes of a value's canonical JSON (RFC 8785); throws as `canonicalize` does. */
export function hashJson(value: JsonValue): Hex {
  return keccak256(utf8ToBytes(canonicalize(value)))
}

import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { Hex } from './hex.js'
import { canonicalize } from './json/canonical-json.js'
import type { JsonObject } from './json/json-value.js'
import { hashJson, type KeccakOptions } from './keccak.js'

declare const requestHash: unique symbol

/** The hash of a request body, made by {@link hashRequest} only. */
export type RequestHash = Hex & { readonly [requestHash]: true }

/**
 * Hashes a request body: Keccak-256 of its canonical JSON, so that every field is covered, known or not.
 *
 * @throws SettlementError as `canonicalize` does.
 */
export function hashRequest(body: JsonObject, options: KeccakOptions = {}): RequestHash {
  // The brand of RequestHash is minted here and nowhere else.
  return hashJson(body, options) as RequestHash
}

/**
 * Bounds the prompt tokens of a request from above: the UTF-8 length of its canonical JSON, since a token of a
 * byte-level vocabulary never covers less than one byte.
 */
export function promptTokenBound(body: JsonObject): bigint {
  return BigInt(utf8ToBytes(canonicalize(body)).length)
}

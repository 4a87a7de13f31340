import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { Hex } from './hex.js'
import { canonicalize } from './json/canonical-json.js'
import type { JsonObject, JsonValue } from './json/json-value.js'
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

/** What a picture or a file may cost in tokens, beside its bytes: of it they say little. */
const MEDIA_TOKENS = 5000

/** The parts of messages that are no text: of chat bodies and of those of the Responses API. */
const MEDIA_TYPES: ReadonlySet<JsonValue | undefined> = new Set(['image_url', 'input_image', 'file', 'input_file'])

/** The part of {@link promptTokenBound} that is not the body's bytes: 5,000 tokens for each picture or file in its messages. */
export function mediaTokenBound(body: JsonObject): number {
  let count = 0
  for (const messages of [body['messages'], body['input']]) {
    for (const message of itemsOf(messages)) {
      for (const part of itemsOf(memberOf(message, 'content'))) {
        if (MEDIA_TYPES.has(memberOf(part, 'type'))) count += 1
      }
    }
  }
  return MEDIA_TOKENS * count
}

function itemsOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}

function memberOf(value: JsonValue, name: string): JsonValue | undefined {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as JsonObject)[name]
    : undefined
}

/**
 * Bounds the prompt tokens of a request from above: the UTF-8 length of its canonical JSON, since a token of a
 * byte-level vocabulary never covers less than one byte, and {@link mediaTokenBound}.
 */
export function promptTokenBound(body: JsonObject): bigint {
  return BigInt(utf8ToBytes(canonicalize(body)).length + mediaTokenBound(body))
}

import { type Address, checksumAddress } from '../address.js'
import { defineStruct, type Struct } from '../eip712/struct.js'
import { type Hex, hexOf } from '../hex.js'
import type { JsonObject } from '../json/json-value.js'
import type { KeccakOptions } from '../keccak.js'
import { readFields } from '../wire/field-reader.js'

/**
 * What a receipt stands for, revealed to the payer only (on chain in SETTLE_METADATA): price, model, usage. Its
 * fields are those of the EIP-712 struct, in its order.
 */
export interface Terms {
  /** 32 random bytes, so that the terms cannot be guessed from their hash. */
  readonly salt: Hex
  readonly payer: Address
  /** The x402 payment scheme: `exact`, `upto`, `batch-settlement`. */
  readonly scheme: string
  readonly paymentChainId: bigint
  readonly asset: Address
  readonly payTo: Address
  /** The most that the payer signed for, in atomic units. */
  readonly authorized: bigint
  /** What is taken, in atomic units. */
  readonly charged: bigint
  /** EIP-712 digest of the offer. */
  readonly offerHash: Hex
  /** The model name in the request. */
  readonly modelRequested: string
  /** The model name that the upstream answered with. */
  readonly modelAnswered: string
  /** The host that the node spoke TLS with, or another name of the model's place. */
  readonly upstream: string
  /** `keccak256(salt ‖ keccak256(bytes sent upstream))`. */
  readonly upstreamRequestCommitment: Hex
  /** All prompt tokens, the cached ones included. */
  readonly promptTokens: bigint
  readonly cachedPromptTokens: bigint
  /** All generated tokens, the reasoning ones included. */
  readonly completionTokens: bigint
  readonly reasoningTokens: bigint
  /** 0 upstream, 1 counted by the node. */
  readonly usageSource: number
  /** 0 complete, 1 length, 2 aborted, 3 failed, 4 refund due. */
  readonly outcome: number
  /** When the paid request came in, unix seconds. */
  readonly receivedAt: bigint
}

const termsStruct: Struct<Terms> = /* @__PURE__ */ defineStruct('Terms', [
  ['salt', 'bytes32'],
  ['payer', 'address'],
  ['scheme', 'string'],
  ['paymentChainId', 'uint256'],
  ['asset', 'address'],
  ['payTo', 'address'],
  ['authorized', 'uint256'],
  ['charged', 'uint256'],
  ['offerHash', 'bytes32'],
  ['modelRequested', 'string'],
  ['modelAnswered', 'string'],
  ['upstream', 'string'],
  ['upstreamRequestCommitment', 'bytes32'],
  ['promptTokens', 'uint64'],
  ['cachedPromptTokens', 'uint64'],
  ['completionTokens', 'uint64'],
  ['reasoningTokens', 'uint64'],
  ['usageSource', 'uint8'],
  ['outcome', 'uint8'],
  ['receivedAt', 'uint64'],
])

/** Longest `scheme`, `modelRequested`, `modelAnswered` or `upstream` that {@link parseTerms} reads. */
export const MAX_TERMS_TEXT = 256

/**
 * Computes the EIP-712 `hashStruct` of the terms, without a domain: the receipt that holds it has one.
 *
 * @throws SettlementError `INVALID_HEX`, `INVALID_FIELD`, `OUT_OF_RANGE` for a field that its type cannot hold.
 */
export function hashTerms(terms: Terms, { keccak }: KeccakOptions = {}): Hex {
  return hexOf(termsStruct.hash(terms, keccak))
}

/** Writes terms as JSON: integers beyond 32 bits as decimal text, addresses with their checksum. */
export function encodeTerms(terms: Terms): JsonObject {
  return {
    salt: terms.salt.toLowerCase(),
    payer: checksumAddress(terms.payer),
    scheme: terms.scheme,
    paymentChainId: terms.paymentChainId.toString(),
    asset: checksumAddress(terms.asset),
    payTo: checksumAddress(terms.payTo),
    authorized: terms.authorized.toString(),
    charged: terms.charged.toString(),
    offerHash: terms.offerHash.toLowerCase(),
    modelRequested: terms.modelRequested,
    modelAnswered: terms.modelAnswered,
    upstream: terms.upstream,
    upstreamRequestCommitment: terms.upstreamRequestCommitment.toLowerCase(),
    promptTokens: terms.promptTokens.toString(),
    cachedPromptTokens: terms.cachedPromptTokens.toString(),
    completionTokens: terms.completionTokens.toString(),
    reasoningTokens: terms.reasoningTokens.toString(),
    usageSource: terms.usageSource,
    outcome: terms.outcome,
    receivedAt: terms.receivedAt.toString(),
  }
}

/**
 * Reads terms from JSON; every field must be there and no other.
 *
 * @throws SettlementError `INVALID_FIELD`, `MISSING_FIELD`, `UNKNOWN_FIELD`, `OUT_OF_RANGE`.
 */
export function parseTerms(json: unknown): Terms {
  const fields = readFields(json, 'terms')
  const terms: Terms = {
    salt: fields.bytes32('salt'),
    payer: fields.address('payer'),
    scheme: fields.text('scheme', MAX_TERMS_TEXT),
    paymentChainId: fields.uint('paymentChainId', 256),
    asset: fields.address('asset'),
    payTo: fields.address('payTo'),
    authorized: fields.uint('authorized', 256),
    charged: fields.uint('charged', 256),
    offerHash: fields.bytes32('offerHash'),
    modelRequested: fields.text('modelRequested', MAX_TERMS_TEXT),
    modelAnswered: fields.text('modelAnswered', MAX_TERMS_TEXT),
    upstream: fields.text('upstream', MAX_TERMS_TEXT),
    upstreamRequestCommitment: fields.bytes32('upstreamRequestCommitment'),
    promptTokens: fields.uint('promptTokens', 64),
    cachedPromptTokens: fields.uint('cachedPromptTokens', 64),
    completionTokens: fields.uint('completionTokens', 64),
    reasoningTokens: fields.uint('reasoningTokens', 64),
    usageSource: fields.count('usageSource', 1),
    outcome: fields.count('outcome', 4),
    receivedAt: fields.uint('receivedAt', 64),
  }
  fields.end()
  return terms
}

import { type Address, checksumAddress } from '../address.js'
import { digestOf, type ReceiptDomain } from '../eip712/domain.js'
import { defineStruct, type Struct } from '../eip712/struct.js'
import type { Hex } from '../hex.js'
import type { JsonObject } from '../json/json-value.js'
import type { KeccakOptions } from '../keccak.js'
import { type SettlementMode, settlementCodeOf } from '../modes.js'
import { readFields } from '../wire/field-reader.js'

/** A node's signed price list for one model, paid in one asset. Its fields are those of the EIP-712 struct, in order. */
export interface Offer {
  readonly nodeId: Hex
  readonly model: string
  readonly paymentChainId: bigint
  readonly asset: Address
  readonly decimals: number
  readonly payTo: Address
  /** Atomic units per 1,000,000 uncached prompt tokens. */
  readonly inputPrice: bigint
  /** Atomic units per 1,000,000 cached prompt tokens. */
  readonly cachedInputPrice: bigint
  /** Atomic units per 1,000,000 generated tokens that are not reasoning. */
  readonly outputPrice: bigint
  /** Atomic units per 1,000,000 reasoning tokens. */
  readonly reasoningPrice: bigint
  /** Atomic units per inference recorded as SETTLE. */
  readonly surchargeSettle: bigint
  /** Atomic units per inference recorded as SETTLE_METADATA. */
  readonly surchargeMetadata: bigint
  /** Atomic units per inference recorded as SETTLE_BATCH. */
  readonly surchargeBatch: bigint
  /** Which settlement modes are sold: bit i stands for the mode of code i. */
  readonly settlementModes: number
  /** Most bytes of request and response that SETTLE_METADATA records. */
  readonly maxMetadataBytes: number
  /** Unix seconds, inclusive. */
  readonly notBefore: bigint
  /** Unix seconds, inclusive. */
  readonly notAfter: bigint
}

const offerStruct: Struct<Offer> = /* @__PURE__ */ defineStruct('Offer', [
  ['nodeId', 'bytes32'],
  ['model', 'string'],
  ['paymentChainId', 'uint256'],
  ['asset', 'address'],
  ['decimals', 'uint8'],
  ['payTo', 'address'],
  ['inputPrice', 'uint256'],
  ['cachedInputPrice', 'uint256'],
  ['outputPrice', 'uint256'],
  ['reasoningPrice', 'uint256'],
  ['surchargeSettle', 'uint256'],
  ['surchargeMetadata', 'uint256'],
  ['surchargeBatch', 'uint256'],
  ['settlementModes', 'uint8'],
  ['maxMetadataBytes', 'uint32'],
  ['notBefore', 'uint64'],
  ['notAfter', 'uint64'],
])

/** Longest model name that {@link parseOffer} reads. */
export const MAX_MODEL_NAME = 256

/**
 * Computes an offer's EIP-712 digest under the domain `OpenGradient Offer`, version 1: what the node signs, and the
 * `offerHash` of terms.
 *
 * @throws SettlementError `INVALID_HEX`, `INVALID_FIELD`, `OUT_OF_RANGE` for a field that its type cannot hold.
 */
export function hashOffer(offer: Offer, domain: ReceiptDomain, options: KeccakOptions = {}): Hex {
  return digestOf(offer, { struct: offerStruct, domainName: 'OpenGradient Offer', domain }, options)
}

/** Tells whether an offer sells a settlement mode. */
export function isSettlementOffered(offer: Offer, settlement: SettlementMode): boolean {
  return (offer.settlementModes & (1 << settlementCodeOf(settlement))) !== 0
}

/** Writes an offer as JSON: integers beyond 32 bits as decimal text, addresses with their checksum. */
export function encodeOffer(offer: Offer): JsonObject {
  return {
    nodeId: offer.nodeId.toLowerCase(),
    model: offer.model,
    paymentChainId: offer.paymentChainId.toString(),
    asset: checksumAddress(offer.asset),
    decimals: offer.decimals,
    payTo: checksumAddress(offer.payTo),
    inputPrice: offer.inputPrice.toString(),
    cachedInputPrice: offer.cachedInputPrice.toString(),
    outputPrice: offer.outputPrice.toString(),
    reasoningPrice: offer.reasoningPrice.toString(),
    surchargeSettle: offer.surchargeSettle.toString(),
    surchargeMetadata: offer.surchargeMetadata.toString(),
    surchargeBatch: offer.surchargeBatch.toString(),
    settlementModes: offer.settlementModes,
    maxMetadataBytes: offer.maxMetadataBytes,
    notBefore: offer.notBefore.toString(),
    notAfter: offer.notAfter.toString(),
  }
}

/**
 * Reads an offer from JSON; every field must be there and no other.
 *
 * @throws SettlementError `INVALID_FIELD`, `MISSING_FIELD`, `UNKNOWN_FIELD`, `OUT_OF_RANGE`.
 */
export function parseOffer(json: unknown): Offer {
  const fields = readFields(json, 'offer')
  const offer: Offer = {
    nodeId: fields.bytes32('nodeId'),
    model: fields.text('model', MAX_MODEL_NAME),
    paymentChainId: fields.uint('paymentChainId', 256),
    asset: fields.address('asset'),
    decimals: fields.count('decimals', 255),
    payTo: fields.address('payTo'),
    inputPrice: fields.uint('inputPrice', 256),
    cachedInputPrice: fields.uint('cachedInputPrice', 256),
    outputPrice: fields.uint('outputPrice', 256),
    reasoningPrice: fields.uint('reasoningPrice', 256),
    surchargeSettle: fields.uint('surchargeSettle', 256),
    surchargeMetadata: fields.uint('surchargeMetadata', 256),
    surchargeBatch: fields.uint('surchargeBatch', 256),
    settlementModes: fields.count('settlementModes', 7),
    maxMetadataBytes: fields.count('maxMetadataBytes', 0xffff_ffff),
    notBefore: fields.uint('notBefore', 64),
    notAfter: fields.uint('notAfter', 64),
  }
  fields.end()
  return offer
}

import { digestOf, inferenceDomainName, type ReceiptDomain } from '../eip712/domain.js'
import { defineStruct, type Struct } from '../eip712/struct.js'
import type { Hex } from '../hex.js'
import type { JsonObject } from '../json/json-value.js'
import type { KeccakOptions } from '../keccak.js'
import { readFields } from '../wire/field-reader.js'

/**
 * What a node signs and the chain sees of one attempt of one paid inference: hashes only. Its fields are those of
 * the EIP-712 struct, in its order, so that it can be handed to any EIP-712 library as it is.
 */
export interface Receipt {
  /** Which node: `keccak256` of its key manifest. */
  readonly nodeId: Hex
  /** Which operator's log the receipt is a leaf of. */
  readonly logId: Hex
  /** The call's public name: the digest of the signed payment authorization. */
  readonly paymentHash: Hex
  /** Which use of that payment; at most one attempt of a payment is ever charged. */
  readonly attempt: number
  /** `keccak256(salt ‖ requestHash)`. */
  readonly requestCommitment: Hex
  /** `keccak256(salt ‖ responseHash)`. */
  readonly responseCommitment: Hex
  /** EIP-712 hash of the {@link Terms}. */
  readonly termsHash: Hex
  /** 0 VANILLA, 1 TEE. */
  readonly mode: number
  /** 0 SETTLE, 1 SETTLE_METADATA, 2 SETTLE_BATCH. */
  readonly settlement: number
  /** When the answer was whole, unix seconds. */
  readonly finishedAt: bigint
  /** The node's promise: the record stands on chain by this time, unix seconds. */
  readonly settleBy: bigint
}

const receiptStruct: Struct<Receipt> = /* @__PURE__ */ defineStruct('Receipt', [
  ['nodeId', 'bytes32'],
  ['logId', 'bytes32'],
  ['paymentHash', 'bytes32'],
  ['attempt', 'uint32'],
  ['requestCommitment', 'bytes32'],
  ['responseCommitment', 'bytes32'],
  ['termsHash', 'bytes32'],
  ['mode', 'uint8'],
  ['settlement', 'uint8'],
  ['finishedAt', 'uint64'],
  ['settleBy', 'uint64'],
])

/**
 * Computes a receipt's EIP-712 digest: what the node signs, and the leaf value in its log.
 *
 * @throws SettlementError `INVALID_HEX`, `OUT_OF_RANGE` for a field that its EIP-712 type cannot hold.
 */
export function hashReceipt(receipt: Receipt, domain: ReceiptDomain, options: KeccakOptions = {}): Hex {
  return digestOf(receipt, { struct: receiptStruct, domainName: inferenceDomainName, domain }, options)
}

/** Writes a receipt as JSON: hashes in lower case, `uint64` as decimal text, small integers as numbers. */
export function encodeReceipt(receipt: Receipt): JsonObject {
  return {
    nodeId: receipt.nodeId.toLowerCase(),
    logId: receipt.logId.toLowerCase(),
    paymentHash: receipt.paymentHash.toLowerCase(),
    attempt: receipt.attempt,
    requestCommitment: receipt.requestCommitment.toLowerCase(),
    responseCommitment: receipt.responseCommitment.toLowerCase(),
    termsHash: receipt.termsHash.toLowerCase(),
    mode: receipt.mode,
    settlement: receipt.settlement,
    finishedAt: receipt.finishedAt.toString(),
    settleBy: receipt.settleBy.toString(),
  }
}

/**
 * Reads a receipt from JSON; every field must be there and no other.
 *
 * @throws SettlementError `INVALID_FIELD`, `MISSING_FIELD`, `UNKNOWN_FIELD`, `OUT_OF_RANGE`.
 */
export function parseReceipt(json: unknown): Receipt {
  const fields = readFields(json, 'receipt')
  const receipt: Receipt = {
    nodeId: fields.bytes32('nodeId'),
    logId: fields.bytes32('logId'),
    paymentHash: fields.bytes32('paymentHash'),
    attempt: fields.count('attempt', 0xffff_ffff),
    requestCommitment: fields.bytes32('requestCommitment'),
    responseCommitment: fields.bytes32('responseCommitment'),
    termsHash: fields.bytes32('termsHash'),
    mode: fields.count('mode', 1),
    settlement: fields.count('settlement', 2),
    finishedAt: fields.uint('finishedAt', 64),
    settleBy: fields.uint('settleBy', 64),
  }
  fields.end()
  return receipt
}

import { digestOf, type ReceiptDomain } from '../eip712/domain.js'
import { defineStruct, type Struct } from '../eip712/struct.js'
import type { Hex } from '../hex.js'
import type { JsonObject } from '../json/json-value.js'
import { readFields } from '../wire/field-reader.js'

/** A node's word, signed with its receipt key, that requests may be sealed to a key for some time. */
export interface SealingKeyStatement {
  readonly nodeId: Hex
  /** X25519 public key, 32 bytes. */
  readonly publicKey: Hex
  /** Unix seconds, inclusive. */
  readonly notBefore: bigint
  /** Unix seconds, inclusive. */
  readonly notAfter: bigint
}

const sealingKeyStruct: Struct<SealingKeyStatement> = /* @__PURE__ */ defineStruct('SealingKey', [
  ['nodeId', 'bytes32'],
  ['publicKey', 'bytes32'],
  ['notBefore', 'uint64'],
  ['notAfter', 'uint64'],
])

/**
 * Computes the EIP-712 digest of a sealing key statement under the domain `OpenGradient Sealing Key`, version 1.
 *
 * @throws SettlementError `INVALID_HEX`, `OUT_OF_RANGE` for a field that its type cannot hold.
 */
export function hashSealingKey(statement: SealingKeyStatement, domain: ReceiptDomain): Hex {
  return digestOf(statement, { struct: sealingKeyStruct, domainName: 'OpenGradient Sealing Key', domain })
}

/** Writes a sealing key statement as JSON. */
export function encodeSealingKey(statement: SealingKeyStatement): JsonObject {
  return {
    nodeId: statement.nodeId.toLowerCase(),
    publicKey: statement.publicKey.toLowerCase(),
    notBefore: statement.notBefore.toString(),
    notAfter: statement.notAfter.toString(),
  }
}

/**
 * Reads a sealing key statement from JSON; every field must be there and no other.
 *
 * @throws SettlementError `INVALID_FIELD`, `MISSING_FIELD`, `UNKNOWN_FIELD`, `OUT_OF_RANGE`.
 */
export function parseSealingKey(json: unknown): SealingKeyStatement {
  const fields = readFields(json, 'sealingKey')
  const statement: SealingKeyStatement = {
    nodeId: fields.bytes32('nodeId'),
    publicKey: fields.bytes32('publicKey'),
    notBefore: fields.uint('notBefore', 64),
    notAfter: fields.uint('notAfter', 64),
  }
  fields.end()
  return statement
}

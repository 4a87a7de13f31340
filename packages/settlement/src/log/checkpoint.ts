import { digestOf, inferenceDomainName, type ReceiptDomain } from '../eip712/domain.js'
import { defineStruct, type Struct } from '../eip712/struct.js'
import type { Hex } from '../hex.js'

/** A signed statement of a log's size and root; the contract takes them in order of `seq`. */
export interface Checkpoint {
  readonly logId: Hex
  readonly seq: bigint
  /** How many leaves the root covers. */
  readonly size: bigint
  readonly root: Hex
  /** Where the leaves can be read. */
  readonly uri: string
}

const checkpointStruct: Struct<Checkpoint> = /* @__PURE__ */ defineStruct('Checkpoint', [
  ['logId', 'bytes32'],
  ['seq', 'uint64'],
  ['size', 'uint64'],
  ['root', 'bytes32'],
  ['uri', 'string'],
])

/**
 * Computes a checkpoint's EIP-712 digest under the domain `OpenGradient Inference`, version 1.
 *
 * @throws SettlementError `INVALID_HEX`, `INVALID_FIELD`, `OUT_OF_RANGE` for a field that its type cannot hold.
 */
export function hashCheckpoint(checkpoint: Checkpoint, domain: ReceiptDomain): Hex {
  return digestOf(checkpoint, { struct: checkpointStruct, domainName: inferenceDomainName, domain })
}

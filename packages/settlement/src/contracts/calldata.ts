import { bytesToHex, decodeFunctionData, encodeFunctionData, getAbiItem, toFunctionSelector } from 'viem'
import type { Hex } from '../hex.js'
import type { Checkpoint } from '../log/checkpoint.js'
import type { Receipt } from '../receipt/receipt.js'
import type { Terms } from '../receipt/terms.js'
import { SettlementError } from '../settlement-error.js'
import { inferenceLogAbi } from './generated/inference-log.js'
import { nodeRegistryAbi } from './generated/node-registry.js'
import type { NodeStatement } from './node-statement.js'

const settleAbi = [getAbiItem({ abi: inferenceLogAbi, name: 'settle' })] as const
const settleSelector = toFunctionSelector(settleAbi[0])

/** A receipt with the node's signature: 65 bytes r ‖ s ‖ v, low s, v 27 or 28. */
export interface SignedReceipt {
  readonly receipt: Receipt
  readonly signature: Hex
}

/** Everything that `settleWithMetadata` puts on chain. */
export interface MetadataRecord extends SignedReceipt {
  readonly terms: Terms
  readonly salts: { readonly request: Hex; readonly response: Hex }
  /** Canonical JSON of the request body, in UTF-8. */
  readonly request: Uint8Array
  /** Canonical JSON of the transcript, in UTF-8. */
  readonly response: Uint8Array
}

/** A log head with what the contract needs to accept it. */
export interface SignedCheckpoint {
  readonly checkpoint: Checkpoint
  /** Which node of the log signed it. */
  readonly nodeId: Hex
  readonly signature: Hex
  /** From the size of checkpoint `seq - 1` to this one; empty for the first. */
  readonly consistencyProof: readonly Hex[]
}

/** A signed receipt together with the terms that its `termsHash` stands for. */
export interface ReceiptWithTerms extends SignedReceipt {
  readonly terms: Terms
}

/** Builds the calldata of `settle` (SETTLE): bad and repeated items are skipped on chain with an event. */
export function settleCalldata(items: readonly SignedReceipt[]): Hex {
  return encodeFunctionData({
    abi: inferenceLogAbi,
    functionName: 'settle',
    args: [items.map((item) => item.receipt), items.map((item) => item.signature)],
  })
}

/** Whether calldata is a call of `settle`. */
export function isSettleCalldata(data: Hex): boolean {
  return data.toLowerCase().startsWith(settleSelector)
}

/**
 * Builds the one call of `settle` that has the items of all given calls, in their order: fifty cost a third of what they cost one by one.
 * @throws SettlementError `INVALID_FIELD` if one of them is no call of `settle`
 */
export function mergeSettleCalldata(calls: readonly Hex[]): Hex {
  const parts = calls.map((data) => {
    if (!isSettleCalldata(data)) throw new SettlementError('INVALID_FIELD', 'only calls of settle can be merged')
    const [receipts, signatures] = decodeFunctionData({ abi: settleAbi, data }).args
    return { receipts, signatures }
  })
  return encodeFunctionData({
    abi: settleAbi,
    functionName: 'settle',
    args: [parts.flatMap(({ receipts }) => receipts), parts.flatMap(({ signatures }) => signatures)],
  })
}

/** Builds the calldata of `settleWithMetadata` (SETTLE_METADATA). */
export function settleWithMetadataCalldata(record: MetadataRecord): Hex {
  return encodeFunctionData({
    abi: inferenceLogAbi,
    functionName: 'settleWithMetadata',
    args: [
      record.receipt,
      record.terms,
      record.salts,
      bytesToHex(record.request),
      bytesToHex(record.response),
      record.signature,
    ],
  })
}

/** Builds the calldata of `checkpoint` (SETTLE_BATCH). */
export function checkpointCalldata(head: SignedCheckpoint): Hex {
  return encodeFunctionData({
    abi: inferenceLogAbi,
    functionName: 'checkpoint',
    args: [head.checkpoint, head.nodeId, head.signature, head.consistencyProof],
  })
}

/** Builds the calldata of `reportEquivocation`: two different receipts for one attempt of one payment. */
export function reportEquivocationCalldata(proof: {
  readonly first: SignedReceipt
  readonly second: SignedReceipt
}): Hex {
  const { first, second } = proof
  return encodeFunctionData({
    abi: inferenceLogAbi,
    functionName: 'reportEquivocation',
    args: [first.receipt, first.signature, second.receipt, second.signature],
  })
}

/** Builds the calldata of `reportDoubleCharge`: two receipts that both charged one payment. */
export function reportDoubleChargeCalldata(proof: {
  readonly first: ReceiptWithTerms
  readonly second: ReceiptWithTerms
}): Hex {
  const { first, second } = proof
  return encodeFunctionData({
    abi: inferenceLogAbi,
    functionName: 'reportDoubleCharge',
    args: [first.receipt, first.terms, first.signature, second.receipt, second.terms, second.signature],
  })
}

/** Builds the calldata of the registry's `register`. */
export function registerNodeCalldata(node: { readonly statement: NodeStatement; readonly signature: Hex }): Hex {
  return encodeFunctionData({
    abi: nodeRegistryAbi,
    functionName: 'register',
    args: [node.statement, node.signature],
  })
}

/** Builds the calldata of the registry's `revoke`; for the registrar and for the node's own receipt key. */
export function revokeNodeCalldata(nodeId: Hex): Hex {
  return encodeFunctionData({ abi: nodeRegistryAbi, functionName: 'revoke', args: [nodeId] })
}

import {
  type BundleInclusion,
  type Checkpoint,
  type Hex,
  hashCheckpoint,
  type SettlementMode,
  settlementModes,
  verifyInclusion,
} from '@og/settlement'
import { ClientError } from './client-error.js'
import { DEFAULT_POLL_INTERVAL_MS, DEFAULT_SETTLEMENT_TIMEOUT_MS, type World } from './defaults.js'
import { fetchNodeProof, fetchNodeStatus, type NodeProof, type NodeStatus } from './fetch-settlement.js'
import type { PaymentChain } from './payment-chain.js'
import type { RecordChain } from './record-chain.js'
import { createStepList, failedStepOf, type StepList, type VerificationStep } from './verification.js'
import type { AnswerEvidence } from './verify-answer.js'
import { isSignedBy } from './verify-node.js'

/** Options of `result.settlement()`. */
export interface SettlementOptions {
  /** Two minutes unless told otherwise; a batch waits for its checkpoint. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** A call whose payment and record have reached the chain. */
export interface Settlement {
  readonly paymentHash: Hex
  readonly mode: SettlementMode
  /** `transaction` is null only when nothing was charged. */
  readonly payment: { readonly transaction: Hex | null; readonly charged: bigint }
  /** The record's own transaction; of a batch, the checkpoint's. */
  readonly record: { readonly transaction: Hex | null; readonly blockNumber: bigint | null }
  /** The receipt's place in the operator's log, once a checkpoint covers it. */
  readonly inclusion: BundleInclusion | null
  readonly steps: readonly VerificationStep[]
  /** Without a chain to ask, transactions are the node's word. */
  readonly notChecked: readonly string[]
}

/** What {@link fetchSettlement} needs of the client. */
export interface FetchSettlementContext {
  readonly world: World
  readonly paymentChain: PaymentChain | undefined
  readonly recordChain: RecordChain | undefined
}

/**
 * Waits until payment and record of a verified answer stand on the chain, and checks there what can be checked.
 * @throws ClientError `SETTLEMENT_TIMEOUT`, `SETTLEMENT_FAILED`, `VERIFICATION_SETTLEMENT`, `ABORTED`
 */
export async function fetchSettlement(
  evidence: AnswerEvidence,
  context: FetchSettlementContext,
  options: SettlementOptions = {},
): Promise<Settlement> {
  const { world } = context
  const { answer, node } = evidence
  const mode = settlementModes[answer.receipt.settlement] ?? 'SETTLE'
  const wire = { baseUrl: node.baseUrl, fetch: world.fetch, signal: options.signal }
  const attempts = Math.max(
    1,
    Math.ceil((options.timeoutMs ?? DEFAULT_SETTLEMENT_TIMEOUT_MS) / DEFAULT_POLL_INTERVAL_MS),
  )
  let status: NodeStatus | undefined
  let proof: NodeProof | undefined
  let done = false
  for (let attempt = 0; attempt < attempts && !done; attempt += 1) {
    if (attempt > 0) await pause(world, options.signal)
    status = await fetchNodeStatus(answer.receipt.paymentHash, wire)
    refuseFailed(status)
    const paid =
      status.payment.state === 'confirmed' || (status.payment.state === 'none' && answer.terms.charged === 0n)
    const recorded = mode === 'SETTLE_BATCH' || status.record.state === 'confirmed'
    if (!paid || !recorded) continue
    proof = await fetchNodeProof(answer.receiptDigest, wire)
    done = mode !== 'SETTLE_BATCH' || proof !== undefined
  }
  if (!done || status === undefined) {
    throw new ClientError(
      'SETTLEMENT_TIMEOUT',
      'payment or record is not on the chain yet; settlement() may be called again',
      {
        paymentHash: answer.receipt.paymentHash,
      },
    )
  }
  return checkSettlement(evidence, context, { mode, status, proof })
}

async function checkSettlement(
  evidence: AnswerEvidence,
  { paymentChain, recordChain }: FetchSettlementContext,
  found: { readonly mode: SettlementMode; readonly status: NodeStatus; readonly proof: NodeProof | undefined },
): Promise<Settlement> {
  const { answer, node } = evidence
  const { mode, status, proof } = found
  const list = createStepList()
  const notChecked: string[] = []
  list.check('settled receipt', status.receiptDigest === answer.receiptDigest, {
    code: 'RECEIPT_DIGEST',
    detail: 'the node settled another receipt than the one that it gave us',
  })
  if (proof !== undefined) checkProof(list, evidence, proof)

  if (answer.terms.charged === 0n) {
    notChecked.push('payment: nothing was charged')
  } else if (paymentChain === undefined) {
    notChecked.push('payment on chain: no rpcUrl was given; the transaction is the word of the node')
  } else {
    list.take([await paymentChain.checkPayment({ terms: answer.terms, transaction: status.payment.transaction })])
  }
  const transaction = mode === 'SETTLE_BATCH' ? (proof?.transaction ?? null) : status.record.transaction
  let blockNumber = status.record.blockNumber
  if (recordChain === undefined) {
    notChecked.push('record on chain: no rpcUrl was given; the transaction is the word of the node')
  } else {
    const anchor = await recordChain.readAnchor({
      chain: node.domain,
      receipt: answer.receipt,
      digest: answer.receiptDigest,
      ...(proof === undefined ? {} : { checkpoint: checkpointOf(proof) }),
      ...(transaction !== null && blockNumber !== null ? { settlement: { transaction, blockNumber } } : {}),
    })
    if (anchor.ok) blockNumber = anchor.blockNumber
    list.check('record on chain', anchor.ok, anchor.ok ? { code: '', detail: '' } : anchor)
  }
  const failed = failedStepOf(list.steps)
  if (failed !== undefined) {
    throw new ClientError('VERIFICATION_SETTLEMENT', `the settlement does not hold: ${failed.name}: ${failed.detail}`, {
      reason: failed.code,
      paymentHash: answer.receipt.paymentHash,
      verification: { ...evidence.verification, ok: false, steps: list.steps, notChecked },
    })
  }
  return {
    paymentHash: answer.receipt.paymentHash,
    mode,
    payment: { transaction: status.payment.transaction, charged: answer.terms.charged },
    record: { transaction, blockNumber },
    inclusion: proof === undefined ? null : inclusionOf(proof),
    steps: list.steps,
    notChecked,
  }
}

function checkProof(list: StepList, evidence: AnswerEvidence, proof: NodeProof): void {
  const { answer, node } = evidence
  list.check('log', proof.logId === answer.receipt.logId, { code: 'WRONG_LOG', detail: 'the proof is for another log' })
  list.check('inclusion', verifyInclusion({ ...proof, leaf: answer.receiptDigest }), {
    code: 'NOT_INCLUDED',
    detail: 'the receipt is not in the log at this place',
  })
  // Another node of the same operator may sign for the log: the signature is only compared with the key that we know.
  const digest = hashCheckpoint(checkpointOf(proof), node.domain)
  if (isSignedBy(digest, proof.checkpointSignature, node.manifest.receiptKey)) {
    list.check('checkpoint signature', true, { code: '', detail: '' })
  }
}

/** The checkpoint that a proof leads to. */
function checkpointOf(proof: NodeProof): Checkpoint {
  return { logId: proof.logId, seq: proof.seq, size: proof.size, root: proof.root, uri: proof.uri }
}

/** A proof in the form of `receipt.json`. */
function inclusionOf(proof: NodeProof): BundleInclusion {
  const { seq, index, size, root, proof: nodes, checkpointSignature, uri } = proof
  return { seq, index, size, root, proof: nodes, checkpointSignature, uri }
}

function refuseFailed(status: NodeStatus): void {
  if (status.payment.state === 'failed' || status.record.state === 'failed') {
    const what = status.payment.state === 'failed' ? 'payment' : 'record'
    throw new ClientError('SETTLEMENT_FAILED', `the node reports that the ${what} failed`)
  }
}

async function pause(world: World, signal: AbortSignal | undefined): Promise<void> {
  try {
    await world.sleep(DEFAULT_POLL_INTERVAL_MS, signal)
  } catch (cause) {
    throw new ClientError('ABORTED', 'waiting for the settlement was aborted', { cause })
  }
}

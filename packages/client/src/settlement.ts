import {
  type BundleInclusion,
  type Checkpoint,
  encodeManifest,
  encodeReceipt,
  type Hex,
  hashCheckpoint,
  type KeyManifest,
  type Receipt,
  type ReceiptDomain,
  type SettlementMode,
  settlementModes,
  type Terms,
  verifyInclusion,
} from '@og/settlement'
import type { PaymentPayload } from '@og/x402'
import { CHANNEL_SCHEME } from '@og/x402/channel'
import { ClientError } from './client-error.js'
import { DEFAULT_POLL_INTERVAL_MS, DEFAULT_SETTLEMENT_TIMEOUT_MS, type Fetch, type World } from './defaults.js'
import { fetchNodeProof, fetchNodeStatus, type NodeProof, type NodeStatus } from './fetch-settlement.js'
import type { PaymentChain } from './payment-chain.js'
import type { RecordChain } from './record-chain.js'
import { createStepList, failedStepOf, type StepList, type VerificationStep } from './verification.js'
import { VerificationError } from './verification-error.js'
import { isSignedBy } from './verify-node.js'

/**
 * How far a settlement must have come: the money has moved; its record stands on chain, for a batch the checkpoint that covers it; or, in
 * every mode, a checkpoint on chain covers it.
 */
export type SettlementStage = 'paid' | 'recorded' | 'anchored'

/** Options of `result.settlement()` and `client.settlement()`. */
export interface SettlementOptions {
  /** `recorded` unless told otherwise. */
  readonly until?: SettlementStage
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

/** The receipt whose settlement is asked for, and who signed it. */
export interface SettlementSubject {
  readonly receipt: Receipt
  readonly receiptDigest: Hex
  readonly terms: Terms
  /** What was signed for it; absent where a kept receipt does not hold it. */
  readonly payment: PaymentPayload | undefined
  readonly manifest: KeyManifest
  readonly domain: ReceiptDomain
  /** Where the node answers. */
  readonly baseUrl: string
}

/** What {@link fetchSettlement} needs of the client. */
export interface FetchSettlementContext {
  readonly world: World
  readonly paymentChain: PaymentChain | undefined
  readonly recordChain: RecordChain | undefined
}

/** What a node has said so far. */
interface Found {
  readonly mode: SettlementMode
  readonly until: SettlementStage
  readonly status: NodeStatus
  readonly proof: NodeProof | undefined
}

/**
 * Waits until payment and record of a receipt stand on the chain, and checks there what can be checked.
 * @throws ClientError `SETTLEMENT_TIMEOUT`, `SETTLEMENT_FAILED`, `VERIFICATION_SETTLEMENT`, `ABORTED`
 */
export async function fetchSettlement(
  subject: SettlementSubject,
  context: FetchSettlementContext,
  options: SettlementOptions = {},
): Promise<Settlement> {
  const { until = 'recorded', timeoutMs = DEFAULT_SETTLEMENT_TIMEOUT_MS } = options
  if (!['paid', 'recorded', 'anchored'].includes(until)) {
    throw new ClientError('INVALID_REQUEST', 'until must be paid, recorded or anchored')
  }
  const attempts = Math.max(1, Math.ceil(timeoutMs / DEFAULT_POLL_INTERVAL_MS))
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (attempt > 0) await pause(context.world, options.signal)
    const found = await look(subject, { fetch: context.world.fetch, until, signal: options.signal })
    if (found !== undefined) return checkSettlement(subject, context, found)
  }
  throw new ClientError(
    'SETTLEMENT_TIMEOUT',
    'payment or record is not on the chain yet; settlement() may be called again',
    { paymentHash: subject.receipt.paymentHash },
  )
}

/** Asks the node once; `undefined` while the settlement has not come as far as wanted. */
async function look(
  { receipt, receiptDigest, terms, baseUrl }: SettlementSubject,
  options: { readonly fetch: Fetch; readonly until: SettlementStage; readonly signal: AbortSignal | undefined },
): Promise<Found | undefined> {
  const { until } = options
  const wire = { baseUrl, fetch: options.fetch, signal: options.signal }
  const mode = settlementModes[receipt.settlement] ?? 'SETTLE'
  const status = await fetchNodeStatus(receipt.paymentHash, wire)
  refuseFailed(status)
  // A voucher is money in hand; when it is claimed, with others, is the node's business.
  const paid = status.payment.state === 'confirmed' || terms.charged === 0n || terms.scheme === CHANNEL_SCHEME
  if (!paid) return undefined
  if (until === 'paid') return { mode, until, status, proof: undefined }
  if (mode !== 'SETTLE_BATCH' && status.record.state !== 'confirmed') return undefined
  const proof = await fetchNodeProof(receiptDigest, wire)
  const needsProof = mode === 'SETTLE_BATCH' || until === 'anchored'
  return needsProof && proof === undefined ? undefined : { mode, until, status, proof }
}

async function checkSettlement(
  subject: SettlementSubject,
  { paymentChain, recordChain }: FetchSettlementContext,
  { mode, until, status, proof }: Found,
): Promise<Settlement> {
  const { receipt, receiptDigest, terms, domain } = subject
  const list = createStepList()
  const notChecked: string[] = []
  list.check('settled receipt', status.receiptDigest === receiptDigest, {
    code: 'RECEIPT_DIGEST',
    detail: 'the node settled another receipt than the one that it gave us',
  })
  if (proof !== undefined) checkProof(list, subject, proof)

  if (terms.charged === 0n) notChecked.push('payment: nothing was charged')
  else if (terms.scheme === CHANNEL_SCHEME) {
    notChecked.push('payment on chain: a voucher is claimed together with others, whenever the node likes')
  } else if (paymentChain === undefined) {
    notChecked.push('payment on chain: no rpcUrl was given; the transaction is the word of the node')
  } else {
    const { payment } = subject
    const { transaction } = status.payment
    list.take([await paymentChain.checkPayment({ receipt, terms, payment, transaction })])
  }

  const transaction = mode === 'SETTLE_BATCH' ? (proof?.transaction ?? null) : status.record.transaction
  let blockNumber = status.record.blockNumber
  if (until === 'paid') notChecked.push('record: only the payment was waited for')
  else if (recordChain === undefined) {
    notChecked.push('record on chain: no rpcUrl was given; the transaction is the word of the node')
  } else {
    const anchor = await recordChain.readAnchor({
      chain: domain,
      receipt,
      digest: receiptDigest,
      // In the other modes the checkpoint has a step of its own below.
      ...(proof === undefined || mode !== 'SETTLE_BATCH' ? {} : { checkpoint: checkpointOf(proof) }),
      ...(transaction !== null && blockNumber !== null ? { settlement: { transaction, blockNumber } } : {}),
    })
    if (anchor.ok) blockNumber = anchor.blockNumber
    list.check('record on chain', anchor.ok, anchor.ok ? { code: '', detail: '' } : anchor)
    if (proof !== undefined && mode !== 'SETTLE_BATCH') {
      const checkpoint = await recordChain.readCheckpoint({ chain: domain, checkpoint: checkpointOf(proof) })
      list.check('checkpoint on chain', checkpoint.ok, checkpoint.ok ? { code: '', detail: '' } : checkpoint)
    }
  }
  const failed = failedStepOf(list.steps)
  if (failed !== undefined) throw refused(subject, { failed, steps: list.steps, notChecked })
  return {
    paymentHash: receipt.paymentHash,
    mode,
    payment: { transaction: status.payment.transaction, charged: terms.charged },
    record: { transaction, blockNumber },
    inclusion: proof === undefined ? null : inclusionOf(proof),
    steps: list.steps,
    notChecked,
  }
}

function refused(
  { receipt, manifest, baseUrl }: SettlementSubject,
  found: {
    readonly failed: VerificationStep
    readonly steps: readonly VerificationStep[]
    readonly notChecked: readonly string[]
  },
): VerificationError {
  const { failed, steps, notChecked } = found
  return new VerificationError(
    'VERIFICATION_SETTLEMENT',
    `the settlement does not hold: ${failed.name}: ${failed.detail}`,
    {
      reason: failed.code,
      paymentHash: receipt.paymentHash,
      verification: { ok: false, nodeId: receipt.nodeId, platform: null, label: null, steps, notChecked },
      evidence: {
        version: 'og-evidence-1',
        baseUrl,
        manifest: encodeManifest(manifest),
        receipt: encodeReceipt(receipt),
        steps: steps.map(({ name, ok, code }) => ({ name, ok, code: code ?? null })),
      },
    },
  )
}

function checkProof(list: StepList, subject: SettlementSubject, proof: NodeProof): void {
  const { receipt, receiptDigest, manifest, domain } = subject
  list.check('log', proof.logId === receipt.logId, { code: 'WRONG_LOG', detail: 'the proof is for another log' })
  list.check('inclusion', verifyInclusion({ ...proof, leaf: receiptDigest }), {
    code: 'NOT_INCLUDED',
    detail: 'the receipt is not in the log at this place',
  })
  // Another node of the same operator may sign for the log: the signature is only compared with the key that we know.
  const digest = hashCheckpoint(checkpointOf(proof), domain)
  if (isSignedBy({ digest, signature: proof.checkpointSignature, signer: manifest.receiptKey })) {
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

import type { Address } from '../address.js'
import type { ReceiptDomain } from '../eip712/domain.js'
import { type Hex, isSameHex } from '../hex.js'
import type { JsonObject } from '../json/json-value.js'
import { type Checkpoint, hashCheckpoint } from '../log/checkpoint.js'
import { verifyInclusion } from '../log/verify-inclusion.js'
import type { KeyManifest } from '../manifest/key-manifest.js'
import type { ExpectedReceipt } from '../receipt/check-input.js'
import { addReceiptChecks } from '../receipt/check-receipt.js'
import { type CheckStep, type CheckVerdict, createStepRecorder, type StepRecorder } from '../receipt/check-step.js'
import { hashReceipt, type Receipt } from '../receipt/receipt.js'
import { recoverSigner } from '../receipt/signature.js'
import type { Terms } from '../receipt/terms.js'
import type { BundleAttestation, BundleInclusion, BundleSettlement, ReceiptBundle } from './receipt-bundle.js'

/** What another package says of its part of the proof. */
export type OutsideVerdict =
  | { readonly ok: true; readonly steps?: readonly CheckStep[] }
  | { readonly ok: false; readonly code: string; readonly detail: string; readonly steps?: readonly CheckStep[] }

/** What to look for on the record chain; with a checkpoint, a good answer means that this very checkpoint stands there. */
export interface AnchorQuery {
  readonly chain: ReceiptDomain
  readonly receipt: Receipt
  /** The receipt's digest: the leaf, and the `digest` of settlement events. */
  readonly digest: Hex
  /** The checkpoint that the bundle's inclusion proof leads to. */
  readonly checkpoint?: Checkpoint
  readonly settlement?: BundleSettlement
}

/** What the record chain says. */
export type AnchorVerdict =
  | {
      readonly ok: true
      /** Time of the block that holds the record, unix seconds. */
      readonly anchoredAt: bigint
      readonly detail?: string
    }
  | { readonly ok: false; readonly code: string; readonly detail: string }

/** Options of {@link verifyReceipt}: what the verifier has besides the bundle. */
export interface VerifyReceiptOptions {
  readonly request?: JsonObject
  /** The unstreamed response body. */
  readonly response?: unknown
  readonly upstreamRequest?: Uint8Array
  readonly expected?: ExpectedReceipt
  /** The verifier's clock, unix seconds: receipts from the future are refused. */
  readonly now?: bigint
  /** Verifies the quote as of `at` and that it binds the manifest, e.g. with `@og/tee-verify`. */
  readonly verifyAttestation?: (
    attestation: BundleAttestation,
    manifest: KeyManifest,
    at: bigint,
  ) => Promise<OutsideVerdict>
  /** Verifies that the payment is the payer's and has the receipt's payment hash, e.g. with `@og/x402`. */
  readonly verifyPayment?: (
    payment: JsonObject,
    claim: { readonly paymentHash: Hex; readonly payer: Address; readonly terms: Terms },
  ) => Promise<OutsideVerdict>
  /** Looks the record up on chain. */
  readonly readAnchor?: (query: AnchorQuery) => Promise<AnchorVerdict>
  /** Hears of each check as it ends; the verdict lists them all again. */
  readonly onStep?: (step: CheckStep) => void
}

/** Seconds that a receipt may lie ahead of the verifier's clock. */
export const MAX_CLOCK_SKEW_SECONDS = 120n

/**
 * Verifies a portable receipt: everything that `checkReceipt` checks, inclusion and checkpoint, and, through the
 * functions given, attestation, payment and the record on chain. `notChecked` names what was left out. The time of
 * the attestation is that of the anchoring block where it is known, else the node's own `finishedAt`.
 *
 * The functions given may reject; nothing in the bundle makes this function itself reject.
 *
 * @example
 * const verdict = await verifyReceipt(parseReceiptBundle(parseStrictJson(text)), { request, response })
 * verdict.ok // true
 * verdict.notChecked // ['attestation', 'anchor', …]
 */
export async function verifyReceipt(bundle: ReceiptBundle, options: VerifyReceiptOptions = {}): Promise<CheckVerdict> {
  const recorder = createStepRecorder<string>(options.onStep)
  checkSelf(recorder, bundle, options)
  const checkpoint = bundle.inclusion === undefined ? undefined : checkpointOf(bundle.receipt.logId, bundle.inclusion)
  const digest = digestOrUndefined(bundle)
  if (bundle.inclusion === undefined || checkpoint === undefined) recorder.skip('inclusion')
  else {
    const { inclusion } = bundle
    recorder.check('inclusion', 'NOT_INCLUDED', () =>
      digest !== undefined && verifyInclusion({ ...inclusion, leaf: digest })
        ? undefined
        : 'the receipt is not in the log at this place',
    )
  }
  const anchor = await checkAnchor(recorder, { bundle, options, digest, checkpoint })
  if (bundle.inclusion !== undefined && checkpoint !== undefined) {
    checkCheckpoint(recorder, { bundle, checkpoint, signature: bundle.inclusion.checkpointSignature, anchor })
  }
  checkTime(recorder, bundle, options.now)
  await checkAttestation(recorder, { bundle, options, at: anchor?.anchoredAt ?? bundle.receipt.finishedAt })
  if (anchor === undefined) recorder.skip('time: finishedAt is the word of the node')
  await checkPayment(recorder, bundle, options)
  return recorder.verdict()
}

function checkSelf(recorder: StepRecorder<string>, bundle: ReceiptBundle, options: VerifyReceiptOptions): void {
  const { request, response, upstreamRequest, expected } = options
  addReceiptChecks(recorder, {
    receipt: bundle.receipt,
    terms: bundle.terms,
    signature: bundle.signature,
    salts: bundle.salts,
    domain: bundle.chain,
    manifest: bundle.manifest,
    offer: bundle.offer,
    offerSignature: bundle.offerSignature,
    endpoint: bundle.endpoint,
    ...(request === undefined ? {} : { request }),
    ...(response === undefined ? {} : { response }),
    ...(upstreamRequest === undefined ? {} : { upstreamRequest }),
    ...(expected === undefined ? {} : { expected }),
  })
}

function checkpointOf(logId: Hex, { seq, size, root, uri }: BundleInclusion): Checkpoint {
  return { logId, seq, size, root, uri }
}

/** The digest of a receipt that cannot be hashed is missing; its signature check has failed already. */
function digestOrUndefined({ receipt, chain }: ReceiptBundle): Hex | undefined {
  try {
    return hashReceipt(receipt, chain)
  } catch {
    return undefined
  }
}

interface AnchorInput {
  readonly bundle: ReceiptBundle
  readonly options: VerifyReceiptOptions
  readonly digest: Hex | undefined
  readonly checkpoint: Checkpoint | undefined
}

async function checkAnchor(
  recorder: StepRecorder<string>,
  { bundle, options, digest, checkpoint }: AnchorInput,
): Promise<{ readonly anchoredAt: bigint } | undefined> {
  if (options.readAnchor === undefined || digest === undefined) {
    recorder.skip('anchor: whether the record stands on chain')
    return undefined
  }
  const verdict = await options.readAnchor({
    chain: bundle.chain,
    receipt: bundle.receipt,
    digest,
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(bundle.settlement === undefined ? {} : { settlement: bundle.settlement }),
  })
  if (!verdict.ok) {
    recorder.add({ name: 'anchor', ok: false, code: verdict.code, detail: verdict.detail })
    return undefined
  }
  recorder.add({ name: 'anchor', ok: true, ...(verdict.detail === undefined ? {} : { detail: verdict.detail }) })
  return { anchoredAt: verdict.anchoredAt }
}

interface CheckpointInput {
  readonly bundle: ReceiptBundle
  readonly checkpoint: Checkpoint
  readonly signature: Hex
  readonly anchor: { readonly anchoredAt: bigint } | undefined
}

function checkCheckpoint(
  recorder: StepRecorder<string>,
  { bundle, checkpoint, signature, anchor }: CheckpointInput,
): void {
  recorder.check('checkpoint signature', 'CHECKPOINT_SIGNATURE', () => {
    const signer = recoverSigner(hashCheckpoint(checkpoint, bundle.chain), signature)
    // Another node of the same operator may sign for the log; only the chain knows which nodes those are.
    const isSigner = isSameHex({ left: signer, right: bundle.manifest.receiptKey }) || anchor !== undefined
    return isSigner ? undefined : 'not signed by the receipt key, and the chain was not asked'
  })
}

function checkTime(recorder: StepRecorder<string>, { receipt }: ReceiptBundle, now: bigint | undefined): void {
  if (now === undefined) {
    recorder.skip('clock')
    return
  }
  recorder.check('clock', 'IN_THE_FUTURE', () =>
    receipt.finishedAt <= now + MAX_CLOCK_SKEW_SECONDS ? undefined : 'finishedAt lies ahead of the clock',
  )
}

async function checkAttestation(
  recorder: StepRecorder<string>,
  input: { readonly bundle: ReceiptBundle; readonly options: VerifyReceiptOptions; readonly at: bigint },
): Promise<void> {
  const { bundle, options, at } = input
  if (bundle.attestation === undefined) {
    if (bundle.manifest.mode === 'TEE') {
      recorder.check('attestation', 'ATTESTATION_MISSING', () => 'a TEE receipt without a quote')
    } else {
      recorder.skip('attestation: a VANILLA node has none')
    }
    return
  }
  if (options.verifyAttestation === undefined) {
    recorder.skip('attestation')
    return
  }
  const verdict = await options.verifyAttestation(bundle.attestation, bundle.manifest, at)
  addOutside(recorder, 'attestation', verdict)
}

async function checkPayment(
  recorder: StepRecorder<string>,
  bundle: ReceiptBundle,
  { verifyPayment }: VerifyReceiptOptions,
): Promise<void> {
  if (bundle.payment === undefined || verifyPayment === undefined) {
    recorder.skip('payment: that the payer signed it, and that it was taken')
    return
  }
  const { receipt, terms } = bundle
  const claim = { paymentHash: receipt.paymentHash, payer: terms.payer, terms }
  addOutside(recorder, 'payment', await verifyPayment(bundle.payment, claim))
}

function addOutside(recorder: StepRecorder<string>, name: string, verdict: OutsideVerdict): void {
  for (const step of verdict.steps ?? []) recorder.add({ ...step, name: `${name}: ${step.name}` })
  recorder.add(verdict.ok ? { name, ok: true } : { name, ok: false, code: verdict.code, detail: verdict.detail })
}

import {
  checkReceipt,
  type Endpoint,
  type Hex,
  hashOffer,
  hashReceipt,
  type JsonObject,
  type Keccak,
  type Offer,
  type RecoverPublicKey,
  type SettlementMode,
} from '@og/settlement'
import type { PaymentPayload } from '@og/x402'
import { CHANNEL_SCHEME } from '@og/x402/channel'
import type { Payment } from '@og/x402/client'
import { offerHashOf } from '@og/x402/evm'
import { type AnswerReceipt, hasAnswerReceipt, parseAnswerReceipt } from './answer-receipt.js'
import { CLOCK_SKEW_SECONDS } from './defaults.js'
import { failureEvidenceOf } from './failure-evidence.js'
import { countAt, objectAt, stringAt } from './read-json.js'
import { createStepList, failedStepOf, type StepList, type Verification } from './verification.js'
import { VerificationError } from './verification-error.js'
import type { VerifiedNode } from './verify-node.js'

/** Everything that a verified answer stands on; the source of `receipt.json`. */
export interface AnswerEvidence {
  readonly endpoint: Endpoint
  readonly request: JsonObject
  /** The answer in its unstreamed shape. */
  readonly response: JsonObject
  readonly node: VerifiedNode
  readonly payment: PaymentPayload
  readonly answer: AnswerReceipt
  readonly verification: Verification
}

/** Options of {@link verifyAnswer}. */
export interface VerifyAnswerOptions {
  readonly endpoint: Endpoint
  readonly request: JsonObject
  readonly response: JsonObject
  /** The payment that this very call signed. */
  readonly payment: Payment
  /** The node that this client has verified under an id. */
  readonly nodeOf: (nodeId: Hex) => VerifiedNode | undefined
  /** The node that the call was meant for, for the report when none matches. */
  readonly expectedNode: VerifiedNode
  /** True when the caller asked for TEE: the node must be attested. */
  readonly attested: boolean
  readonly settlement: SettlementMode
  /** Unix seconds. */
  readonly now: bigint
  readonly recover: RecoverPublicKey
  readonly keccak: Keccak
}

/**
 * Judges an answer by the receipt that came with it: signature, commitments, price, payment, mode. Every check is kept by name.
 * @throws VerificationError `VERIFICATION_MISSING_RECEIPT`, `VERIFICATION_RECEIPT`. Neither holds any part of the answer.
 */
export function verifyAnswer(options: VerifyAnswerOptions): AnswerEvidence {
  const { request, response, endpoint, payment } = options
  const list = createStepList()
  const isBound = payment.requirements.scheme !== CHANNEL_SCHEME
  const report = (node: VerifiedNode, label: Verification['label']): Verification => ({
    ok: failedStepOf(list.steps) === undefined,
    nodeId: node.nodeId,
    platform: node.platform,
    label,
    steps: [...node.steps, ...list.steps],
    notChecked: [
      ...node.notChecked,
      ...NOT_CHECKED,
      ...(isBound ? [] : [NOT_BOUND]),
      ...(node.attested && label === 'vanilla' ? [NOT_WITNESSED] : []),
    ],
  })
  const found = { request, response: { endpoint, body: response }, payment: payment.payload }

  if (
    !list.check('receipt present', hasAnswerReceipt(response), {
      code: 'MISSING',
      detail: 'the answer carries no receipt',
    })
  ) {
    throw new VerificationError('VERIFICATION_MISSING_RECEIPT', 'the answer carries no receipt: it was thrown away', {
      verification: report(options.expectedNode, null),
      paymentHash: payment.paymentHash,
      evidence: failureEvidenceOf({ ...found, node: options.expectedNode }),
    })
  }
  let answer: AnswerReceipt
  try {
    answer = parseAnswerReceipt(response)
  } catch (error) {
    // Parsers name fields and shapes, never values.
    list.check('receipt format', false, {
      code: 'MALFORMED',
      detail: error instanceof Error ? error.message : 'the receipt cannot be read',
    })
    throw refused(report(options.expectedNode, null), {
      paymentHash: payment.paymentHash,
      evidence: failureEvidenceOf({ ...found, node: options.expectedNode }),
    })
  }
  const node = options.nodeOf(answer.receipt.nodeId) ?? options.expectedNode
  list.check('attested node', !options.attested || node.attested, {
    code: 'NOT_ATTESTED',
    detail: 'TEE was asked for, and the node that signed is not attested',
  })
  const offerHash = hashOffer(answer.offer, node.domain, options)
  // What this client signed itself needs no recovery; that it is what the receipt names is judged below.
  if (isBound) {
    list.check('payment bound to request', payment.bound, {
      code: 'request_binding_missing',
      detail: 'the node offered no binding: the payment would serve for another body',
    })
  }
  list.check('paid offer', offerHashOf(payment.requirements) === offerHash, {
    code: 'OFFER_CHANGED',
    detail: 'the receipt stands on another offer than the one that was paid',
  })
  const verdict = checkReceipt({
    receipt: answer.receipt,
    terms: answer.terms,
    signature: answer.signature,
    salts: answer.salts,
    domain: node.domain,
    manifest: node.manifest,
    offer: answer.offer,
    offerSignature: answer.offerSignature,
    request,
    endpoint,
    response,
    expected: {
      mode: options.attested ? 'TEE' : 'VANILLA',
      settlement: options.settlement,
      paymentHash: payment.paymentHash,
      payer: payment.payer,
      authorized: payment.authorized,
    },
    recover: options.recover,
    keccak: options.keccak,
  })
  list.check('payment scheme', answer.terms.scheme === payment.requirements.scheme, {
    code: 'SCHEME',
    detail: 'the terms name another scheme than the one that was paid with',
  })
  list.take(verdict.steps)
  list.check('receipt digest', hashReceipt(answer.receipt, node.domain, options) === answer.receiptDigest, {
    code: 'RECEIPT_DIGEST',
    detail: 'the named digest is not the digest of the receipt',
  })
  list.check('payment name', answer.paymentHash === answer.receipt.paymentHash, {
    code: 'PAYMENT_HASH',
    detail: 'the named payment is not the one in the receipt',
  })
  checkContent(list, { endpoint, answer, response, now: options.now })
  list.check('label', isLabelTrue(answer, node), {
    code: 'WRONG_LABEL',
    detail: `this answer of a ${node.manifest.mode} node cannot be labelled ${answer.label}`,
  })

  // A node that has not proved itself calls its answers what it likes: only what claims nothing is passed on.
  const isShown = node.attested || answer.label === 'scripted'
  const verification = report(node, isShown ? answer.label : 'vanilla')
  if (!verification.ok) {
    throw refused(verification, {
      paymentHash: payment.paymentHash,
      evidence: failureEvidenceOf({ ...found, node, answer }),
    })
  }
  return { endpoint, request, response, node, payment: payment.payload, answer, verification }
}

/** What the signed terms say must be what the body shows. */
function checkContent(
  list: StepList,
  input: {
    readonly endpoint: Endpoint
    readonly answer: AnswerReceipt
    readonly response: JsonObject
    readonly now: bigint
  },
): void {
  const { terms, receipt, offer } = input.answer
  const usage = objectAt(input.response, 'usage')
  const counted = {
    promptTokens: countAt(usage, 'prompt_tokens'),
    completionTokens: countAt(usage, 'completion_tokens') ?? (input.endpoint === 'embeddings' ? 0 : undefined),
    cachedPromptTokens: countAt(objectAt(usage, 'prompt_tokens_details'), 'cached_tokens') ?? 0,
    reasoningTokens: countAt(objectAt(usage, 'completion_tokens_details'), 'reasoning_tokens') ?? 0,
  }
  const sameUsage =
    isCount(counted.promptTokens, terms.promptTokens) &&
    isCount(counted.completionTokens, terms.completionTokens) &&
    isCount(counted.cachedPromptTokens, terms.cachedPromptTokens) &&
    isCount(counted.reasoningTokens, terms.reasoningTokens)
  list.check('shown usage', sameUsage, {
    code: 'USAGE',
    detail: 'the shown token counts are not those of the signed terms',
  })
  list.check('shown cost', isCost(usage?.['cost'], { charged: terms.charged, offer }), {
    code: 'COST',
    detail: 'the shown cost is not the signed charge',
  })
  list.check('whole answer', terms.outcome !== ABORTED, {
    code: 'ANSWER_ABORTED',
    detail: 'the node gave the answer up half-way, when nobody read it any more; what it had delivered was charged',
  })
  const finished = stringAt(firstChoice(input.response), 'finish_reason')
  list.check('finish reason', terms.outcome === (finished === 'length' ? 1 : 0), {
    code: 'OUTCOME',
    detail: 'the signed outcome does not fit the finish reason',
  })
  list.check('clock', receipt.finishedAt <= input.now + CLOCK_SKEW_SECONDS, {
    code: 'IN_THE_FUTURE',
    detail: 'the receipt says that the answer was finished in the future',
  })
}

/** `usage.cost` is a courtesy in token units: when shown it must round to the signed charge. */
function isCost(cost: unknown, signed: { readonly charged: bigint; readonly offer: Offer }): boolean {
  if (cost === undefined) return true
  if (typeof cost !== 'number') return false
  const charged = Number(signed.charged) / 10 ** signed.offer.decimals
  return Math.abs(cost - charged) <= charged * 1e-9
}

/**
 * The label must follow from what is signed: a scripted model is no provider and has to say so, and only an enclave can have witnessed one.
 * `vanilla` claims nothing: it is also what an enclave says whose provider it reaches without TLS.
 */
function isLabelTrue({ label, terms }: AnswerReceipt, node: VerifiedNode): boolean {
  if (label === 'scripted' || terms.upstream === 'scripted') return label === terms.upstream
  return label === 'vanilla' || node.manifest.mode === 'TEE'
}

function isCount(shown: number | undefined, signed: bigint): boolean {
  return shown !== undefined && BigInt(shown) === signed
}

function firstChoice(response: JsonObject): JsonObject | undefined {
  const choices = response['choices']
  return Array.isArray(choices) ? choices[0] : undefined
}

/** What no check of a fresh answer can say. */
const NOT_CHECKED: readonly string[] = [
  'record: it reaches the chain after the answer; wait for settlement()',
  'weights: the model name is signed, but nothing shows which weights a provider ran',
  'upstream request: the bytes sent to the provider are committed to, not shown',
]

/** The signed outcome of an answer that was given up half-way. */
const ABORTED = 2

const NOT_WITNESSED =
  'provider: the enclave reached it without TLS, so that whoever stands between them could have answered'

const NOT_BOUND = 'payment binding: a voucher names no request; the receipt is what binds the two'

function refused(
  verification: Verification,
  details: { readonly paymentHash: Hex; readonly evidence: JsonObject },
): VerificationError {
  const step = failedStepOf(verification.steps)
  return new VerificationError(
    step?.code === 'ANSWER_ABORTED' ? 'VERIFICATION_TRUNCATED' : 'VERIFICATION_RECEIPT',
    `the receipt does not hold: ${step?.name ?? 'unknown'}: ${step?.detail ?? 'failed'}; the answer was thrown away`,
    { reason: step?.code, verification, ...details },
  )
}

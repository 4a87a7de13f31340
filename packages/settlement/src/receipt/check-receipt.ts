import { commit } from '../commitment.js'
import { isSameHex } from '../hex.js'
import { keccak256 } from '../keccak.js'
import { nodeIdOf } from '../manifest/key-manifest.js'
import { inferenceModes, modeCodeOf, settlementModes } from '../modes.js'
import { hashRequest } from '../request.js'
import { type Endpoint, hashTranscript, transcriptOf } from '../transcript.js'
import type { CheckReceiptInput } from './check-input.js'
import { checkOffer } from './check-offer.js'
import { type CheckVerdict, createStepRecorder, type StepTaker } from './check-step.js'
import { checkTerms } from './check-terms.js'
import { hashReceipt } from './receipt.js'
import type { ReceiptCode } from './receipt-code.js'
import { recoverSigner } from './signature.js'
import { hashTerms } from './terms.js'

/**
 * Checks a receipt against everything that the caller knows: signature, node, mode, commitments, payment, charge.
 * All checks run and are listed; the verdict's code is that of the first that failed. Never throws because of its
 * input.
 *
 * @example
 * const verdict = checkReceipt({ receipt, terms, signature, salts, domain, manifest, request: body, response: answer })
 * if (!verdict.ok) throw new Error(verdict.code) // e.g. RESPONSE_COMMITMENT
 */
export function checkReceipt(input: CheckReceiptInput): CheckVerdict<ReceiptCode> {
  const recorder = createStepRecorder<ReceiptCode>()
  addReceiptChecks(recorder, input)
  return recorder.verdict()
}

/** Makes the checks of {@link checkReceipt} for somebody who judges by more than them. */
export function addReceiptChecks(recorder: StepTaker<ReceiptCode>, input: CheckReceiptInput): void {
  checkNode(recorder, input)
  checkKind(recorder, input)
  recorder.check('terms', 'TERMS_HASH', () =>
    isSameHex({ left: hashTerms(input.terms, input), right: input.receipt.termsHash })
      ? undefined
      : 'the terms are not those of the receipt',
  )
  checkCommitments(recorder, input)
  checkTerms(recorder, input)
  checkOffer(recorder, input)
}

function checkNode({ check }: StepTaker<ReceiptCode>, input: CheckReceiptInput): void {
  const { receipt, terms, signature, domain, manifest, recover } = input
  check('signature', 'RECEIPT_SIGNATURE', () =>
    isSameHex({
      left: recoverSigner(hashReceipt(receipt, domain, input), signature, recover),
      right: manifest.receiptKey,
    })
      ? undefined
      : 'not signed by the receipt key of the manifest',
  )
  check('node', 'WRONG_NODE', () =>
    isSameHex({ left: nodeIdOf(manifest, input), right: receipt.nodeId })
      ? undefined
      : 'nodeId is not that of the manifest',
  )
  check('log', 'WRONG_LOG', () =>
    isSameHex({ left: manifest.logId, right: receipt.logId }) ? undefined : 'logId is not that of the manifest',
  )
  check('record contract', 'WRONG_DOMAIN', () => {
    const { chainId, inferenceLog } = manifest.record
    const isSame = chainId === domain.chainId && isSameHex({ left: inferenceLog, right: domain.verifyingContract })
    return isSame ? undefined : 'the manifest records on another chain or contract'
  })
  check('node validity', 'OUTSIDE_VALIDITY', () =>
    manifest.notBefore <= receipt.finishedAt && receipt.finishedAt <= manifest.notAfter
      ? undefined
      : 'finishedAt is outside the validity of the manifest',
  )
  check('times', 'TIME_ORDER', () =>
    terms.receivedAt <= receipt.finishedAt && receipt.finishedAt <= receipt.settleBy
      ? undefined
      : 'not receivedAt ≤ finishedAt ≤ settleBy',
  )
}

function checkKind(
  { check, skip }: StepTaker<ReceiptCode>,
  { receipt, manifest, expected = {} }: CheckReceiptInput,
): void {
  check('mode', 'WRONG_MODE', () => {
    const mode = inferenceModes[receipt.mode]
    if (mode === undefined || modeCodeOf(manifest.mode) !== receipt.mode) return 'mode is not that of the manifest'
    return expected.mode === 'TEE' && mode !== 'TEE' ? 'TEE was asked for' : undefined
  })
  check('settlement', 'WRONG_SETTLEMENT', () => {
    const settlement = settlementModes[receipt.settlement]
    if (settlement === undefined) return 'unknown settlement mode'
    const isExpected = expected.settlement === undefined || expected.settlement === settlement
    return isExpected ? undefined : `${expected.settlement} was asked for, the receipt says ${settlement}`
  })
  const { paymentHash, attempt } = expected
  if (paymentHash === undefined) skip('payment hash')
  else {
    check('payment hash', 'PAYMENT_HASH', () =>
      isSameHex({ left: paymentHash, right: receipt.paymentHash }) ? undefined : 'the receipt is for another payment',
    )
  }
  if (attempt === undefined) skip('attempt')
  else
    check('attempt', 'ATTEMPT', () => (attempt === receipt.attempt ? undefined : 'the receipt is for another attempt'))
}

function checkCommitments({ check, skip }: StepTaker<ReceiptCode>, input: CheckReceiptInput): void {
  const { receipt, terms, salts, request, response, upstreamRequest } = input
  if (request === undefined) skip('request')
  else {
    check('request', 'REQUEST_COMMITMENT', () =>
      isSameHex({
        left: commit({ salt: salts.request, hash: hashRequest(request, input) }, input),
        right: receipt.requestCommitment,
      })
        ? undefined
        : 'the receipt is for another request',
    )
    // `request.model` may be an alias; the receipt must name what was asked for.
    check('model requested', 'MODEL_REQUESTED', () =>
      request['model'] === terms.modelRequested ? undefined : 'modelRequested is not the model of the request',
    )
  }
  if (response === undefined) skip('response')
  else {
    const endpoint = input.endpoint ?? endpointOf(response)
    check('response', 'RESPONSE_COMMITMENT', () => {
      const hash = hashTranscript(transcriptOf(endpoint, response), input)
      return isSameHex({ left: commit({ salt: salts.response, hash }, input), right: receipt.responseCommitment })
        ? undefined
        : 'the receipt is for another response'
    })
    check('model answered', 'MODEL_ANSWERED', () =>
      transcriptOf(endpoint, response).model === terms.modelAnswered
        ? undefined
        : 'modelAnswered is not the model of the response',
    )
  }
  if (upstreamRequest === undefined) skip('upstream request')
  else {
    check('upstream request', 'UPSTREAM_REQUEST_COMMITMENT', () => {
      const commitment = commit({ salt: salts.upstreamRequest, hash: keccak256(upstreamRequest, input) }, input)
      return isSameHex({ left: commitment, right: terms.upstreamRequestCommitment })
        ? undefined
        : 'other bytes were sent upstream'
    })
  }
}

function endpointOf(response: unknown): Endpoint {
  const object = typeof response === 'object' && response !== null && 'object' in response ? response.object : undefined
  if (object === 'list') return 'embeddings'
  return object === 'text_completion' ? 'completions' : 'chat.completions'
}

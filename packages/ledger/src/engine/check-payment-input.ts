import {
  MAX_ANSWER_BYTES,
  MAX_INTENTS,
  requireAddress,
  requireCount,
  requireHash,
  requireHex,
  requireInteger,
  requireLease,
  requireOneOf,
  requireText,
  requireUint256,
} from '../check-input.js'
import type { FinishInput, ReserveInput } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'

/** Refuses malformed input and brings keys to one spelling, before anything is queued. */
export function normalizeReserve(input: ReserveInput): ReserveInput {
  requireOneOf('mode', input.mode, ['VANILLA', 'TEE'])
  requireOneOf('settlement', input.settlement, ['SETTLE', 'SETTLE_METADATA', 'SETTLE_BATCH'])
  requireInteger('chainId', input.chainId)
  requireUint256('authorized', input.authorized)
  requireUint256('validBefore', input.validBefore)
  requireLease('leaseSeconds', input.leaseSeconds)
  requireText('scheme', input.scheme, 64)
  requireText('network', input.network, 128)
  requireText('payload', input.payload)
  if (input.exposureLimit !== undefined) requireUint256('exposureLimit', input.exposureLimit)
  if (input.paidBefore !== undefined) requireUint256('paidBefore', input.paidBefore)
  return {
    ...input,
    nonceContract: requireAddress('nonceContract', input.nonceContract),
    payer: requireAddress('payer', input.payer),
    nonce: requireHash('nonce', input.nonce),
    paymentHash: requireHash('paymentHash', input.paymentHash),
    requestHash: requireHash('requestHash', input.requestHash),
    asset: requireAddress('asset', input.asset),
    payTo: requireAddress('payTo', input.payTo),
    salts: {
      request: requireHash('salts.request', input.salts.request),
      response: requireHash('salts.response', input.salts.response),
      upstreamRequest: requireHash('salts.upstreamRequest', input.salts.upstreamRequest),
      terms: requireHash('salts.terms', input.salts.terms),
    },
  }
}

/** Refuses malformed input and brings keys to one spelling, before anything is queued. */
export function normalizeFinish(input: FinishInput): FinishInput {
  requireCount('attempt', input.attempt, 1)
  requireUint256('charged', input.charged)
  requireOneOf('outcome', input.outcome, [0, 1, 2, 3, 4])
  requireText('receiptJson', input.receiptJson)
  requireText('termsJson', input.termsJson)
  if (input.answer !== undefined && input.answer.length > MAX_ANSWER_BYTES)
    throw new LedgerError('INVALID_INPUT', `answer must be at most ${MAX_ANSWER_BYTES} bytes`)
  if (input.intents.length > MAX_INTENTS) throw new LedgerError('INVALID_INPUT', `at most ${MAX_INTENTS} intents`)
  const movesMoney = input.intents.some((intent) => intent.kind === 'payment')
  // A failed attempt may run again, so that it must never be able to charge.
  if (input.outcome === 3 && (input.charged !== 0n || movesMoney))
    throw new LedgerError('INVALID_INPUT', 'a failed attempt is charged 0 and has no payment intent')
  if (movesMoney && input.charged === 0n)
    throw new LedgerError('INVALID_INPUT', 'a payment intent needs a charge above 0')
  return {
    ...input,
    paymentHash: requireHash('paymentHash', input.paymentHash),
    receiptDigest: requireHash('receiptDigest', input.receiptDigest),
    logId: requireHash('logId', input.logId),
    signature: requireHex('signature', input.signature),
    intents: input.intents.map((intent) => ({
      ...intent,
      kind: requireOneOf('intent.kind', intent.kind, ['payment', 'record', 'metadata', 'refund']),
      dedupeKey: requireHash('intent.dedupeKey', intent.dedupeKey),
      body: requireText('intent.body', intent.body),
      ...(intent.deadline === undefined ? {} : { deadline: requireUint256('intent.deadline', intent.deadline) }),
    })),
  }
}

import {
  hashOffer,
  hashRequest,
  type JsonObject,
  type OutsideVerdict,
  type ReceiptBundle,
  type Terms,
} from '@og/settlement'
import { evmChainId, type PaymentPayload, parsePaymentPayload, X402Error } from '@og/x402'
import { CHANNEL_SCHEME } from '@og/x402/channel'
import { checkRequestBinding } from '@og/x402/evm'
import { outsideVerdictOf } from './outside-verdict.js'
import type { VerificationStep } from './verification.js'
import { verifyPayment } from './verify-payment.js'

/** What a payment proves, and what it leaves open. */
export interface PaymentFinding {
  readonly verdict: OutsideVerdict
  readonly notChecked: readonly string[]
}

const NOT_BOUND = 'payment binding: the payment names neither request nor offer; the receipt is what binds them to it'
const RUNNING_TOTAL =
  'payment amount: a voucher signs the total of its channel; what of it was for this call is the word of the node'

/** The payment must be the payer's own, have the receipt's hash, pay the terms' offer, and be bound to the request where that is known. */
export function judgePayment(
  json: JsonObject,
  options: { readonly bundle: ReceiptBundle; readonly request: JsonObject | undefined },
): PaymentFinding {
  const { receipt, terms, offer, chain } = options.bundle
  let payment: PaymentPayload
  try {
    payment = parsePaymentPayload(json)
  } catch (error) {
    if (!(error instanceof X402Error)) throw error
    return { verdict: { ok: false, code: error.code, detail: error.message }, notChecked: [] }
  }
  const paid = verifyPayment(payment, { at: terms.receivedAt })
  if (!paid.ok) return { verdict: { ok: false, code: paid.code, detail: paid.detail }, notChecked: [] }
  const offerHash = hashOffer(offer, chain)
  const steps: VerificationStep[] = []
  const check = (name: string, ok: boolean, code: string, detail: string): void => {
    steps.push(ok ? { name, ok } : { name, ok, code, detail })
  }
  check('signature', true, '', '')
  check(
    'payment hash',
    paid.paymentHash === receipt.paymentHash,
    'PAYMENT_HASH',
    'the payment has another hash than the receipt',
  )
  check(
    'payer',
    paid.payer.toLowerCase() === terms.payer.toLowerCase(),
    'PAYER',
    'the payment was signed by somebody else',
  )
  check('amount', paid.authorized === terms.authorized, 'AUTHORIZED', 'the payment authorises another amount')
  check(
    'terms',
    isPaidAs(payment, terms),
    'PAYMENT_TERMS',
    'the payment is on another chain, in another asset or to another payee',
  )
  check('scheme', paid.scheme === terms.scheme, 'SCHEME', 'the payment uses another scheme')
  check('offer', paid.offerHash === offerHash, 'OFFER_CHANGED', 'the payment accepted another offer')
  // A voucher has no nonce that could be bound.
  if (paid.scheme === CHANNEL_SCHEME) {
    return { verdict: outsideVerdictOf(steps, 'PAYMENT'), notChecked: [NOT_BOUND, RUNNING_TOTAL] }
  }
  if (options.request === undefined) return { verdict: outsideVerdictOf(steps, 'PAYMENT'), notChecked: [] }
  const binding = checkRequestBinding(payment, { offerHash, requestHash: hashRequest(options.request) })
  // Of a foreign client's payment nothing was compared with the request: that is no check that passed.
  const isBound = !binding.ok || binding.bound
  if (isBound) check('request', binding.ok, binding.ok ? '' : binding.code, 'the payment is bound to another request')
  return { verdict: outsideVerdictOf(steps, 'PAYMENT'), notChecked: isBound ? [] : [NOT_BOUND] }
}

/** What a payment accepted has been compared with what is signed in it. */
function isPaidAs({ accepted }: PaymentPayload, terms: Terms): boolean {
  return (
    evmChainId(accepted.network) === terms.paymentChainId &&
    accepted.asset.toLowerCase() === terms.asset.toLowerCase() &&
    accepted.payTo.toLowerCase() === terms.payTo.toLowerCase()
  )
}

import type { Address, Hex } from '@og/settlement'
import type { PaymentPayload } from '@og/x402'
import { verifyAuthorization } from '@og/x402/evm'
import { objectAt, stringAt } from './read-json.js'

/** What a signed payment says, recomputed from its signature. */
export type PaymentVerdict =
  | {
      readonly ok: true
      readonly payer: Address
      readonly paymentHash: Hex
      readonly authorized: bigint
      readonly scheme: string
      /** The offer that the payer accepted with it. */
      readonly offerHash: Hex | undefined
    }
  | { readonly ok: false; readonly code: string; readonly detail: string }

/** Recomputes payer, payment hash and authorised amount from a payment's signature, as of a time. */
export function verifyPayment(payment: PaymentPayload, options: { readonly at: bigint }): PaymentVerdict {
  const verdict = verifyAuthorization(payment, payment.accepted, { now: options.at, minValiditySeconds: 0n })
  if (!verdict.ok) return { ok: false, code: verdict.code, detail: verdict.detail }
  const offerHash = stringAt(objectAt(payment.accepted.extra ?? undefined, 'og'), 'offerHash')
  return {
    ok: true,
    payer: verdict.payer,
    paymentHash: verdict.paymentHash,
    authorized: verdict.authorized,
    scheme: verdict.scheme,
    offerHash: offerHash === undefined ? undefined : `0x${offerHash.slice(2).toLowerCase()}`,
  }
}

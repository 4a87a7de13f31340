import { decodePaymentPayload, PAYMENT_SIGNATURE_HEADER } from '../protocol/header.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import { type Refusal, refusal } from '../protocol/reason.js'
import { X402Error } from '../x402-error.js'

/** The payment of a request: one that parses, none, or a refusal. */
export type ReadPayment = { readonly ok: true; readonly payload: PaymentPayload | undefined } | Refusal

/** Reads the value of a `PAYMENT-SIGNATURE` header, `null` when there is none. */
export function decodePayment(header: string | null): ReadPayment {
  if (header === null) return { ok: true, payload: undefined }
  try {
    return { ok: true, payload: decodePaymentPayload(header) }
  } catch (error) {
    const version = error instanceof X402Error && error.code === 'UNSUPPORTED_VERSION'
    return refusal(version ? 'invalid_x402_version' : 'invalid_payload', 'the payment header does not parse')
  }
}

/** Reads the `PAYMENT-SIGNATURE` header of a request. A doubled header arrives joined by a comma and is malformed. */
export function readPayment(request: Request): ReadPayment {
  return decodePayment(request.headers.get(PAYMENT_SIGNATURE_HEADER))
}

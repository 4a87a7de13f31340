import { decodePaymentPayload, PAYMENT_SIGNATURE_HEADER } from '../protocol/header.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import { type Refusal, refusal } from '../protocol/reason.js'
import { X402Error } from '../x402-error.js'

/** The payment of a request: one that parses, none, or a refusal. */
export type ReadPayment = { readonly ok: true; readonly payload: PaymentPayload | undefined } | Refusal

/** Reads the `PAYMENT-SIGNATURE` header of a request. A doubled header arrives joined by a comma and is malformed. */
export function readPayment(request: Request): ReadPayment {
  const header = request.headers.get(PAYMENT_SIGNATURE_HEADER)
  if (header === null) return { ok: true, payload: undefined }
  try {
    return { ok: true, payload: decodePaymentPayload(header) }
  } catch (error) {
    const version = error instanceof X402Error && error.code === 'UNSUPPORTED_VERSION'
    return refusal(version ? 'invalid_x402_version' : 'invalid_payload', 'the payment header does not parse')
  }
}

import type { JsonObject } from '@og/settlement'
import type { PaymentPayload } from '@og/x402'

/** The payment as it was sent, without members that JSON would drop. */
export function paymentJson(payment: PaymentPayload): JsonObject {
  const { accepted, resource, extensions } = payment
  return {
    x402Version: payment.x402Version,
    ...(resource === undefined ? {} : { resource: { ...resource } }),
    accepted: { ...accepted, extra: accepted.extra ?? null },
    payload: payment.payload,
    ...(extensions === undefined ? {} : { extensions }),
  }
}

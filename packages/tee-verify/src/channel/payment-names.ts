/**
 * Where payment headers travel. `outside`: readable on the outer message, so that x402 middleware and proxies can work with
 * them, and bound to the sealed one as associated data. `inside`: in the seal, like every other header.
 */
export type PaymentHeaders = 'outside' | 'inside'

/** The payment headers of requests (x402 version 2, version 1). */
export const PAYMENT_REQUEST_HEADERS: ReadonlySet<string> = new Set(['payment-signature', 'x-payment'])

/** The payment headers of answers (x402 version 2, version 1). */
export const PAYMENT_RESPONSE_HEADERS: ReadonlySet<string> = new Set([
  'payment-required',
  'payment-response',
  'x-payment-response',
])

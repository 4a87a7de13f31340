import { PAYMENT_RESPONSE_HEADERS } from './payment-names.js'
import { MAX_PLAIN_PAYMENT_BYTES } from './protocol.js'
import { readBounded } from './read-bounded.js'

/** True for an answer that asks for a payment and was not sealed: x402 middleware in front of the node has no key. */
export function isPlainPaymentRequired(response: Response): boolean {
  return response.status === 402
}

/**
 * Rebuilds a plain 402 from its body and payment headers; nothing else of it reaches the caller.
 * @throws {ChannelError} `TOO_LARGE`, `TRUNCATED`.
 */
export async function readPlainPaymentRequired(response: Response, signal: AbortSignal | null): Promise<Response> {
  const headers = new Headers()
  for (const name of ['content-type', ...PAYMENT_RESPONSE_HEADERS]) {
    const value = response.headers.get(name)
    if (value !== null) headers.set(name, value)
  }
  const body =
    response.body === null ? null : await readBounded(response.body, { maxBytes: MAX_PLAIN_PAYMENT_BYTES, signal })
  return new Response(body, { status: response.status, headers })
}

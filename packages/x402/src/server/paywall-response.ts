import { encodePaymentHeader, PAYMENT_RESPONSE_HEADER } from '../protocol/header.js'
import { type Reason, statusOfReason } from '../protocol/reason.js'
import type { SettleResponse } from '../protocol/settle-response.js'
import { EXPOSED_HEADERS } from './cors.js'

function errorBody(message: string, type: string, code: string): string {
  return JSON.stringify({ error: { message, type, param: null, code } })
}

/** A refusal that asks for no payment: nothing about it would become right by paying (again). */
export function failureResponse(
  reason: Reason,
  detail: string,
  options: { readonly settlement?: SettleResponse | undefined; readonly headers?: Record<string, string> } = {},
): Response {
  const { settlement } = options
  return new Response(errorBody(detail, 'payment_error', reason), {
    status: statusOfReason(reason),
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'access-control-expose-headers': EXPOSED_HEADERS,
      ...(settlement === undefined ? {} : { [PAYMENT_RESPONSE_HEADER]: encodePaymentHeader(settlement) }),
      ...options.headers,
    },
  })
}

/** The answer to a body above the limit. */
export function bodyTooLargeResponse(): Response {
  return new Response(errorBody('the body is too large', 'invalid_request_error', 'body_too_large'), {
    status: 413,
    headers: { 'content-type': 'application/json' },
  })
}

/** Dresses a handler's answer: its settlement, no public caching, and no payment headers that are not this server's. */
export function paidResponse(response: Response, settlement: SettleResponse | undefined): Response {
  const headers = new Headers(response.headers)
  // An upstream must not speak for this server's payments.
  for (const name of ['payment-required', 'settlement-overrides', 'x-payment-response', PAYMENT_RESPONSE_HEADER]) {
    headers.delete(name)
  }
  if (settlement !== undefined) headers.set(PAYMENT_RESPONSE_HEADER, encodePaymentHeader(settlement))
  const caching = headers.get('cache-control')
  if (caching === null) headers.set('cache-control', 'private')
  else if (!/\b(?:private|no-store)\b/i.test(caching)) headers.set('cache-control', `${caching}, private`)
  headers.set('access-control-expose-headers', EXPOSED_HEADERS)
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}

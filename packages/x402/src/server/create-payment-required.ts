import { encodePaymentHeader, PAYMENT_REQUIRED_HEADER, PAYMENT_RESPONSE_HEADER } from '../protocol/header.js'
import type { JsonObject } from '../protocol/json.js'
import { type PaymentRequired, parsePaymentRequired } from '../protocol/payment-required.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { statusOfReason } from '../protocol/reason.js'
import type { ResourceInfo } from '../protocol/resource-info.js'
import type { SettleResponse } from '../protocol/settle-response.js'
import { EXPOSED_HEADERS } from './cors.js'

/** Options of {@link createPaymentRequired}. */
export interface CreatePaymentRequiredOptions {
  readonly resource: ResourceInfo
  readonly accepts: readonly PaymentRequirements[]
  /** Why payment is asked for; `Payment required` when absent. */
  readonly error?: string
  readonly extensions?: JsonObject
}

/**
 * Builds the message of a 402, checked as strictly as a received one.
 * @throws X402Error `MALFORMED_MESSAGE`, `INVALID_AMOUNT`, `INVALID_NETWORK` when the options are not valid
 */
export function createPaymentRequired(options: CreatePaymentRequiredOptions): PaymentRequired {
  return parsePaymentRequired({ x402Version: 2, error: 'Payment required', ...options })
}

/** Options of {@link paymentRequiredResponse}. */
export interface PaymentRequiredResponseOptions {
  /** 402, 409, 412 or 502 by the reason in `error` when absent. */
  readonly status?: number
  /** Body of the answer; `{}` as official servers send when absent. */
  readonly body?: JsonObject
  /** The outcome of a settlement that failed. */
  readonly settlement?: SettleResponse
}

/** Writes a `PaymentRequired` as an HTTP answer that no cache keeps. */
export function paymentRequiredResponse(
  required: PaymentRequired,
  options: PaymentRequiredResponseOptions = {},
): Response {
  const headers = new Headers({
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'access-control-expose-headers': EXPOSED_HEADERS,
    [PAYMENT_REQUIRED_HEADER]: encodePaymentHeader(required),
  })
  if (options.settlement !== undefined) headers.set(PAYMENT_RESPONSE_HEADER, encodePaymentHeader(options.settlement))
  return new Response(JSON.stringify(options.body ?? {}), {
    status: options.status ?? statusOfReason(required.error ?? ''),
    headers,
  })
}

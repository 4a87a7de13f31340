import { X402Error } from '../x402-error.js'
import { decodeBase64Text, encodeBase64Text } from './base64.js'
import { type JsonObject, parseJsonText } from './json.js'
import { type PaymentPayload, readPaymentPayload } from './payment-payload.js'
import { type PaymentRequired, parsePaymentRequired } from './payment-required.js'
import { parseSettleResponse, type SettleResponse } from './settle-response.js'
import type { PaymentPayloadVersionOne } from './version-one.js'

/** Header of a 402 or 412 answer. */
export const PAYMENT_REQUIRED_HEADER = 'PAYMENT-REQUIRED'
/** Header of a paid request. */
export const PAYMENT_SIGNATURE_HEADER = 'PAYMENT-SIGNATURE'
/** Header of an answer after settlement. */
export const PAYMENT_RESPONSE_HEADER = 'PAYMENT-RESPONSE'

/** Writes a message as the value of its header: base64 of its JSON. */
export function encodePaymentHeader(
  message: PaymentRequired | PaymentPayload | SettleResponse | PaymentPayloadVersionOne,
): string {
  return encodeBase64Text(JSON.stringify(message))
}

/**
 * Reads a header of base64 JSON into a bounded object.
 * @throws X402Error `MALFORMED_HEADER`
 */
export function decodeHeaderObject(header: string): JsonObject {
  const text = decodeBase64Text(header)
  try {
    return parseJsonText(text)
  } catch (cause) {
    throw new X402Error('MALFORMED_HEADER', 'the header does not hold a bounded JSON object', { cause })
  }
}

/**
 * Reads a `PAYMENT-REQUIRED` header.
 * @throws X402Error `MALFORMED_HEADER` and the codes of {@link parsePaymentRequired}
 */
export function decodePaymentRequired(header: string): PaymentRequired {
  return parsePaymentRequired(decodeHeaderObject(header))
}

/**
 * Reads a `PAYMENT-SIGNATURE` header.
 * @throws X402Error `MALFORMED_HEADER` and the codes of `parsePaymentPayload`
 */
export function decodePaymentPayload(header: string): PaymentPayload {
  return readPaymentPayload(decodeHeaderObject(header))
}

/**
 * Reads a `PAYMENT-RESPONSE` header.
 * @throws X402Error `MALFORMED_HEADER` and the codes of {@link parseSettleResponse}
 */
export function decodeSettleResponse(header: string): SettleResponse {
  return parseSettleResponse(decodeHeaderObject(header))
}

import {
  decodeHeaderObject,
  decodePaymentRequired,
  decodeSettleResponse,
  PAYMENT_REQUIRED_HEADER,
  PAYMENT_RESPONSE_HEADER,
} from '../protocol/header.js'
import type { SettleResponse } from '../protocol/settle-response.js'
import { parseSettlementVersionOne, X_PAYMENT_RESPONSE_HEADER } from '../protocol/version-one.js'

/**
 * The server's settlement outcome from the `PAYMENT-RESPONSE` header, or version 1's `X-PAYMENT-RESPONSE`; `undefined` when there is none or it is malformed.
 * It is the server's word, not a proof.
 */
export function settlementOf(response: Response): SettleResponse | undefined {
  const header = response.headers.get(PAYMENT_RESPONSE_HEADER)
  const older = response.headers.get(X_PAYMENT_RESPONSE_HEADER)
  try {
    if (header !== null) return decodeSettleResponse(header)
    return older === null ? undefined : parseSettlementVersionOne(decodeHeaderObject(older))
  } catch {
    return undefined
  }
}

/** Why a paid request was refused, from the headers of a 402, 409 or 412; `undefined` when they do not say. */
export function refusalReasonOf(response: Response): string | undefined {
  const reason = settlementOf(response)?.errorReason
  if (reason !== undefined) return reason
  const header = response.headers.get(PAYMENT_REQUIRED_HEADER)
  if (header === null) return undefined
  try {
    return decodePaymentRequired(header).error
  } catch {
    return undefined
  }
}

import { LedgerError } from '@og/ledger'
import type { JsonObject, SettleResponse } from '@og/x402'
import type { Log } from './log.js'

/** Every refusal of the gateway, with the HTTP status and the OpenAI error type it travels as. One table, one file. */
const table = {
  config_invalid: { status: 500, type: 'server_error' },
  invalid_http: { status: 400, type: 'invalid_request_error' },
  invalid_json: { status: 400, type: 'invalid_request_error' },
  invalid_request: { status: 400, type: 'invalid_request_error' },
  invalid_header: { status: 400, type: 'invalid_request_error' },
  sealing_required: { status: 400, type: 'invalid_request_error' },
  sealing_not_available: { status: 400, type: 'invalid_request_error' },
  mode_not_available: { status: 400, type: 'invalid_request_error' },
  settlement_not_available: { status: 400, type: 'invalid_request_error' },
  model_not_found: { status: 404, type: 'invalid_request_error' },
  not_found: { status: 404, type: 'invalid_request_error' },
  method_not_allowed: { status: 405, type: 'invalid_request_error' },
  receipt_not_found: { status: 404, type: 'invalid_request_error' },
  not_yet_anchored: { status: 404, type: 'invalid_request_error' },
  request_timeout: { status: 408, type: 'invalid_request_error' },
  request_too_large: { status: 413, type: 'invalid_request_error' },
  metadata_too_large: { status: 413, type: 'invalid_request_error' },
  headers_too_large: { status: 431, type: 'invalid_request_error' },
  unsupported_media_type: { status: 415, type: 'invalid_request_error' },
  payment_required: { status: 402, type: 'payment_required' },
  payment_bound_to_other_request: { status: 409, type: 'payment_error' },
  payment_in_progress: { status: 409, type: 'payment_error' },
  answer_no_longer_stored: { status: 410, type: 'payment_error' },
  rate_limited: { status: 429, type: 'rate_limit_error' },
  upstream_refused: { status: 400, type: 'invalid_request_error' },
  upstream_error: { status: 502, type: 'upstream_error' },
  upstream_timeout: { status: 504, type: 'upstream_error' },
  chain_unavailable: { status: 503, type: 'server_error' },
  ledger_unavailable: { status: 503, type: 'server_error' },
  attestation_failed: { status: 503, type: 'server_error' },
  overloaded: { status: 503, type: 'server_error' },
  admin_refused: { status: 403, type: 'invalid_request_error' },
  keys_already_set: { status: 409, type: 'invalid_request_error' },
  internal_error: { status: 500, type: 'server_error' },
} as const

/** The stable codes of the gateway's refusals. */
export type GatewayErrorCode = keyof typeof table

/** What became of money in spite of a refusal, and what corrects a payer's count. */
export interface PaymentNews {
  readonly settlement?: SettleResponse
  /** Members of the channel's requirements in the 402 that comes with the refusal. */
  readonly channelExtra?: JsonObject
}

/** The gateway's one error. Callers switch on `code`; the message says what to do and never holds a value of the request. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: GatewayErrorCode
  /** The request's field that is wrong, in OpenAI's spelling. */
  readonly param: string | null
  /** A more precise code for the wire, where a protocol has its own (an x402 reason, a field's rule). */
  readonly wireCode: string
  /** Seconds after which a retry makes sense. */
  readonly retryAfterSeconds: number | undefined
  /** What the payer is to be told beside the refusal. */
  readonly payment: PaymentNews

  constructor(
    code: GatewayErrorCode,
    message: string,
    details: {
      readonly param?: string
      readonly wireCode?: string
      readonly retryAfterSeconds?: number
      readonly payment?: PaymentNews
      readonly cause?: unknown
    } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.param = details.param ?? null
    this.wireCode = details.wireCode ?? code
    this.retryAfterSeconds = details.retryAfterSeconds
    this.payment = details.payment ?? {}
  }
}

/** The HTTP status of a refusal. */
export function statusOf(error: GatewayError): number {
  return table[error.code].status
}

/** The refusal as the OpenAI API spells it. */
export function errorBodyOf(error: GatewayError): {
  error: { message: string; type: string; param: string | null; code: string }
} {
  return { error: { message: error.message, type: table[error.code].type, param: error.param, code: error.wireCode } }
}

/** What a caller is told of a failure that is nobody's refusal; the log gets its kind. */
export function internalErrorOf(error: unknown, log: Log): GatewayError {
  log.error('inference failed', {
    error: error instanceof Error ? `${error.name}: ${error.message.slice(0, 200)}` : 'unknown',
  })
  // Fenced: the process stood still, and another one has ended the attempt.
  if (error instanceof LedgerError && (error.code === 'STORE_UNAVAILABLE' || error.code === 'FENCED')) {
    return new GatewayError('ledger_unavailable', 'The node cannot write right now. Nothing was charged: try again.', {
      retryAfterSeconds: 2,
      cause: error,
    })
  }
  return new GatewayError('internal_error', 'The request failed inside the node. Nothing was charged.')
}

import { describe, expect, test } from 'vitest'
import { errorBodyOf, GatewayError, type GatewayErrorCode, statusOf } from './gateway-error.js'

const table: Readonly<Record<GatewayErrorCode, readonly [number, string]>> = {
  config_invalid: [500, 'server_error'],
  invalid_http: [400, 'invalid_request_error'],
  invalid_json: [400, 'invalid_request_error'],
  invalid_request: [400, 'invalid_request_error'],
  invalid_header: [400, 'invalid_request_error'],
  sealing_required: [400, 'invalid_request_error'],
  sealing_not_available: [400, 'invalid_request_error'],
  mode_not_available: [400, 'invalid_request_error'],
  settlement_not_available: [400, 'invalid_request_error'],
  model_not_found: [404, 'invalid_request_error'],
  not_found: [404, 'invalid_request_error'],
  method_not_allowed: [405, 'invalid_request_error'],
  receipt_not_found: [404, 'invalid_request_error'],
  not_yet_anchored: [404, 'invalid_request_error'],
  request_timeout: [408, 'invalid_request_error'],
  request_too_large: [413, 'invalid_request_error'],
  metadata_too_large: [413, 'invalid_request_error'],
  headers_too_large: [431, 'invalid_request_error'],
  unsupported_media_type: [415, 'invalid_request_error'],
  payment_required: [402, 'payment_required'],
  payment_bound_to_other_request: [409, 'payment_error'],
  payment_in_progress: [409, 'payment_error'],
  answer_no_longer_stored: [410, 'payment_error'],
  rate_limited: [429, 'rate_limit_error'],
  upstream_refused: [400, 'invalid_request_error'],
  upstream_error: [502, 'upstream_error'],
  upstream_timeout: [504, 'upstream_error'],
  chain_unavailable: [503, 'server_error'],
  ledger_unavailable: [503, 'server_error'],
  attestation_failed: [503, 'server_error'],
  overloaded: [503, 'server_error'],
  admin_refused: [403, 'invalid_request_error'],
  keys_already_set: [409, 'invalid_request_error'],
  internal_error: [500, 'server_error'],
}

describe('the table of refusals', () => {
  test.each(Object.entries(table) as [GatewayErrorCode, readonly [number, string]][])('%s', (code, [status, type]) => {
    const error = new GatewayError(code, 'What to do.')
    expect(statusOf(error)).toBe(status)
    expect(errorBodyOf(error)).toEqual({ error: { message: 'What to do.', type, param: null, code } })
  })

  test('a protocol that has its own code speaks it; the cause never leaves', () => {
    const error = new GatewayError('payment_required', 'Pay.', {
      param: 'model',
      wireCode: 'insufficient_funds',
      retryAfterSeconds: 3,
      cause: new Error('private'),
    })
    expect(errorBodyOf(error)).toEqual({
      error: { message: 'Pay.', type: 'payment_required', param: 'model', code: 'insufficient_funds' },
    })
    expect(error.retryAfterSeconds).toBe(3)
    expect(JSON.stringify(errorBodyOf(error))).not.toContain('private')
  })
})

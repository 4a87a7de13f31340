import type { ErrorBody } from './upstream-error.js'

/** Why a request body was refused; the `code` of the OpenAI error object. */
export type UpstreamRequestErrorCode =
  | 'missing_required_parameter'
  | 'invalid_type'
  | 'invalid_value'
  | 'unsupported_parameter'
  | 'unsupported_value'
  | 'decimal_below_min_value'
  | 'decimal_above_max_value'
  | 'integer_below_min_value'
  | 'integer_above_max_value'
  | 'string_above_max_length'
  | 'empty_string'
  | 'array_above_max_length'
  | 'empty_array'

/** A request body that the validator refuses; HTTP status 400. */
export class UpstreamRequestError extends Error {
  override readonly name = 'UpstreamRequestError'
  readonly code: UpstreamRequestErrorCode
  /** Where the fault is: `messages[2].content`. */
  readonly param: string
  readonly status = 400

  constructor(code: UpstreamRequestErrorCode, param: string, message: string) {
    super(message)
    this.code = code
    this.param = param
  }

  /** The OpenAI-shaped error body. */
  toBody(): ErrorBody {
    return { error: { message: this.message, type: 'invalid_request_error', param: this.param, code: this.code } }
  }
}

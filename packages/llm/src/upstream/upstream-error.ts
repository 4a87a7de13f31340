/** What went wrong between this server and the provider. */
export type UpstreamErrorCode =
  | 'UPSTREAM_CONFIG'
  | 'UPSTREAM_REJECTED'
  | 'UPSTREAM_UNSUPPORTED'
  | 'UPSTREAM_CONTEXT_LENGTH'
  | 'UPSTREAM_CONTENT_POLICY'
  | 'UPSTREAM_AUTH'
  | 'UPSTREAM_MODEL'
  | 'UPSTREAM_RATE_LIMITED'
  | 'UPSTREAM_OVERLOADED'
  | 'UPSTREAM_UNAVAILABLE'
  | 'UPSTREAM_TIMEOUT'
  | 'UPSTREAM_REDIRECTED'
  | 'UPSTREAM_TRUNCATED'
  | 'UPSTREAM_FAILED'
  | 'UPSTREAM_INVALID'
  | 'ABORTED'

interface WireForm {
  readonly status: number
  readonly type: string
  readonly code: string
  readonly message: string
  readonly isRetryable: boolean
}

/** How each code looks to the caller of this server. */
const wireForms: Readonly<Record<UpstreamErrorCode, WireForm>> = {
  UPSTREAM_CONFIG: form(500, 'server_error', 'upstream_config', 'The upstream is not configured correctly.', false),
  UPSTREAM_REJECTED: form(
    400,
    'invalid_request_error',
    'upstream_rejected',
    'The provider refused the request.',
    false,
  ),
  UPSTREAM_UNSUPPORTED: form(
    400,
    'invalid_request_error',
    'unsupported_value',
    'The provider of this model does not take every part of the request.',
    false,
  ),
  UPSTREAM_CONTEXT_LENGTH: form(
    400,
    'invalid_request_error',
    'context_length_exceeded',
    "The request is longer than the model's context.",
    false,
  ),
  UPSTREAM_CONTENT_POLICY: form(
    400,
    'invalid_request_error',
    'content_policy_violation',
    'The provider refused the content of the request.',
    false,
  ),
  UPSTREAM_AUTH: form(
    502,
    'server_error',
    'upstream_auth',
    "The provider did not accept this server's credentials.",
    false,
  ),
  UPSTREAM_MODEL: form(
    404,
    'invalid_request_error',
    'model_not_found',
    'The provider does not have this model.',
    false,
  ),
  UPSTREAM_RATE_LIMITED: form(
    429,
    'rate_limit_error',
    'upstream_rate_limited',
    'The provider is limiting requests.',
    true,
  ),
  UPSTREAM_OVERLOADED: form(503, 'server_error', 'upstream_overloaded', 'The provider is overloaded.', true),
  UPSTREAM_UNAVAILABLE: form(502, 'server_error', 'upstream_unavailable', 'The provider could not be reached.', true),
  UPSTREAM_TIMEOUT: form(504, 'server_error', 'upstream_timeout', 'The provider took too long.', true),
  UPSTREAM_REDIRECTED: form(
    502,
    'server_error',
    'upstream_redirected',
    'The provider answered with a redirect.',
    false,
  ),
  UPSTREAM_TRUNCATED: form(502, 'server_error', 'upstream_truncated', "The provider's answer broke off.", true),
  UPSTREAM_FAILED: form(502, 'server_error', 'upstream_failed', 'The provider failed while answering.', true),
  UPSTREAM_INVALID: form(
    502,
    'server_error',
    'upstream_invalid',
    'The provider sent an answer that makes no sense.',
    true,
  ),
  ABORTED: form(499, 'server_error', 'aborted', 'The request was aborted.', false),
}

function form(status: number, type: string, code: string, message: string, isRetryable: boolean): WireForm {
  return { status, type, code, message, isRetryable }
}

/** The OpenAI-shaped error body. */
export type ErrorBody = {
  readonly error: {
    readonly message: string
    readonly type: string
    readonly param: string | null
    readonly code: string | null
  }
}

/**
 * The error of an upstream. Message and body are fixed texts: neither the provider's words, nor keys, nor prompts are in them. It has no
 * `cause` either, since causes end up in logs.
 */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError'
  readonly code: UpstreamErrorCode
  /** HTTP status to answer with. */
  readonly status: number
  readonly isRetryable: boolean
  /** Status that the provider answered with. */
  readonly upstreamStatus: number | undefined
  /** How long the provider asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined
  /** True when nothing of an answer had arrived: the same request may go to another provider without repeating any output. */
  readonly isBeforeFirstByte: boolean

  constructor(
    code: UpstreamErrorCode,
    details: {
      readonly upstreamStatus?: number | undefined
      readonly retryAfterMs?: number | undefined
      readonly isBeforeFirstByte?: boolean
    } = {},
  ) {
    const wire = wireForms[code]
    super(wire.message)
    this.code = code
    this.status = wire.status
    this.isRetryable = wire.isRetryable
    this.upstreamStatus = details.upstreamStatus
    this.retryAfterMs = details.retryAfterMs
    this.isBeforeFirstByte = details.isBeforeFirstByte ?? false
  }

  /** The same error, known to have come before anything of an answer. */
  beforeFirstByte(): UpstreamError {
    const { upstreamStatus, retryAfterMs } = this
    return new UpstreamError(this.code, { upstreamStatus, retryAfterMs, isBeforeFirstByte: true })
  }

  /** The body to answer with, the same before and inside a stream. */
  toBody(): ErrorBody {
    const { message, type, code } = wireForms[this.code]
    return { error: { message, type, param: null, code } }
  }
}

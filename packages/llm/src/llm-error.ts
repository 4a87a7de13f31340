import type { JsonObject } from './json.js'
import type { ToolCall } from './message.js'

/** What went wrong; callers switch on it. The table in the README says what each code means. */
export type LlmErrorCode =
  | 'BAD_REQUEST'
  | 'UNAUTHORIZED'
  | 'PAYMENT_REQUIRED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'UNPROCESSABLE'
  | 'RATE_LIMITED'
  | 'SERVER_ERROR'
  | 'HTTP_ERROR'
  | 'CONNECTION'
  | 'ABORTED'
  | 'TIMEOUT'
  | 'STREAM_TRUNCATED'
  | 'STREAM_ERROR'
  | 'INVALID_RESPONSE'
  | 'RESPONSE_TOO_LARGE'
  | 'INVALID_TOOL'
  | 'REFUSED'
  | 'OUTPUT_TRUNCATED'
  | 'OUTPUT_FILTERED'
  | 'INVALID_OUTPUT'

/** The `error` object of an OpenAI-shaped error body. */
export interface ApiError {
  readonly message: string
  readonly type: string | null
  readonly param: string | null
  readonly code: string | null
}

/** What had arrived of an answer before it broke off. */
export interface PartialOutput {
  readonly text: string
  readonly reasoning: string
  readonly toolCalls: readonly ToolCall[]
  readonly usage: JsonObject | null
}

/** Which time ran out: of the whole call, until the server's head, until the first piece of the answer, or between two pieces. */
export type TimeoutPhase = 'total' | 'connect' | 'first-token' | 'idle'

/** Facts that an {@link LlmError} may carry. */
export interface LlmErrorDetails {
  readonly status?: number | undefined
  readonly requestId?: string | undefined
  readonly retryAfterMs?: number | undefined
  readonly isRetryable?: boolean | undefined
  readonly api?: ApiError | undefined
  readonly headers?: Headers | undefined
  readonly partial?: PartialOutput | undefined
  readonly phase?: TimeoutPhase | undefined
  readonly cause?: unknown
}

/** The error of this package; its subclasses say the same as `code` for those who prefer classes. */
export class LlmError extends Error {
  override readonly name: string = 'LlmError'
  readonly code: LlmErrorCode
  /** HTTP status, when the server answered with one. */
  declare readonly status: number | undefined
  /** Whether the same request may succeed later. Paid requests: repeat only through a fetch that re-sends the same payment. */
  readonly isRetryable: boolean
  /** The server's `x-request-id`. */
  declare readonly requestId: string | undefined
  /** How long the server asks to wait before a retry, in milliseconds. */
  declare readonly retryAfterMs: number | undefined
  /** The server's own error object. */
  declare readonly api: ApiError | undefined
  /** Response headers of the failed call (a 402 carries its payment requirements there). */
  declare readonly headers: Headers | undefined
  /** Output that had arrived before a stream broke off. */
  declare readonly partial: PartialOutput | undefined
  /** Which time ran out, for `TIMEOUT`. */
  declare readonly phase: TimeoutPhase | undefined

  constructor(code: LlmErrorCode, message: string, details: LlmErrorDetails = {}) {
    const { cause, ...facts } = details
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    Object.assign(this, facts)
    this.isRetryable = details.isRetryable ?? false
  }
}

/** The caller's signal ended the call. `partial` is always there: empty when nothing had arrived. */
export class AbortError extends LlmError {
  override readonly name = 'AbortError'
  declare readonly code: 'ABORTED'
  declare readonly partial: PartialOutput

  constructor(message: string, details: LlmErrorDetails = {}) {
    super('ABORTED', message, { ...details, partial: details.partial ?? noOutput })
  }
}

/** Time ran out; `phase` says which. */
export class TimeoutError extends LlmError {
  override readonly name = 'TimeoutError'
  declare readonly code: 'TIMEOUT'

  constructor(message: string, details: LlmErrorDetails = {}) {
    super('TIMEOUT', message, details)
  }
}

/** The stream ended or broke before the answer was complete. */
export class StreamTruncatedError extends LlmError {
  override readonly name = 'StreamTruncatedError'
  declare readonly code: 'STREAM_TRUNCATED'

  constructor(message: string, details: LlmErrorDetails = {}) {
    super('STREAM_TRUNCATED', message, details)
  }
}

/** The server refused the call with an HTTP status. */
export class StatusError extends LlmError {
  override readonly name = 'StatusError'
  declare readonly status: number
}

const noOutput: PartialOutput = { text: '', reasoning: '', toolCalls: [], usage: null }

/** Type guard that also recognises an LlmError of another copy of this package. */
export function isLlmError(value: unknown): value is LlmError {
  return value instanceof Error && 'code' in value && 'isRetryable' in value
}

/** True for the error of an aborted call, of whichever copy of this package. */
export function isAbortError(value: unknown): value is AbortError {
  return hasCode(value, 'ABORTED')
}

/** True when a time limit of the call or of the server ran out. */
export function isTimeoutError(value: unknown): value is TimeoutError {
  return hasCode(value, 'TIMEOUT')
}

/** True for an answer that ended too early. */
export function isStreamTruncatedError(value: unknown): value is StreamTruncatedError {
  return hasCode(value, 'STREAM_TRUNCATED')
}

/** True when the server refused the call with an HTTP status. */
export function isStatusError(value: unknown): value is StatusError {
  return isLlmError(value) && value.status !== undefined
}

/** True for a 402: nobody paid, or the payment was not taken. */
export function isPaymentRequiredError(value: unknown): value is StatusError {
  return hasCode(value, 'PAYMENT_REQUIRED')
}

/** True for a 429. */
export function isRateLimitError(value: unknown): value is StatusError {
  return hasCode(value, 'RATE_LIMITED')
}

function hasCode(value: unknown, code: LlmErrorCode): boolean {
  return isLlmError(value) && value.code === code
}

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

/** Facts that an {@link LlmError} may carry. */
export interface LlmErrorDetails {
  readonly status?: number | undefined
  readonly requestId?: string | undefined
  readonly retryAfterMs?: number | undefined
  readonly isRetryable?: boolean | undefined
  readonly api?: ApiError | undefined
  readonly headers?: Headers | undefined
  readonly partial?: PartialOutput | undefined
  readonly cause?: unknown
}

/** The one error of this package. */
export class LlmError extends Error {
  override readonly name = 'LlmError'
  readonly code: LlmErrorCode
  /** HTTP status, when the server answered with one. */
  readonly status: number | undefined
  /** Whether the same request may succeed later. Paid requests: repeat only through a fetch that re-sends the same payment. */
  readonly isRetryable: boolean
  /** The server's `x-request-id`. */
  readonly requestId: string | undefined
  /** How long the server asks to wait before a retry, in milliseconds. */
  readonly retryAfterMs: number | undefined
  /** The server's own error object. */
  readonly api: ApiError | undefined
  /** Response headers of the failed call (a 402 carries its payment requirements there). */
  readonly headers: Headers | undefined
  /** Output that had arrived before a stream broke off. */
  readonly partial: PartialOutput | undefined

  constructor(code: LlmErrorCode, message: string, details: LlmErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.status = details.status
    this.isRetryable = details.isRetryable ?? false
    this.requestId = details.requestId
    this.retryAfterMs = details.retryAfterMs
    this.api = details.api
    this.headers = details.headers
    this.partial = details.partial
  }
}

/** Type guard that also recognises an LlmError of another copy of this package. */
export function isLlmError(value: unknown): value is LlmError {
  return value instanceof Error && value.name === 'LlmError' && 'code' in value && 'isRetryable' in value
}

import { isJsonObject, type JsonObject, type JsonValue, objectAt, readJson, stringAt } from './json.js'
import {
  AbortError,
  type ApiError,
  isLlmError,
  LlmError,
  type LlmErrorCode,
  type PartialOutput,
  StatusError,
  TimeoutError,
  type TimeoutPhase,
} from './llm-error.js'
import { readAllText } from './stream/read-bytes.js'

/** Largest error body that is read, in bytes. */
const maxErrorBytes = 64 * 1024

/** The code for an HTTP status. */
function codeOfStatus(status: number): LlmErrorCode {
  switch (status) {
    case 400:
      return 'BAD_REQUEST'
    case 401:
      return 'UNAUTHORIZED'
    case 402:
      return 'PAYMENT_REQUIRED'
    case 403:
      return 'FORBIDDEN'
    case 404:
      return 'NOT_FOUND'
    case 408:
      return 'TIMEOUT'
    case 409:
      return 'CONFLICT'
    case 422:
      return 'UNPROCESSABLE'
    case 429:
      return 'RATE_LIMITED'
    default:
      return status >= 500 ? 'SERVER_ERROR' : 'HTTP_ERROR'
  }
}

function mayRetryStatus(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500
}

/** Reads the error body of a refused call. Never throws because of what the server sent. */
export async function responseError(
  response: Response,
  options: { readonly signal?: AbortSignal | undefined; readonly date?: number | undefined },
): Promise<LlmError> {
  let text = ''
  try {
    text = await readAllText(response.body, { maxBytes: maxErrorBytes, signal: options.signal })
  } catch (error) {
    if (options.signal?.aborted) return callAborted(options.signal, { cause: error })
  }
  const api = apiErrorOf(readJson(text))
  const { status, headers } = response
  const wish = headers.get('x-should-retry')
  const details = {
    status,
    headers,
    api,
    requestId: requestIdOf(headers),
    retryAfterMs: retryAfterMsOf(headers, options.date),
    // A 402 is the business of the fetch that pays.
    isRetryable: status !== 402 && wish !== 'false' && (wish === 'true' || mayRetryStatus(status)),
  }
  const message = api ? api.message : `the server answered with status ${status}`
  const code = codeOfStatus(status)
  return code === 'TIMEOUT' ? new TimeoutError(message, details) : new StatusError(code, message, details)
}

/** Reads an OpenAI-shaped error body; servers that send `{error: "text"}` or `{message}` are understood too. */
export function apiErrorOf(body: JsonValue | undefined): ApiError | undefined {
  if (!isJsonObject(body)) return undefined
  const error = objectAt(body, 'error')
  if (error) {
    const code = error['code']
    return {
      message: stringAt(error, 'message') ?? 'the server gave no message',
      type: stringAt(error, 'type') ?? null,
      param: stringAt(error, 'param') ?? null,
      code: typeof code === 'number' ? String(code) : (stringAt(error, 'code') ?? null),
    }
  }
  const message = stringAt(body, 'error') ?? stringAt(body, 'message')
  return message === undefined ? undefined : { message, type: null, param: null, code: null }
}

/** Reads an error that came with status 200: servers put the status it would have had into `code` or `status`. */
export function reportedErrorOf(body: JsonObject): {
  readonly api: ApiError | undefined
  readonly status: number | undefined
  readonly isRetryable: boolean
} {
  const api = apiErrorOf(body)
  const error = objectAt(body, 'error')
  const named = Number(error?.['status'] ?? error?.['code'] ?? Number.NaN)
  const status = Number.isInteger(named) && named >= 400 && named <= 599 ? named : undefined
  const isFinal = api?.type === 'invalid_request_error' || api?.type === 'authentication_error'
  return { api, status, isRetryable: status === undefined ? !isFinal : mayRetryStatus(status) }
}

/** Why a call was ended by its own clock. */
export class TimeIsUp extends Error {
  override readonly name = 'TimeoutError'
  readonly phase: TimeoutPhase

  constructor(phase: TimeoutPhase) {
    super(`${phase} time is over`)
    this.phase = phase
  }
}

/** The error of an aborted call: `TIMEOUT` when the signal says so (`AbortSignal.timeout`), else `ABORTED`. */
export function callAborted(
  signal: AbortSignal,
  options: { readonly partial?: PartialOutput | undefined; readonly cause?: unknown } = {},
): LlmError {
  const reason: unknown = signal.reason
  const cause = options.cause ?? reason
  const { partial } = options
  if (!(reason instanceof Error) || reason.name !== 'TimeoutError')
    return new AbortError('the call was aborted', { cause, partial })
  const phase = reason instanceof TimeIsUp ? reason.phase : 'total'
  return new TimeoutError(`the call took too long (${phase})`, {
    cause,
    partial,
    phase,
    isRetryable: partial === undefined,
  })
}

/** Turns a network failure into an LlmError and leaves the errors of other layers alone. */
export function callFailed(error: unknown, signal: AbortSignal | undefined): unknown {
  if (isLlmError(error)) return error
  if (signal?.aborted) return callAborted(signal, { cause: error })
  // fetch reports every network failure as a TypeError; clients built on sockets use the codes of the system.
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const isNetwork = typeof code === 'string' && /^(E[A-Z]{3,}|EAI_[A-Z]+|UND_ERR_[A-Z_]+)$/.test(code)
  if (error instanceof TypeError || isNetwork)
    return new LlmError('CONNECTION', 'the server could not be reached', { cause: error, isRetryable: true })
  return error
}

export function requestIdOf(headers: Headers): string | undefined {
  return headers.get('x-request-id') ?? undefined
}

/** How long the server asks to wait, in milliseconds. `date` is the time now, for servers that name a moment. */
export function retryAfterMsOf(headers: Headers, date?: number): number | undefined {
  const milliseconds = headers.get('retry-after-ms')
  if (milliseconds && /^\d{1,9}(\.\d+)?$/.test(milliseconds)) return Number(milliseconds)
  const after = headers.get('retry-after')
  if (!after) return undefined
  if (/^\d{1,6}(\.\d+)?$/.test(after)) return Number(after) * 1000
  const moment = date === undefined ? Number.NaN : Date.parse(after)
  return date === undefined || Number.isNaN(moment) ? undefined : Math.max(0, moment - date)
}

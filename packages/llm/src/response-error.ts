import { isJsonObject, type JsonValue, objectAt, readJson, stringAt } from './json.js'
import { type ApiError, LlmError, type LlmErrorCode, type PartialOutput } from './llm-error.js'
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

/** Reads the error body of a refused call. Never throws because of what the server sent. */
export async function responseError(
  response: Response,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<LlmError> {
  let text = ''
  try {
    text = await readAllText(response.body, { maxBytes: maxErrorBytes, signal: options.signal })
  } catch (error) {
    if (options.signal?.aborted) return callAborted(options.signal, { cause: error })
  }
  const api = apiErrorOf(readJson(text))
  const { status, headers } = response
  const mayRetry = status === 408 || status === 409 || status === 429 || status >= 500
  return new LlmError(codeOfStatus(status), api ? api.message : `the server answered with status ${status}`, {
    status,
    headers,
    api,
    requestId: requestIdOf(headers),
    retryAfterMs: retryAfterMsOf(headers),
    isRetryable: mayRetry && headers.get('x-should-retry') !== 'false',
  })
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

/** The error of an aborted call: `TIMEOUT` when the signal says so (`AbortSignal.timeout`), else `ABORTED`. */
export function callAborted(
  signal: AbortSignal,
  options: { readonly partial?: PartialOutput | undefined; readonly cause?: unknown } = {},
): LlmError {
  const reason: unknown = signal.reason
  const isTimeout = reason instanceof Error && reason.name === 'TimeoutError'
  return new LlmError(
    isTimeout ? 'TIMEOUT' : 'ABORTED',
    isTimeout ? 'the call took too long' : 'the call was aborted',
    {
      cause: options.cause ?? reason,
      partial: options.partial,
      isRetryable: isTimeout && options.partial === undefined,
    },
  )
}

/** Turns a network failure into an LlmError and leaves the errors of other layers alone. */
export function callFailed(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return callAborted(signal, { cause: error })
  // fetch reports every network failure as a TypeError.
  if (error instanceof TypeError)
    return new LlmError('CONNECTION', 'the server could not be reached', { cause: error, isRetryable: true })
  return error
}

export function requestIdOf(headers: Headers): string | undefined {
  return headers.get('x-request-id') ?? undefined
}

/** How long the server asks to wait, in milliseconds. */
export function retryAfterMsOf(headers: Headers): number | undefined {
  const milliseconds = headers.get('retry-after-ms')
  if (milliseconds && /^\d{1,9}(\.\d+)?$/.test(milliseconds)) return Number(milliseconds)
  const seconds = headers.get('retry-after')
  if (seconds && /^\d{1,6}$/.test(seconds)) return Number(seconds) * 1000
  return undefined
}

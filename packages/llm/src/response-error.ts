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

const codes: Readonly<Record<number, LlmErrorCode>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  402: 'PAYMENT_REQUIRED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  408: 'TIMEOUT',
  409: 'CONFLICT',
  422: 'UNPROCESSABLE',
  429: 'RATE_LIMITED',
}

function mayRetryStatus(status: number): boolean {
  return /^(408|409|429|5..)$/.test(String(status))
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
  const code = codes[status] ?? (status >= 500 ? 'SERVER_ERROR' : 'HTTP_ERROR')
  return code === 'TIMEOUT' ? new TimeoutError(message, details) : new StatusError(code, message, details)
}

/** Reads an OpenAI-shaped error body; servers that send `{error: "text"}` or `{message}` are understood too. */
function apiErrorOf(body: JsonValue | undefined): ApiError | undefined {
  if (!isJsonObject(body)) return undefined
  const error = objectAt(body, 'error')
  const message = error ? 'the server gave no message' : stringAt(body, 'error')
  const holder = error ?? body
  const text = (error || message === undefined ? stringAt(holder, 'message') : undefined) ?? message
  if (text === undefined) return undefined
  const member = (name: string): string | null => (error && stringAt(error, name)) ?? null
  const code = error?.['code']
  return {
    message: text,
    type: member('type'),
    param: member('param'),
    code: typeof code === 'number' ? String(code) : member('code'),
  }
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
  const isOurs = api?.type === 'invalid_request_error'
  return { api, status, isRetryable: status === undefined ? !isOurs : mayRetryStatus(status) }
}

/** Why a call was ended by its own clock. */
export class TimeIsUp extends Error {
  override readonly name = 'TimeoutError'
  readonly phase: TimeoutPhase

  constructor(phase: TimeoutPhase) {
    super(phase)
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
  if (error instanceof TypeError || /^(ECONN|EPIPE$|ETIMEDOUT$|ENOTFOUND$|EAI_AGAIN$|UND_ERR_)/.test(String(code)))
    return new LlmError('CONNECTION', 'the server could not be reached', { cause: error, isRetryable: true })
  return error
}

export function requestIdOf(headers: Headers): string | undefined {
  return headers.get('x-request-id') ?? undefined
}

/** How long the server asks to wait, in milliseconds. `date` is the time now, for servers that name a moment. */
export function retryAfterMsOf(headers: Headers, date?: number): number | undefined {
  const [inMs, after] = [headers.get('retry-after-ms'), headers.get('retry-after')]
  const number = /^\d{1,9}(\.\d+)?$/
  if (inMs && number.test(inMs)) return Number(inMs)
  if (after && number.test(after)) return Number(after) * 1000
  const wait = Date.parse(after?.endsWith('GMT') ? after : '') - (date ?? Number.NaN)
  return Number.isNaN(wait) ? undefined : Math.max(0, wait)
}

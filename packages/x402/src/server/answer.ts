import { encodePaymentHeader } from '../protocol/header.js'
import { type Reason, statusOfReason } from '../protocol/reason.js'
import type { SettleResponse } from '../protocol/settle-response.js'
import { EXPOSED_HEADERS } from './cors.js'

/** Header fields by lower-case name; a list where a field stands more than once. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[]>>

/** An HTTP answer in parts, so that a server of plain `node:http` needs no `Response` for it. */
export interface Answer {
  readonly status: number
  readonly statusText?: string | undefined
  readonly headers: AnswerHeaders
  readonly body: string | Uint8Array | ReadableStream<Uint8Array> | null
  /** The handler's own answer, where it was a `Response`. */
  readonly response?: Response | undefined
  /** To be called once when the answer is out, or cannot go out any more. */
  readonly onSent?: (() => void) | undefined
}

/** Takes a `Response` apart. Its body is not read. */
export function answerOfResponse(response: Response): Answer {
  const headers: Record<string, string | readonly string[]> = Object.fromEntries(response.headers)
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) headers['set-cookie'] = cookies
  const { status, statusText, body } = response
  return { status, statusText, headers, body, response }
}

/** Puts a `Response` together. */
export function responseOfAnswer(answer: Answer): Response {
  const headers = new Headers()
  for (const [name, value] of Object.entries(answer.headers)) {
    if (typeof value === 'string') headers.set(name, value)
    else for (const item of value) headers.append(name, item)
  }
  const { status, statusText } = answer
  const response = new Response(answer.body as BodyInit | null, {
    status,
    headers,
    ...(statusText === undefined ? {} : { statusText }),
  })
  answer.onSent?.()
  return response
}

/** Gives up the body of an answer that does not go out. */
export async function discardAnswer({ body }: Answer): Promise<void> {
  if (body instanceof ReadableStream) await body.cancel().catch(() => undefined)
}

function errorBody(message: string, type: string, code: string): string {
  return JSON.stringify({ error: { message, type, param: null, code } })
}

/** A refusal that asks for no payment: nothing about it would become right by paying (again). */
export function failureAnswer(
  reason: Reason,
  detail: string,
  options: { readonly settlement?: SettleResponse | undefined; readonly headers?: AnswerHeaders } = {},
): Answer {
  const { settlement } = options
  return {
    status: statusOfReason(reason),
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'access-control-expose-headers': EXPOSED_HEADERS,
      ...(settlement === undefined ? {} : { 'payment-response': encodePaymentHeader(settlement) }),
      ...options.headers,
    },
    body: errorBody(detail, 'payment_error', reason),
  }
}

/** The answer to a body above the limit. */
export function bodyTooLargeAnswer(): Answer {
  return {
    status: 413,
    headers: { 'content-type': 'application/json' },
    body: errorBody('the body is too large', 'invalid_request_error', 'body_too_large'),
  }
}

// An upstream must not speak for this server's payments.
const FORBIDDEN = new Set(['payment-required', 'payment-response', 'settlement-overrides', 'x-payment-response'])
const PRIVATE = /\b(?:private|no-store)\b/i

/** Dresses a handler's answer: its settlement, no public caching, and no payment headers that are not this server's. */
export function paidAnswer(answer: Answer, settlement: SettleResponse | undefined): Answer {
  const headers: Record<string, string | readonly string[]> = {}
  for (const name of Object.keys(answer.headers)) {
    const value = answer.headers[name]
    const key = name.toLowerCase()
    if (value !== undefined && !FORBIDDEN.has(key)) headers[key] = value
  }
  if (settlement !== undefined) headers['payment-response'] = encodePaymentHeader(settlement)
  const caching = headers['cache-control']
  if (caching === undefined) headers['cache-control'] = 'private'
  else if (!PRIVATE.test(String(caching))) headers['cache-control'] = `${String(caching)}, private`
  headers['access-control-expose-headers'] = EXPOSED_HEADERS
  const { status, statusText, body, response, onSent } = answer
  return { status, statusText, headers, body, response, onSent }
}

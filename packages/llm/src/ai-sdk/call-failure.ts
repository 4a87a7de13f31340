import { isLlmError, type LlmError } from '../llm-error.js'

/** A failed call as the AI SDK knows it: it repeats those that say `isRetryable`, and shows the others. */
export class CallFailure extends Error {
  override readonly name = 'AI_APICallError'
  readonly url: string
  readonly requestBodyValues: unknown
  readonly statusCode: number | undefined
  readonly responseHeaders: Record<string, string> | undefined
  readonly responseBody: string | undefined
  readonly isRetryable: boolean
  /** The server's error object. */
  readonly data: unknown

  constructor(error: LlmError, request: { readonly url: string; readonly body: unknown }) {
    super(error.message, { cause: error })
    // The AI SDK recognises its errors by these, so that two copies of it understand each other.
    Object.assign(this, {
      [Symbol.for('vercel.ai.error')]: true,
      [Symbol.for('vercel.ai.error.AI_APICallError')]: true,
    })
    this.url = request.url
    this.requestBodyValues = request.body
    this.statusCode = error.status
    this.responseHeaders = error.headers && Object.fromEntries(error.headers)
    this.responseBody = error.api ? JSON.stringify({ error: error.api }) : undefined
    this.isRetryable = error.isRetryable
    this.data = error.api ? { error: error.api } : undefined
  }
}

/** Turns an error of this package into one of the AI SDK; an abort keeps its name, which is how the AI SDK knows it. */
export function callFailureOf(error: unknown, request: { readonly url: string; readonly body: unknown }): unknown {
  if (!isLlmError(error) || error.code === 'ABORTED') return error
  return new CallFailure(error, request)
}

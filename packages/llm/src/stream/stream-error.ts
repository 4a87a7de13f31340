import type { JsonObject } from '../json.js'
import { LlmError, type PartialOutput, StreamTruncatedError } from '../llm-error.js'
import { callAborted, reportedErrorOf } from '../response-error.js'
import { ChunkError } from './chunk-error.js'

/** Carries the error object of an open stream to the place that knows the partial output. */
export class MidStreamError extends Error {
  override readonly name = 'MidStreamError'
  readonly chunk: JsonObject

  constructor(chunk: JsonObject) {
    super('the server reported an error in the stream')
    this.chunk = chunk
  }
}

/** What a failure while reading an answer is judged by. */
export interface StreamErrorOptions {
  readonly signal?: AbortSignal | undefined
  readonly requestId: string | undefined
  /** What has arrived so far. */
  readonly partial: () => PartialOutput | undefined
}

/** Gives a failure while reading an answer its code. */
export function streamError(error: unknown, options: StreamErrorOptions): LlmError {
  if (error instanceof LlmError) return error
  const partial = options.partial()
  if (options.signal?.aborted) return callAborted(options.signal, { partial, cause: error })
  const details = { partial, requestId: options.requestId, cause: error }
  if (error instanceof MidStreamError) {
    const { api, status, isRetryable } = reportedErrorOf(error.chunk)
    return new LlmError('STREAM_ERROR', api?.message ?? error.message, {
      ...details,
      api,
      status,
      isRetryable: isRetryable && partial === undefined,
    })
  }
  if (error instanceof ChunkError) return new LlmError('INVALID_RESPONSE', `the server sent ${error.message}`, details)
  if (error instanceof RangeError)
    return new LlmError('RESPONSE_TOO_LARGE', `the server sent a ${error.message}`, details)
  return new StreamTruncatedError('the stream broke off before the answer was complete', {
    ...details,
    isRetryable: partial === undefined,
  })
}

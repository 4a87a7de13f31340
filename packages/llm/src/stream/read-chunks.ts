import { isJsonObject, type JsonObject, readJson } from '../json.js'
import { LlmError, type PartialOutput } from '../llm-error.js'
import { apiErrorOf, callAborted, requestIdOf } from '../response-error.js'
import { ChunkError } from './chat-chunk-reader.js'
import { type ByteSource, createByteSource, readSourceText } from './read-bytes.js'
import { createSseDecoder, type SseEvent, SseOverflow } from './sse-decoder.js'
import { InvalidText } from './utf8-decoder.js'

/** What a streamed answer consists of: chunks, or the whole body at once from a server that ignored `stream`. */
export type StreamItem =
  | { readonly type: 'chunk'; readonly chunk: JsonObject }
  | { readonly type: 'body'; readonly body: JsonObject }
  | { readonly type: 'done' }

/** Options of {@link readChunks}. */
export interface ReadChunksOptions {
  readonly signal?: AbortSignal | undefined
  /** Largest size of the whole stream, in bytes. */
  readonly maxBytes: number
  /** What has arrived so far, for the error of a stream that breaks off. */
  readonly partial: () => PartialOutput | undefined
}

/** Largest single event, in characters. */
const maxEventChars = 4 * 1024 * 1024

/**
 * Reads the JSON chunks of a streamed answer, one network read per pull; leaving the loop cancels the sender.
 * @throws LlmError `STREAM_ERROR`, `STREAM_TRUNCATED` (broken connection), `INVALID_RESPONSE`, `RESPONSE_TOO_LARGE`, `ABORTED`, `TIMEOUT`.
 */
export async function* readChunks(
  response: Response,
  options: ReadChunksOptions,
): AsyncGenerator<StreamItem, void, undefined> {
  const source = createByteSource(response.body, options)
  const requestId = requestIdOf(response.headers)
  let isDone = false
  try {
    const decoder = createSseDecoder({ maxEventChars })
    let size = 0
    let isFirst = true
    for (let bytes = await source.next(); ; bytes = await source.next()) {
      if (bytes && isFirst) {
        const start = firstVisibleByte(bytes)
        if (start === undefined) continue
        isFirst = false
        if (start === 0x7b) {
          yield { type: 'body', body: await readBody(source, { maxBytes: options.maxBytes, first: bytes, response }) }
          return
        }
      }
      size += bytes?.length ?? 0
      if (size > options.maxBytes) throw new RangeError(`stream of more than ${options.maxBytes} bytes`)
      for (const event of bytes ? decoder.push(bytes) : decoder.end()) {
        const item = itemOf(event)
        if (!item) continue
        if (item.type === 'done') isDone = true
        yield item
        if (isDone) return
      }
      if (!bytes) return
    }
  } catch (error) {
    throw streamError(error, { ...options, requestId })
  } finally {
    if (isDone) source.finish()
    else source.cancel()
  }
}

function itemOf(event: SseEvent): StreamItem | undefined {
  if (event.data.trim() === '[DONE]') return { type: 'done' }
  const chunk = readJson(event.data)
  if (isJsonObject(chunk) && isErrorChunk(chunk)) throw new MidStreamError(chunk)
  // Events with another name are extensions of the server; those without JSON are its heartbeats.
  if (event.event !== '' && event.event !== 'message') return undefined
  if (event.data === '') return undefined
  if (!isJsonObject(chunk)) throw new ChunkError('an event that is not a JSON object')
  return { type: 'chunk', chunk }
}

function isErrorChunk(chunk: JsonObject): boolean {
  const error = chunk['error']
  return error !== undefined && error !== null
}

/** Carries the error object of an open stream to the place that knows the partial output. */
class MidStreamError extends Error {
  override readonly name = 'MidStreamError'
  readonly chunk: JsonObject

  constructor(chunk: JsonObject) {
    super('the server reported an error in the stream')
    this.chunk = chunk
  }
}

async function readBody(
  source: ByteSource,
  options: { readonly maxBytes: number; readonly first: Uint8Array; readonly response: Response },
): Promise<JsonObject> {
  const body = readJson(await readSourceText(source, options))
  if (!isJsonObject(body)) throw new ChunkError('a body that is neither an event stream nor a JSON object')
  if (isErrorChunk(body)) throw new MidStreamError(body)
  return body
}

function firstVisibleByte(bytes: Uint8Array): number | undefined {
  return bytes.find((byte) => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)
}

/** Gives a failure while reading an answer its code. */
export function streamError(
  error: unknown,
  options: {
    readonly signal?: AbortSignal | undefined
    readonly requestId: string | undefined
    readonly partial: () => PartialOutput | undefined
  },
): LlmError {
  if (error instanceof LlmError) return error
  const partial = options.partial()
  if (options.signal?.aborted) return callAborted(options.signal, { partial, cause: error })
  const details = { partial, requestId: options.requestId, cause: error }
  if (error instanceof MidStreamError) {
    const api = apiErrorOf(error.chunk)
    return new LlmError('STREAM_ERROR', api?.message ?? error.message, {
      ...details,
      api,
      isRetryable: partial === undefined,
    })
  }
  if (error instanceof ChunkError || error instanceof InvalidText)
    return new LlmError('INVALID_RESPONSE', `the server sent ${error.message}`, details)
  if (error instanceof SseOverflow || error instanceof RangeError) {
    return new LlmError('RESPONSE_TOO_LARGE', `the server sent a ${error.message}`, details)
  }
  return new LlmError('STREAM_TRUNCATED', 'the connection broke before the answer was complete', {
    ...details,
    isRetryable: partial === undefined,
  })
}

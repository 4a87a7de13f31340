import { isJsonObject, type JsonObject, readJson } from '../../json.js'
import type { SseEvent } from '../../stream/sse-decoder.js'
import { createUtf8Decoder } from '../../stream/utf8-decoder.js'
import type { Deadline } from '../deadline.js'
import type { UpstreamEvent } from '../upstream.js'
import { UpstreamError } from '../upstream-error.js'
import { createEventReader, meaningOf } from './event-reader.js'
import type { Wire, WireCall } from './wire.js'

/** Options of {@link readAnswer}. */
export interface ReadAnswerOptions {
  readonly call: WireCall
  readonly errorCodeOf: Wire['errorCodeOf']
  readonly deadline: Deadline
  readonly idleTimeoutMs: number
  readonly maxBytes: number
  /** Gives a failure its code. */
  readonly failureOf: (error: unknown) => UpstreamError
}

/** An answer that is being read. */
export interface AnswerStream {
  /** Reads until the provider has named its model or said something, so that an early failure is an error and not a broken stream. */
  readonly start: () => Promise<void>
  readonly events: AsyncIterable<UpstreamEvent>
  /** The same, with everything that one read has brought. */
  readonly batches: AsyncIterable<readonly UpstreamEvent[]>
}

const openBrace = 0x7b

/**
 * Reads the events of a response, one network read per pull. The events of one read wait in a list, so that a token costs no promise chain of
 * its own; leaving the loop cancels the provider.
 */
export function readAnswer(response: Response, options: ReadAnswerOptions): AnswerStream {
  const { call, deadline } = options
  const { reader } = call
  const bytes = response.body?.getReader()
  const eventReader = createEventReader({ plainText: reader.plainText, onEvent: read, onText: readText })
  let events: UpstreamEvent[] = []
  let position = 0
  let size = 0
  let isFirst = true
  let isDone = bytes === undefined
  let isClosed = false
  let failure: UpstreamError | undefined

  // A body that was made by a wrapper of fetch may not know the signal.
  const cancel = (): void => {
    bytes?.cancel().catch(() => undefined)
  }
  deadline.onAbort = cancel

  function close(): void {
    if (isClosed) return
    isClosed = true
    deadline.stop()
    deadline.onAbort = undefined
    if (!bytes) return
    if (!isDone || failure) cancel()
    // The connection can be used again when the body is read to its end.
    else
      bytes.read().then(
        (rest) => (rest.done ? undefined : cancel()),
        () => undefined,
      )
  }

  function readText(text: string): void {
    if (text !== '' && !isDone) events.push({ type: 'text-delta', text })
  }

  /** Reads an event and returns what it was read from, where that was an object of the answer. */
  function read(event: SseEvent): JsonObject | undefined {
    const { data } = event
    if (data === '' || isDone) return undefined
    if (data === '[DONE]') {
      isDone = true
      return undefined
    }
    const json = readJson(data)
    const isExtension = !call.usesEventNames && event.event !== '' && event.event !== 'message'
    if (!isJsonObject(json)) {
      if (isExtension) return undefined
      if (data.trim() !== '[DONE]') throw new UpstreamError('UPSTREAM_INVALID')
      isDone = true
      return undefined
    }
    const error = json['error']
    if (error !== undefined && error !== null) {
      throw new UpstreamError(options.errorCodeOf(json, undefined) ?? 'UPSTREAM_FAILED')
    }
    if (isExtension) return undefined
    reader.push(json, events)
    if (reader.isOver()) isDone = true
    return json
  }

  /** The next piece of the body; `undefined` at its end. */
  async function nextPiece(): Promise<Uint8Array | undefined> {
    try {
      return (await bytes?.read())?.value
    } catch {
      throw new UpstreamError('UPSTREAM_TRUNCATED')
    } finally {
      deadline.signal.throwIfAborted()
    }
  }

  async function readOnce(): Promise<void> {
    const piece = await nextPiece()
    if (!piece) {
      eventReader.end()
      isDone = true
      return
    }
    if (isFirst) {
      const start = piece.find((byte) => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)
      if (start === undefined) return
      isFirst = false
      if (start === openBrace) return readBody(piece)
    }
    count(piece)
    eventReader.push(piece)
  }

  function count(piece: Uint8Array): void {
    size += piece.length
    if (size > options.maxBytes) throw new UpstreamError('UPSTREAM_INVALID')
  }

  /** Some servers ignore that a stream was asked for. */
  async function readBody(first: Uint8Array): Promise<void> {
    const text = createUtf8Decoder()
    const pieces: string[] = []
    for (let piece: Uint8Array | undefined = first; piece; piece = await nextPiece()) {
      count(piece)
      const bytesRead = piece
      pieces.push(meaningOf(() => text.push(bytesRead)))
    }
    const body = readJson(pieces.join('') + meaningOf(() => text.end()))
    isDone = true
    if (!isJsonObject(body)) throw new UpstreamError('UPSTREAM_INVALID')
    const error = body['error']
    if (error !== undefined && error !== null) {
      throw new UpstreamError(options.errorCodeOf(body, undefined) ?? 'UPSTREAM_FAILED')
    }
    reader.pushBody(body, events)
  }

  /** One network read; a failure waits until the events before it are taken. */
  async function fill(): Promise<void> {
    events = []
    position = 0
    try {
      if (!isDone) await readOnce()
      if (isDone) reader.end(events)
    } catch (error) {
      failure = options.failureOf(error)
    }
  }

  /** Reads until there is an event; `false` at the end of the answer. */
  async function refill(): Promise<boolean> {
    while (!isClosed) {
      if (failure) {
        close()
        throw failure
      }
      if (isDone) {
        close()
        break
      }
      deadline.restart(options.idleTimeoutMs)
      await fill()
      deadline.pause()
      if (events.length > 0) return true
    }
    return false
  }

  async function leave(): Promise<IteratorReturnResult<undefined>> {
    close()
    return { done: true, value: undefined }
  }

  function take(): UpstreamEvent | undefined {
    const event = isClosed ? undefined : events[position]
    position += 1
    return event
  }

  const iterator: AsyncIterator<UpstreamEvent, undefined> = {
    next() {
      const event = take()
      if (event) return Promise.resolve({ done: false, value: event })
      return refill().then((more) => {
        const next = more ? take() : undefined
        return next ? { done: false, value: next } : { done: true, value: undefined }
      })
    },
    return: leave,
  }

  const batchIterator: AsyncIterator<readonly UpstreamEvent[], undefined> = {
    async next() {
      if (isClosed || (position >= events.length && !(await refill()))) return { done: true, value: undefined }
      const batch = position === 0 ? events : events.slice(position)
      position = events.length
      return { done: false, value: batch }
    },
    return: leave,
  }
  return {
    async start() {
      if (isDone) await fill()
      while (!isDone && !failure && events.length === 0 && reader.model() === '') await fill()
      if (failure && events.length === 0) {
        close()
        throw failure
      }
    },
    events: { [Symbol.asyncIterator]: () => iterator },
    batches: { [Symbol.asyncIterator]: () => batchIterator },
  }
}

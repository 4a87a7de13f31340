import type { CallOptions } from './call-options.js'
import { DEFAULT_MAX_RESPONSE_BYTES } from './defaults.js'
import type { JsonObject } from './json.js'
import { AbortError, type PartialOutput } from './llm-error.js'
import { openCall } from './open-call.js'
import { requestIdOf } from './response-error.js'
import { type ChunkSource, createChunkSource } from './stream/chunk-source.js'
import type { ChunkIdentity } from './stream/encode-events.js'
import { streamError } from './stream/stream-error.js'
import type { Transport, WireRequest } from './transport.js'

/**
 * A streamed answer. It is read once: by a loop, by `final()` or `text()`, or by who reads `toReadableStream()`. Nothing is read ahead; the
 * call is sent with the first read. Leaving a loop cancels the answer at the server.
 */
export interface AnswerStream<Event, Result> extends AsyncIterableIterator<Event> {
  return(): Promise<IteratorResult<Event>>
  /** Reads what is left and returns the whole answer; after a loop has read everything, returns the same. @throws LlmError */
  final(): Promise<Result>
  /** Reads what is left and returns the whole text. @throws LlmError */
  text(): Promise<string>
  /** The answer as server-sent events in OpenAI's chunk shape, for another client to read; an error becomes an `error` event. */
  toReadableStream(): ReadableStream<Uint8Array>
  /** The same as the response of a server. */
  toResponse(init?: ResponseInit): Response
}

/** What differs between the kinds of answers; one for each attempt. */
export interface AnswerSession<Event, Result> {
  readonly start: Event
  readonly textKey: 'content' | 'text'
  push(chunk: JsonObject): readonly Event[]
  /** Takes a text of which is known that its chunk says nothing else. */
  pushText(text: string): Event
  /** Whether the chunk has said nothing but a text. */
  isOnlyText(chunk: JsonObject): boolean
  partial(): PartialOutput | undefined
  identity(): ChunkIdentity
  /** Ends the answer; `undefined` when it is not complete. */
  end(options: { readonly isDone: boolean; readonly body: JsonObject | undefined }): Ending<Event, Result> | undefined
}

/** The last events of an answer and the whole of it. */
interface Ending<Event, Result> {
  readonly events: readonly Event[]
  readonly result: Result
}

/** Writes events as the chunks of an OpenAI stream. */
export interface EventEncoder<Event> {
  event(event: Event): string
  error(error: unknown): string
}

/** What {@link createAnswerStream} is made of. */
export interface AnswerStreamParts<Event, Result extends { readonly text: string }> {
  readonly transport: Transport
  readonly wire: WireRequest
  readonly options: CallOptions
  readonly createSession: (response: Response) => AnswerSession<Event, Result>
  /** Writes an event on the wire; an empty text for one that says nothing there. */
  readonly createEncoder: (identity: () => ChunkIdentity) => EventEncoder<Event>
}

/** Creates the stream of an answer. */
export function createAnswerStream<Event, Result extends { readonly text: string }>(
  parts: AnswerStreamParts<Event, Result>,
): AnswerStream<Event, Result> {
  const { transport, wire, options, createSession } = parts
  const maxBytes = options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES
  const call = openCall(transport, wire, options)
  const finished: IteratorResult<Event> = { done: true, value: undefined }
  let session: AnswerSession<Event, Result> | undefined
  let source: ChunkSource | undefined
  let requestId: string | undefined
  let queue: readonly Event[] = []
  let queued = 0
  let hasDelivered = false
  let isDone = false
  let body: JsonObject | undefined
  let isOver = false
  let ending: Ending<Event, Result> | undefined
  let failure: unknown
  let isReading = false
  let reading: Promise<IteratorResult<Event>> | undefined

  function give(value: Event): IteratorResult<Event> {
    return { done: false, value }
  }

  function enqueue(events: readonly Event[]): IteratorResult<Event> | undefined {
    const [first] = events
    if (first === undefined) return undefined
    hasDelivered = true
    queue = events
    queued = 1
    return give(first)
  }

  /** The next event out of what has arrived; `undefined` when the network has to be asked. */
  function take(): IteratorResult<Event> | undefined {
    const waiting = queue[queued]
    if (waiting !== undefined) {
      queued += 1
      return give(waiting)
    }
    if (isOver || ending) return finish()
    if (!session || !source) return undefined
    for (;;) {
      const text = source.takeText()
      if (text !== undefined) {
        if (text === '') continue
        hasDelivered = true
        return give(session.pushText(text))
      }
      const item = source.takeItem()
      if (!item) return undefined
      if (item.type === 'chunk') {
        options.checkChunk?.(item.chunk)
        if (!hasDelivered) call.began()
        const next = enqueue(session.push(item.chunk))
        if (session.isOnlyText(item.chunk)) source.learn(item.chunk, session.textKey)
        else source.forget()
        if (next) return next
      } else {
        if (item.type === 'done') isDone = true
        else body = item.body
        return conclude()
      }
    }
  }

  function conclude(): IteratorResult<Event> {
    if (!session) return finish()
    const end = session.end({ isDone, body })
    if (!end) throw new Error('the bytes ended')
    ending = end
    source?.close()
    call.end(undefined)
    return enqueue(end.events) ?? finish()
  }

  function finish(): IteratorResult<Event> {
    isOver = true
    queue = []
    return finished
  }

  async function open(): Promise<void> {
    const response = await call.send()
    requestId = requestIdOf(response.headers)
    source = createChunkSource(response, { signal: call.signal(), watch: call, interrupt: call.interrupt, maxBytes })
    if (isOver) return source.close()
    session = createSession(response)
    queue = [session.start]
    queued = 0
  }

  /** Asks the network until there is an event. */
  async function pull(error?: unknown): Promise<IteratorResult<Event>> {
    try {
      if (error !== undefined) await recover(error)
      for (;;) {
        try {
          if (!source) await open()
          else if (!(await source.read())) return isOver ? finished : (take() ?? conclude())
          const ready = take()
          if (ready) return ready
        } catch (thrown) {
          await recover(thrown)
        }
      }
    } finally {
      isReading = false
    }
  }

  /** Makes ready for another attempt, or fails. Nothing is repeated once a piece of the answer was handed out. */
  async function recover(error: unknown): Promise<void> {
    if (isOver) throw failure
    const partial = (): PartialOutput | undefined => session?.partial()
    const coded = session ? streamError(error, { signal: call.signal(), requestId, partial }) : error
    source?.close()
    source = undefined
    session = undefined
    try {
      if (hasDelivered) {
        call.end(coded)
        throw coded
      }
      await call.repeat(coded)
    } catch (final) {
      failure = final
      finish()
      throw final
    }
  }

  function next(): Promise<IteratorResult<Event>> {
    // Reads that come before the last one is answered wait for it, as with a generator.
    if (isReading) return Promise.resolve(reading).then(next, next)
    try {
      const ready = take()
      if (ready) return Promise.resolve(ready)
      isReading = true
      reading = pull()
    } catch (error) {
      isReading = true
      reading = pull(error)
    }
    return reading
  }

  async function leave(): Promise<IteratorResult<Event>> {
    if (isOver) return finished
    finish()
    if (ending) return finished
    failure = new AbortError('the stream was left before its end', { partial: session?.partial() })
    source?.close()
    call.end(failure)
    return finished
  }

  async function final(): Promise<Result> {
    while ((await next()).done !== true);
    if (ending) return ending.result
    throw failure
  }

  function toReadableStream(): ReadableStream<Uint8Array> {
    const encoder = parts.createEncoder(() => session?.identity() ?? { id: '', created: 0, model: '' })
    const bytes = new TextEncoder()
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          try {
            for (;;) {
              const item = await next()
              if (item.done) return controller.close()
              const text = encoder.event(item.value)
              if (text === '') continue
              return controller.enqueue(bytes.encode(text))
            }
          } catch (error) {
            controller.enqueue(bytes.encode(encoder.error(error)))
            controller.close()
          }
        },
        async cancel() {
          await leave()
        },
      },
      { highWaterMark: 0 },
    )
  }

  const stream: AnswerStream<Event, Result> = {
    next,
    return: leave,
    [Symbol.asyncIterator]: () => stream,
    final,
    text: async () => (await final()).text,
    toReadableStream,
    toResponse(init = {}) {
      const headers = new Headers(init.headers)
      headers.set('content-type', 'text/event-stream; charset=utf-8')
      headers.set('cache-control', 'no-cache, no-transform')
      return new Response(toReadableStream(), { ...init, headers })
    },
  }
  return stream
}

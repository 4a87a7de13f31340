import { isJsonObject, type JsonObject, readJson } from '../json.js'
import { ChunkError } from './chat-chunk-reader.js'
import { createByteSource, type NetworkWatch, readSourceText } from './read-bytes.js'
import { createSseReader, type SseEvent } from './sse-decoder.js'
import { MidStreamError } from './stream-error.js'
import { type TextTemplate, textTemplateOf } from './text-template.js'

/** What a streamed answer consists of: chunks, or the whole body at once from a server that ignored `stream`. */
export type StreamItem =
  | { readonly type: 'chunk'; readonly chunk: JsonObject }
  | { readonly type: 'body'; readonly body: JsonObject }
  | { readonly type: 'done' }

/** Options of {@link createChunkSource}. */
export interface ChunkSourceOptions {
  readonly signal?: AbortSignal | undefined
  readonly watch?: NetworkWatch | undefined
  /** Largest size of the whole stream, in bytes. */
  readonly maxBytes: number
}

/** The items of a streamed answer, on demand: nothing is read or parsed before it is asked for. */
export interface ChunkSource {
  /** The text of the next chunk, if it has the learnt form and has arrived; then `takeItem` would have returned a chunk. */
  takeText(): string | undefined
  /** The next item that has arrived; `undefined` when more has to be read. @throws internal errors that `streamError` knows */
  takeItem(): StreamItem | undefined
  /** Reads from the network once; false at the end. */
  read(): Promise<boolean>
  /** Learns the form of the last chunk, whose only content was a text under `key`. */
  learn(chunk: JsonObject, key: 'content' | 'text'): void
  /** Something other than text came: what was learnt may no longer say all. */
  forget(): void
  /** Ends reading. After `[DONE]` the connection may be used again, before it the sender is told to stop. */
  close(): void
}

/** Largest single event, in characters. */
const maxEventChars = 4 * 1024 * 1024
/** How often a form is learnt; streams whose chunks never repeat one (random padding) should not pay for it. */
const maxLessons = 8

/** Creates the source of a response's items. */
export function createChunkSource(response: Response, options: ChunkSourceOptions): ChunkSource {
  const bytes = createByteSource(response.body, options)
  const events = createSseReader({ maxEventChars })
  let size = 0
  let isFirst = true
  let isDone = false
  let body: JsonObject | undefined
  let template: TextTemplate | undefined
  let lessons = 0

  return {
    takeText: () => (template === undefined || isDone ? undefined : events.nextText(template)),
    takeItem() {
      if (isDone) return undefined
      if (body) {
        const item: StreamItem = { type: 'body', body }
        body = undefined
        isDone = true
        return item
      }
      for (let event = events.next(); event; event = events.next()) {
        const item = itemOf(event)
        if (!item) continue
        isDone = item.type === 'done'
        return item
      }
      return undefined
    },
    async read() {
      if (isDone) return false
      const piece = await bytes.next()
      if (!piece) {
        events.end()
        return false
      }
      if (isFirst) {
        const start = firstVisibleByte(piece)
        if (start === undefined) return true
        isFirst = false
        if (start === 0x7b) {
          body = await readBody(bytes, { maxBytes: options.maxBytes, first: piece })
          return true
        }
      }
      size += piece.length
      if (size > options.maxBytes) throw new RangeError(`stream of more than ${options.maxBytes} bytes`)
      events.push(piece)
      return true
    },
    learn(chunk, key) {
      if (lessons >= maxLessons) return
      const raw = events.lastRaw()
      if (raw === undefined) return
      lessons += 1
      template = textTemplateOf(raw, chunk, key)
    },
    forget() {
      template = undefined
    },
    close() {
      if (isDone) bytes.finish()
      else bytes.cancel()
    },
  }
}

function itemOf(event: SseEvent): StreamItem | undefined {
  const { data } = event
  if (data.length < 16 && data.trim() === '[DONE]') return { type: 'done' }
  const chunk = readJson(data)
  if (isJsonObject(chunk) && isErrorChunk(chunk)) throw new MidStreamError(chunk)
  // Events with another name are extensions of the server; those without JSON are its heartbeats.
  if (event.event !== '' && event.event !== 'message') return undefined
  if (data === '') return undefined
  if (!isJsonObject(chunk)) throw new ChunkError('an event that is not a JSON object')
  return { type: 'chunk', chunk }
}

function isErrorChunk(chunk: JsonObject): boolean {
  const error = chunk['error']
  return error !== undefined && error !== null
}

async function readBody(
  source: ReturnType<typeof createByteSource>,
  options: { readonly maxBytes: number; readonly first: Uint8Array },
): Promise<JsonObject> {
  const body = readJson(await readSourceText(source, options))
  if (!isJsonObject(body)) throw new ChunkError('a body that is neither an event stream nor a JSON object')
  if (isErrorChunk(body)) throw new MidStreamError(body)
  return body
}

function firstVisibleByte(bytes: Uint8Array): number | undefined {
  return bytes.find((byte) => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)
}

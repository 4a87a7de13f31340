import { isJsonObject, type JsonObject, readJson } from '../json.js'
import { ChunkError } from './chunk-error.js'
import { createByteSource, type Interrupt, type NetworkWatch, readSourceText } from './read-bytes.js'
import { createSseReader, type SseEvent } from './sse-decoder.js'
import { MidStreamError } from './stream-error.js'
import { type TakenText, type TextTemplate, takeText, textTemplateOf } from './text-template.js'

/** What a streamed answer consists of: chunks, or the whole body at once from a server that ignored `stream`. */
type StreamItem =
  | { readonly type: 'chunk'; readonly chunk: JsonObject }
  | { readonly type: 'body'; readonly body: JsonObject }
  | { readonly type: 'done' }

/** Options of {@link createChunkSource}. */
export interface ChunkSourceOptions {
  readonly signal?: AbortSignal | undefined
  readonly watch?: NetworkWatch | undefined
  readonly interrupt?: Interrupt | undefined
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
const nothing = new Uint8Array()
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
  /** What the network sent last, as far as it has not been handed to `events`. */
  let piece: Uint8Array = nothing
  let at = 0
  const taken: TakenText = { text: '', end: 0 }

  /** Hands the next event to the reader, or all there is when nothing would be gained by going one by one. */
  function feed(): boolean {
    if (at >= piece.length) return false
    const end = template ? endOfEvent(piece, at) : piece.length
    events.push(at === 0 && end === piece.length ? piece : piece.subarray(at, end))
    at = end
    return true
  }

  function nextItem(): StreamItem | undefined {
    for (let event = events.next(); event; event = events.next()) {
      const item = itemOf(event)
      if (item) return item
    }
    return undefined
  }

  return {
    takeText() {
      if (!template || isDone || at >= piece.length || !events.isBetweenEvents()) return undefined
      if (!takeText(piece, at, template, taken)) return undefined
      at = taken.end
      return taken.text
    },
    takeItem() {
      if (isDone) return undefined
      if (body) {
        const item: StreamItem = { type: 'body', body }
        body = undefined
        isDone = true
        return item
      }
      do {
        const item = nextItem()
        if (!item) continue
        isDone = item.type === 'done'
        return item
      } while (feed())
      return undefined
    },
    async read() {
      if (isDone) return false
      const arrived = await bytes.next()
      if (!arrived) {
        events.end()
        return false
      }
      if (isFirst) {
        const start = firstVisibleByte(arrived)
        if (start === undefined) return true
        isFirst = false
        if (start === 0x7b) {
          body = await readBody(bytes, { maxBytes: options.maxBytes, first: arrived })
          return true
        }
      }
      size += arrived.length
      if (size > options.maxBytes) throw new RangeError(`stream of more than ${options.maxBytes} bytes`)
      while (feed());
      piece = arrived
      at = 0
      return true
    },
    learn(chunk, key) {
      if (lessons >= maxLessons) return
      const raw = events.lastRaw()
      if (raw === undefined || (template && raw.startsWith(template.opening))) return
      lessons += 1
      template = textTemplateOf(raw, chunk, key) ?? template
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

/** Where the event at `start` ends, its blank line included; the end of the bytes when they hold no blank line. */
function endOfEvent(bytes: Uint8Array, start: number): number {
  for (let end = bytes.indexOf(10, start); end !== -1; end = bytes.indexOf(10, end + 1))
    if (bytes[end + 1] === 10) return end + 2
  return bytes.length
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
  return (chunk['error'] ?? null) !== null
}

async function readBody(
  source: ReturnType<typeof createByteSource>,
  options: { readonly maxBytes: number; readonly first: Uint8Array },
): Promise<JsonObject> {
  const body = readJson(await readSourceText(source, options))
  if (!isJsonObject(body)) throw new ChunkError('neither events nor a JSON object')
  if (isErrorChunk(body)) throw new MidStreamError(body)
  return body
}

function firstVisibleByte(bytes: Uint8Array): number | undefined {
  return bytes.find((byte) => byte > 0x20)
}

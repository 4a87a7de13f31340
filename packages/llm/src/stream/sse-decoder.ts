import { createUtf8Decoder } from './utf8-decoder.js'

/** One server-sent event: its name (empty for the default) and its data lines joined by LF. */
export interface SseEvent {
  readonly event: string
  readonly data: string
}

/** Incremental decoder; `push` returns the events that the bytes complete. */
export interface SseDecoder {
  push(bytes: Uint8Array): readonly SseEvent[]
  /** Ends the input: a last event without its blank line is still returned. */
  end(): readonly SseEvent[]
}

/** Thrown internally when an event grows past its bound; callers turn it into their own error. */
class SseOverflow extends RangeError {}

/** Pull form of the decoder: events are looked for when they are asked for, so none wait in a queue. */
export interface SseReader {
  push(bytes: Uint8Array): void
  /** No more bytes: a last event without its blank line counts. */
  end(): void
  /** The next event of the bytes so far. */
  next(): SseEvent | undefined
  /** True when everything so far has been handed out: what comes next begins an event. */
  isBetweenEvents(): boolean
  /** The event that `next` returned last as it stood on the wire; `undefined` when it came in several pieces. */
  lastRaw(): string | undefined
}

const lineFeed = 10
const carriageReturn = 13

/**
 * Creates a reader of `text/event-stream` (WHATWG HTML §9.2.6). Bytes may be cut anywhere: inside a UTF-8 sequence, between CR and LF.
 * Comments, `id` and `retry` are ignored. Invalid UTF-8 throws, and so does
 * an event past its bound.
 */
export function createSseReader(options: { readonly maxEventChars: number }): SseReader {
  const { maxEventChars } = options
  const decoder = createUtf8Decoder()
  const lineEnds = /[\r\n]/g
  let buffer = ''
  let position = 0
  /** Pieces without any line end, which would be copied again and again if they were joined at once. */
  let waiting: string[] = []
  let waitingChars = 0
  let skipLineFeed = false
  let eventName = ''
  let data = ''
  let hasData = false
  let rawStart = -1
  let rawEnd = -1
  let hasEnded = false

  const tooLong = (): SseOverflow => new SseOverflow(`event of more than ${maxEventChars} characters`)

  function pushText(text: string): void {
    if (text === '') return
    if (!/[\r\n]/.test(text)) {
      waiting.push(text)
      waitingChars += text.length
      if (waitingChars + buffer.length - position > maxEventChars) throw tooLong()
      return
    }
    const rest = buffer.slice(position)
    buffer = rest + waiting.join('') + text
    waiting = []
    waitingChars = 0
    position = 0
    rawStart = hasData || eventName !== '' ? -1 : 0
    rawEnd = -1
  }

  function takeField(line: string): void {
    const [, field, value = ''] = /^(data|event)(?:$|: ?(.*)$)/s.exec(line) ?? []
    if (field === 'event') eventName = value
    if (field !== 'data') return
    if (data.length + value.length + 1 > maxEventChars) throw tooLong()
    data = hasData ? `${data}\n${value}` : value
    hasData = true
  }

  function takeEvent(): SseEvent | undefined {
    const event = hasData ? { event: eventName, data } : undefined
    eventName = ''
    data = ''
    hasData = false
    return event
  }

  function skipPendingLineFeed(): void {
    if (!skipLineFeed || position >= buffer.length) return
    if (buffer.charCodeAt(position) === lineFeed) position += 1
    skipLineFeed = false
  }

  return {
    push: (bytes) => pushText(decoder.push(bytes)),
    end() {
      if (hasEnded) return
      hasEnded = true
      // Two line ends close the last line and the last event; after complete ones they have no meaning.
      pushText(`${decoder.end()}\n\n`)
    },
    next() {
      for (;;) {
        skipPendingLineFeed()
        if (!hasData && eventName === '') rawStart = position
        lineEnds.lastIndex = position
        const lineEnd = lineEnds.exec(buffer)?.index
        if (lineEnd === undefined) {
          if (buffer.length - position > maxEventChars) throw tooLong()
          return undefined
        }
        const start = position
        position = lineEnd + 1
        skipLineFeed = buffer.charCodeAt(lineEnd) === carriageReturn
        if (lineEnd > start) {
          takeField(buffer.slice(start, lineEnd))
          continue
        }
        const event = takeEvent()
        if (!event) continue
        rawEnd = position
        return event
      }
    },
    isBetweenEvents() {
      skipPendingLineFeed()
      return position === buffer.length && waitingChars === 0 && !hasData && eventName === '' && decoder.isWhole()
    },
    lastRaw: () => (rawStart >= 0 && rawEnd > rawStart ? buffer.slice(rawStart, rawEnd) : undefined),
  }
}

/** Creates a decoder that hands out all events of a piece at once. */
export function createSseDecoder(options: { readonly maxEventChars: number }): SseDecoder {
  const reader = createSseReader(options)
  const all = (): readonly SseEvent[] => {
    const events: SseEvent[] = []
    for (let event = reader.next(); event; event = reader.next()) events.push(event)
    return events
  }
  return {
    push(bytes) {
      reader.push(bytes)
      return all()
    },
    end() {
      reader.end()
      return all()
    },
  }
}

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
export class SseOverflow extends Error {
  override readonly name = 'SseOverflow'
}

/**
 * Creates a decoder for `text/event-stream` (WHATWG HTML §9.2.6). Bytes may be cut anywhere: inside a UTF-8 sequence, between CR and LF.
 * Comments, `id` and `retry` are ignored. Invalid UTF-8 throws.
 */
export function createSseDecoder(options: { readonly maxEventChars: number }): SseDecoder {
  const decoder = createUtf8Decoder()
  let buffer = ''
  let scanFrom = 0
  let skipLineFeed = false
  let eventName = ''
  let data: string[] = []
  let dataChars = 0

  function takeLine(line: string): SseEvent | undefined {
    if (line === '') {
      const event = data.length === 0 ? undefined : { event: eventName, data: data.join('\n') }
      eventName = ''
      data = []
      dataChars = 0
      return event
    }
    const colon = line.indexOf(':')
    if (colon === 0) return undefined
    const field = colon === -1 ? line : line.slice(0, colon)
    const rest = colon === -1 ? '' : line.slice(colon + 1)
    const value = rest.startsWith(' ') ? rest.slice(1) : rest
    if (field === 'data') {
      dataChars += value.length + 1
      if (dataChars > options.maxEventChars)
        throw new SseOverflow(`event of more than ${options.maxEventChars} characters`)
      data.push(value)
    } else if (field === 'event') {
      eventName = value
    }
    return undefined
  }

  function takeText(text: string): SseEvent[] {
    const events: SseEvent[] = []
    buffer += text
    let lineStart = 0
    for (;;) {
      if (skipLineFeed && lineStart < buffer.length) {
        if (buffer.charCodeAt(lineStart) === 10) lineStart += 1
        skipLineFeed = false
        if (scanFrom < lineStart) scanFrom = lineStart
      }
      const lineEnd = indexOfLineEnd(buffer, Math.max(scanFrom, lineStart))
      if (lineEnd === -1) break
      const event = takeLine(buffer.slice(lineStart, lineEnd))
      if (event) events.push(event)
      skipLineFeed = buffer.charCodeAt(lineEnd) === 13
      lineStart = lineEnd + 1
      scanFrom = lineStart
    }
    buffer = buffer.slice(lineStart)
    scanFrom = buffer.length
    if (buffer.length > options.maxEventChars)
      throw new SseOverflow(`line of more than ${options.maxEventChars} characters`)
    return events
  }

  return {
    push: (bytes) => takeText(decoder.push(bytes)),
    end() {
      const events = takeText(decoder.end())
      const lines = buffer === '' ? [''] : [buffer, '']
      buffer = ''
      scanFrom = 0
      for (const line of lines) {
        const event = takeLine(line)
        if (event) events.push(event)
      }
      return events
    },
  }
}

function indexOfLineEnd(text: string, from: number): number {
  for (let index = from; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === 10 || code === 13) return index
  }
  return -1
}

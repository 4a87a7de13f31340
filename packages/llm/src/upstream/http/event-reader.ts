import type { JsonObject } from '../../json.js'
import { createSseReader, type SseEvent } from '../../stream/sse-decoder.js'
import { type TakenText, type TextTemplate, takeText, textTemplateOf } from '../../stream/text-template.js'
import { UpstreamError } from '../upstream-error.js'
import type { PlainText } from './wire.js'

/** Options of {@link createEventReader}. */
export interface EventReaderOptions {
  /** How to tell events that are nothing but text; without it every event is parsed. */
  readonly plainText: PlainText | undefined
  /** Takes an event; returns what it was read from, where that was an object of the answer. */
  readonly onEvent: (event: SseEvent) => JsonObject | undefined
  /** Takes the text of an event that says nothing else. */
  readonly onText: (text: string) => void
}

/** Reads server-sent events from the pieces of a body, in their order. */
export interface EventReader {
  /** @throws UpstreamError `UPSTREAM_INVALID` for bytes that are no text, or an event above its bound */
  push(piece: Uint8Array): void
  /** The body is over: a last event without its blank line counts. @throws UpstreamError as `push` does */
  end(): void
}

/** Largest single event, in characters. */
const maxEventChars = 4 * 1024 * 1024
/** How often a form is learnt; streams whose events never repeat one (random padding) should not pay for it. */
const maxLessons = 8
const lineFeed = 10

/**
 * Creates a reader. Providers send thousands of events that differ in one text only: once their form is proven, the text is taken from its
 * place without parsing the rest. Whatever has another form is parsed.
 */
export function createEventReader({ plainText, onEvent, onText }: EventReaderOptions): EventReader {
  const events = createSseReader({ maxEventChars })
  const taken: TakenText = { text: '', end: 0 }
  let template: TextTemplate | undefined
  let lessons = 0
  let isFirst = true

  function learn(json: JsonObject): void {
    if (plainText === undefined || lessons >= maxLessons) return
    const raw = events.lastRaw()
    if (raw === undefined || (template !== undefined && raw.startsWith(template.opening))) return
    if (!plainText.isAllOf(json)) return
    // The first one of an answer often has a form of its own: it names the role.
    if (isFirst) {
      isFirst = false
      return
    }
    lessons += 1
    template = textTemplateOf(raw, json, plainText.key) ?? template
  }

  function readWhole(): void {
    for (let event = meaningOf(events.next); event; event = meaningOf(events.next)) {
      const json = onEvent(event)
      if (json !== undefined) learn(json)
    }
  }

  function takeTextAt(piece: Uint8Array, at: number): boolean {
    if (template === undefined || !events.isBetweenEvents()) return false
    const form = template
    return meaningOf(() => takeText(piece, at, form, taken))
  }

  return {
    push(piece) {
      let at = 0
      while (at < piece.length) {
        if (takeTextAt(piece, at)) {
          at = taken.end
          onText(taken.text)
          continue
        }
        // One by one only where something is gained by it.
        const mayGain = plainText !== undefined && (template !== undefined || lessons < maxLessons)
        const end = mayGain ? endOfEvent(piece, at) : piece.length
        const part = at === 0 && end === piece.length ? piece : piece.subarray(at, end)
        at = end
        meaningOf(() => events.push(part))
        readWhole()
      }
    },
    end() {
      meaningOf(events.end)
      readWhole()
    },
  }
}

/** Where the event at `start` ends, its blank line included; the end of the bytes when they hold no blank line. */
function endOfEvent(bytes: Uint8Array, start: number): number {
  for (let end = bytes.indexOf(lineFeed, start); end !== -1; end = bytes.indexOf(lineFeed, end + 1))
    if (bytes[end + 1] === lineFeed) return end + 2
  return bytes.length
}

/** The result of decoding; bytes that are no text, or an event above its bound, make no sense. */
export function meaningOf<Value>(decode: () => Value): Value {
  try {
    return decode()
  } catch {
    throw new UpstreamError('UPSTREAM_INVALID')
  }
}

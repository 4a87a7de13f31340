import { ClientError } from './client-error.js'
import { MAX_ANSWER_BYTES } from './defaults.js'
import { joinBytes } from './read-json.js'
import { VerificationError } from './verification-error.js'

/** Options of {@link verifiedStream}. */
export interface VerifiedStreamOptions {
  /** When the text may reach the reader: as it comes, or only after the receipt has been checked. */
  readonly verify: 'at-end' | 'before-yield'
  /** Judges the whole stream, given as it came. Rejects when it is not to be believed. */
  readonly judge: (bytes: Uint8Array) => Promise<void>
  /** Turns what the source throws into the error that the reader sees. */
  readonly failureOf: (error: unknown) => Error
}

// An answer's end: everything from the event on that ends it waits for the verdict, because readers stop at `[DONE]`.
// Inside a JSON string the quotes would be escaped, so text that a model writes cannot look like this.
const DONE_EVENT = /(?:^|[\r\n])data: ?\[DONE\]/
const LAST_EVENTS = /(?:^|[\r\n])data: ?\[DONE\]|"finish_reason"\s*:\s*"/

// Readers differ in what they do with named events: nothing may pass that one reader hashes and another one skips.
const PLAIN_EVENT = /^(?:(?:data:|:)[^\r\n]*(?:\r\n|\r|\n)|\r\n|\r|\n)*$/

/**
 * Passes server-sent events on as they come, keeps back the last ones until the whole stream has been judged, and ends with an error
 * instead of them when the verdict is bad.
 */
export function verifiedStream(
  source: ReadableStream<Uint8Array>,
  options: VerifiedStreamOptions,
): ReadableStream<Uint8Array> {
  const reader = source.getReader()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const encoder = new TextEncoder()
  const received: Uint8Array[] = []
  let size = 0
  let rest = ''
  let holding = options.verify === 'before-yield'
  let held = ''
  let done = false

  /** Takes text in and returns what may go out: whole events up to the first that ends the answer. */
  function take(text: string): string {
    rest += text
    let out = ''
    for (let end = eventEndOf(rest); end > 0; end = eventEndOf(rest)) {
      const event = rest.slice(0, end)
      rest = rest.slice(end)
      if (!PLAIN_EVENT.test(event) || (done && !isBlank(event))) throw foreignEvent()
      done ||= DONE_EVENT.test(event)
      holding ||= LAST_EVENTS.test(event)
      if (holding) held += event
      else out += event
    }
    return out
  }

  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        for (;;) {
          const { done: isOver, value } = await reader.read()
          if (isOver) {
            rest += decoder.decode()
            if (!PLAIN_EVENT.test(`${rest}\n`) || (done && !isBlank(rest))) throw foreignEvent()
            const tail = held + rest
            await options.judge(joinBytes(received))
            if (tail !== '') controller.enqueue(encoder.encode(tail))
            controller.close()
            return
          }
          size += value.length
          if (size > MAX_ANSWER_BYTES) {
            throw new ClientError('NODE_ERROR', `the stream is longer than ${MAX_ANSWER_BYTES} bytes`)
          }
          received.push(value)
          const out = take(decoder.decode(value, { stream: true }))
          if (out !== '') {
            controller.enqueue(encoder.encode(out))
            return
          }
        }
      } catch (error) {
        reader.cancel(error).catch(() => undefined)
        controller.error(options.failureOf(error))
      }
    },
    async cancel(reason) {
      await reader.cancel(reason)
    },
  })
}

/** True for an event that only keeps the connection alive. */
function isBlank(event: string): boolean {
  return !event.includes('data:')
}

function foreignEvent(): ClientError {
  return new VerificationError('VERIFICATION_RECEIPT', 'the stream carries an event that no receipt covers', {
    reason: 'FOREIGN_EVENT',
  })
}

/** Length of the first whole event, its blank line included; 0 when there is none yet. */
function eventEndOf(text: string): number {
  const match = /\n\n|\n\r\n|\r\r/.exec(text)
  return match === null ? 0 : match.index + match[0].length
}

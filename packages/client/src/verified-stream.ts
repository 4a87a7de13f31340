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
const DONE_LINE = /^data:\s*\[DONE\]/
const FINISH = /"finish_reason"\s*:\s*"/
/** A letter that needs no escape: written so, a member's name is the same to every reader of JSON. */
const ESCAPED_LETTER = /\\u00([2-7][0-9a-f])/gi

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
  /** Of a line whose end has not come yet; joined once, however small the pieces are. */
  let pieces: string[] = []
  /** The whole lines of an event whose end has not come yet. */
  let event = ''
  let dataLines = 0
  let isLineFeedDue = false
  let holding = options.verify === 'before-yield'
  let held = ''
  let done = false

  /** Judges one line. Readers differ in what they do with other fields: nothing may pass that one of them hashes and another one skips. */
  function judgeLine(line: string): void {
    if (line === '' || line.startsWith(':')) return
    // After the end there may be nothing, and everything before it was counted by whoever judges.
    if (done || !line.startsWith('data:')) throw foreignEvent()
    dataLines += 1
    done = DONE_LINE.test(line)
    holding ||= done || dataLines > 1 || isFinish(line)
  }

  /** Takes text in and returns what may go out: whole events up to the first that ends the answer. */
  function take(text: string): string {
    let out = ''
    const pass = (passed: string): void => {
      if (holding) held += passed
      else out += passed
    }
    let start = 0
    if (isLineFeedDue && text !== '') {
      isLineFeedDue = false
      if (text.startsWith('\n')) {
        start = 1
        if (event === '') pass('\n')
        else event += '\n'
      }
    }
    const lineEnds = /\r\n|\r|\n/g
    lineEnds.lastIndex = start
    for (let end = lineEnds.exec(text); end !== null; end = lineEnds.exec(text)) {
      const line = pieces.join('') + text.slice(start, end.index)
      pieces = []
      start = lineEnds.lastIndex
      isLineFeedDue = end[0] === '\r' && start === text.length
      judgeLine(line)
      event += line + end[0]
      if (line !== '') continue
      pass(event)
      event = ''
      dataLines = 0
    }
    if (start < text.length) pieces.push(text.slice(start))
    return out
  }

  /** What was kept back, once there is nothing more to come. */
  function takeRest(): string {
    const line = pieces.join('')
    judgeLine(line)
    return held + event + line
  }

  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        for (;;) {
          const { done: isOver, value } = await reader.read()
          if (isOver) {
            // Throws where a sequence of bytes was cut.
            decoder.decode()
            const tail = takeRest()
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

/** True for a line that names why the answer ended, in whatever spelling. */
function isFinish(line: string): boolean {
  if (FINISH.test(line)) return true
  if (!line.includes('\\u00')) return false
  return FINISH.test(line.replace(ESCAPED_LETTER, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))))
}

function foreignEvent(): ClientError {
  return new VerificationError('VERIFICATION_RECEIPT', 'the stream carries an event that no receipt covers', {
    reason: 'FOREIGN_EVENT',
  })
}

import type { FinishReason } from '@og/llm'
import { ClientError } from './client-error.js'

/** What happens in a stream. Text comes before its receipt could be checked unless `verify: 'before-yield'` was asked for. */
export type StreamEvent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'refusal'; readonly text: string }
  | {
      readonly type: 'tool-call'
      readonly index: number
      /** With the first piece of a call; null with the others. */
      readonly id: string | null
      readonly name: string | null
      /** Another piece of the arguments' JSON text. */
      readonly arguments: string
    }
  | { readonly type: 'turn-end'; readonly finishReason: FinishReason }

/**
 * A streamed inference. Iterating yields events and throws at the end when the receipt is missing or wrong: what was yielded must then
 * be thrown away. It can be iterated once.
 */
export interface InferenceStream<Result> extends AsyncIterable<StreamEvent> {
  /** Only the text, piece by piece. */
  textStream(): AsyncIterable<string>
  /** The verified result; reads the stream to its end when nobody else does. Rejects as iterating does. */
  final(): Promise<Result>
}

/**
 * Makes a stream of events. `open` starts the inference; it hands the verified result to `finish` before its events end, or throws.
 */
export function inferenceStreamOf<Result>(
  open: (finish: (result: Result) => void) => AsyncIterable<StreamEvent>,
): InferenceStream<Result> {
  let resolve: (result: Result) => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const result = new Promise<Result>((onResult, onError) => {
    resolve = onResult
    reject = onError
  })
  // Whoever iterates sees the error there; nobody has to call final().
  result.catch(() => undefined)
  let started = false

  async function* iterate(): AsyncGenerator<StreamEvent, void, undefined> {
    try {
      yield* open(resolve)
    } catch (error) {
      reject(error)
      throw error
    } finally {
      // Of no effect once there is a result or an error.
      reject(new ClientError('ABORTED', 'the stream was left before its end'))
    }
  }

  function start(): AsyncGenerator<StreamEvent, void, undefined> {
    if (started) throw new ClientError('INVALID_REQUEST', 'a stream can be read once')
    started = true
    return iterate()
  }

  return {
    [Symbol.asyncIterator]: start,
    async *textStream() {
      for await (const event of start()) if (event.type === 'text') yield event.text
    },
    async final() {
      if (!started) {
        const events = start()
        while ((await events.next()).done !== true);
      }
      return result
    },
  }
}

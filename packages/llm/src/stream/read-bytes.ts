import { createUtf8Decoder } from './utf8-decoder.js'

/** Is told when the network is waited for, and when it answered. */
export interface NetworkWatch {
  waiting(): void
  arrived(): void
}

/** Byte chunks of a body, pulled one at a time. */
export interface ByteSource {
  /** The next chunk, or `undefined` at the end. Rejects with the signal's reason on abort. */
  next(): Promise<Uint8Array | undefined>
  /** Stops reading and tells the sender so. */
  cancel(reason?: unknown): void
  /** Lets a body that has said all it had to say end by itself, so that its connection can be used again. */
  finish(): void
}

/** Where an owner of the signal tells that it aborted: one place instead of a listener for each reader. */
export interface Interrupt {
  onStop: (() => void) | undefined
}

/** Options of {@link createByteSource}. */
export interface ByteSourceOptions {
  readonly signal?: AbortSignal | undefined
  readonly watch?: NetworkWatch | undefined
  readonly interrupt?: Interrupt | undefined
}

/** Reads a response body on demand: nothing is pulled before it is asked for. */
export function createByteSource(body: ReadableStream<Uint8Array> | null, options: ByteSourceOptions): ByteSource {
  const { signal, watch, interrupt } = options
  const reader = body?.getReader()
  let isOver = reader === undefined
  let isFollowing = false

  // Cancelling settles a read that is under way, so one listener for the whole body is enough.
  const onAbort = (): void => stop(signal?.reason)
  function leave(): void {
    isOver = true
    if (!isFollowing) return
    isFollowing = false
    if (interrupt) interrupt.onStop = undefined
    else signal?.removeEventListener('abort', onAbort)
  }
  function stop(reason: unknown): void {
    if (isOver || !reader) return
    leave()
    reader.cancel(reason).catch(() => undefined)
  }
  return {
    async next() {
      if (!reader || isOver) return undefined
      if (signal && !isFollowing) {
        if (signal.aborted) {
          stop(signal.reason)
          throw signal.reason
        }
        if (interrupt) interrupt.onStop = onAbort
        else signal.addEventListener('abort', onAbort, { once: true })
        isFollowing = true
      }
      watch?.waiting()
      const chunk = await reader.read()
      watch?.arrived()
      if (signal?.aborted) throw signal.reason
      if (!chunk.done) return chunk.value
      leave()
      return undefined
    },
    cancel: stop,
    finish() {
      if (isOver || !reader) return
      leave()
      reader
        .read()
        .then((chunk) => (chunk.done ? undefined : reader.cancel()))
        .catch(() => undefined)
    },
  }
}

/** Options of {@link readAllText}. */
export interface ReadTextOptions extends ByteSourceOptions {
  readonly maxBytes: number
  readonly first?: Uint8Array | undefined
}

/** Reads a whole body. @throws RangeError above `maxBytes`. */
export async function readAllText(body: ReadableStream<Uint8Array> | null, options: ReadTextOptions): Promise<string> {
  const source = createByteSource(body, options)
  return readSourceText(source, options)
}

/** Reads what is left of a source. @throws RangeError above `maxBytes`. */
export async function readSourceText(
  source: ByteSource,
  options: { readonly maxBytes: number; readonly first?: Uint8Array | undefined },
): Promise<string> {
  const decoder = createUtf8Decoder()
  let text = ''
  let size = 0
  try {
    for (let chunk = options.first ?? (await source.next()); chunk; chunk = await source.next()) {
      size += chunk.length
      if (size > options.maxBytes) throw new RangeError(`body of more than ${options.maxBytes} bytes`)
      text += decoder.push(chunk)
    }
    return text + decoder.end()
  } finally {
    source.cancel()
  }
}

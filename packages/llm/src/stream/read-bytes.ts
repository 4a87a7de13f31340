import { createUtf8Decoder } from './utf8-decoder.js'

/** Byte chunks of a body, pulled one at a time. */
export interface ByteSource {
  /** The next chunk, or `undefined` at the end. Rejects with the signal's reason on abort. */
  next(): Promise<Uint8Array | undefined>
  /** Stops reading and tells the sender so. */
  cancel(reason?: unknown): void
  /** Lets a body that has said all it had to say end by itself, so that its connection can be used again. */
  finish(): void
}

/** Reads a response body on demand: nothing is pulled before it is asked for. */
export function createByteSource(
  body: ReadableStream<Uint8Array> | null,
  options: { readonly signal?: AbortSignal | undefined },
): ByteSource {
  const { signal } = options
  const reader = body?.getReader()
  let isOver = reader === undefined
  const stop = (reason: unknown): void => {
    if (isOver || !reader) return
    isOver = true
    reader.cancel(reason).catch(() => undefined)
  }
  return {
    async next() {
      if (!reader || isOver) return undefined
      signal?.throwIfAborted()
      const chunk = await withAbort(reader.read(), signal)
      if (!chunk.done) return chunk.value
      isOver = true
      return undefined
    },
    cancel: stop,
    finish() {
      if (isOver || !reader) return
      isOver = true
      reader
        .read()
        .then(
          (chunk) => (chunk.done ? undefined : reader.cancel()),
          () => undefined,
        )
        .catch(() => undefined)
    },
  }
}

/** Reads a whole body. @throws RangeError above `maxBytes`. */
export async function readAllText(
  body: ReadableStream<Uint8Array> | null,
  options: {
    readonly maxBytes: number
    readonly signal?: AbortSignal | undefined
    readonly first?: Uint8Array | undefined
  },
): Promise<string> {
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

/** The promise, or the signal's reason if that comes first; leaves no listener behind. */
async function withAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  let onAbort: (() => void) | undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort)
    promise.catch(() => undefined)
  }
}

import { type Bytes, concatBytes } from './bytes.js'
import { ChannelError } from './channel-error.js'

/**
 * Reads a whole body of at most `maxBytes`.
 * @throws {ChannelError} `TOO_LARGE`; whatever the body itself errors with; the signal's reason when aborted.
 */
export async function readBounded(
  body: ReadableStream<Uint8Array>,
  options: { readonly maxBytes: number; readonly signal: AbortSignal | null },
): Promise<Bytes> {
  const { maxBytes, signal } = options
  const reader = body.getReader()
  const onAbort = (): void => {
    void reader.cancel(signal?.reason).catch(() => undefined)
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  const pieces: Uint8Array[] = []
  let length = 0
  try {
    for (;;) {
      const result = await reader.read()
      // Cancelling resolves a waiting read as if the body had ended.
      signal?.throwIfAborted()
      if (result.done) return concatBytes(...pieces)
      length += result.value.length
      if (length > maxBytes) {
        const error = new ChannelError('TOO_LARGE', `a body of more than ${maxBytes} bytes`)
        void reader.cancel(error).catch(() => undefined)
        throw error
      }
      pieces.push(result.value)
    }
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

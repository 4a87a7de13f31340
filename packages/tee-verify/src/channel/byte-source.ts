import type { Bytes } from './bytes.js'
import { ChannelError } from './channel-error.js'

/** Reads exact counts of bytes from a transport body, however it is cut. */
export interface ByteSource {
  /**
   * Resolves to `length` bytes, or to `undefined` when the transport ended before the first of them.
   * @throws {ChannelError} `TRUNCATED` when it ended inside them or broke; the signal's reason when aborted.
   */
  take(length: number): Promise<Bytes | undefined>
  /** True once the transport is at its end; a transport that breaks here has nothing more to give either. */
  isDrained(): Promise<boolean>
  /** Gives the transport up. Never rejects; may take as long as the transport does, so an error path does not wait. */
  cancel(reason: unknown): Promise<void>
}

/** Wraps a transport body; an aborted `signal` ends a waiting read at once, whether or not the transport knows it. */
export function createByteSource(stream: ReadableStream<Uint8Array>, signal: AbortSignal | null): ByteSource {
  const reader = stream.getReader()
  let piece: Uint8Array = new Uint8Array(0)
  let offset = 0

  const cancel = async (reason: unknown): Promise<void> => {
    // The transport may be broken already; whoever cancels does not care.
    await reader.cancel(reason).catch(() => undefined)
  }
  const onAbort = (): void => {
    void cancel(signal?.reason)
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  const release = (): void => signal?.removeEventListener('abort', onAbort)

  /** Resolves to false at the end of the transport. */
  const readPiece = async (): Promise<boolean> => {
    signal?.throwIfAborted()
    let result: ReadableStreamReadResult<Uint8Array>
    try {
      result = await reader.read()
    } catch (cause) {
      release()
      signal?.throwIfAborted()
      throw new ChannelError('TRUNCATED', 'the sealed answer broke off', { cause })
    }
    // Cancelling resolves a waiting read as if the transport had ended.
    signal?.throwIfAborted()
    if (result.done) {
      release()
      return false
    }
    piece = result.value
    offset = 0
    return true
  }

  return {
    take: async (length) => {
      const taken = new Uint8Array(length)
      let filled = 0
      while (filled < length) {
        if (offset === piece.length) {
          if (await readPiece()) continue
          if (filled === 0) return undefined
          throw new ChannelError('TRUNCATED', `the sealed answer ends ${length - filled} bytes early`)
        }
        const part = piece.subarray(offset, offset + length - filled)
        taken.set(part, filled)
        filled += part.length
        offset += part.length
      }
      return taken
    },
    isDrained: async () => {
      while (offset === piece.length) {
        try {
          if (!(await readPiece())) return true
        } catch (error) {
          if (error instanceof ChannelError) return true
          throw error
        }
      }
      return false
    },
    cancel: async (reason) => {
      release()
      await cancel(reason)
    },
  }
}

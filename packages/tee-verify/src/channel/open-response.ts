import { createByteSource } from './byte-source.js'
import type { Bytes } from './bytes.js'
import { ChannelError } from './channel-error.js'
import { isNullBodyStatus } from './response-head.js'
import { type ResponseReader, type ResponseSecret, readResponse } from './response-reader.js'

/**
 * Rebuilds the inner `Response` of a sealed answer as soon as its head is authenticated. The body opens one frame per
 * pull, so a slow consumer slows the transport; it errors with a {@link ChannelError} in place of ending when the
 * answer is cut, reordered or changed, and with the signal's reason when aborted; cancelling it cancels the transport.
 * @throws {ChannelError} whatever is wrong with prefix or head.
 */
export async function openResponse(
  body: ReadableStream<Uint8Array>,
  options: { readonly secret: ResponseSecret; readonly signal: AbortSignal | null },
): Promise<Response> {
  const source = createByteSource(body, options.signal)
  try {
    const reader = await readResponse(source, options.secret)
    const { status } = reader.head
    const headers = reader.head.headers.map(([name, value]): [string, string] => [name, value])
    if (isNullBodyStatus(status)) {
      if ((await reader.next()) !== undefined) throw new ChannelError('MALFORMED', `status ${status} has no body`)
      return new Response(null, { status, headers })
    }
    return new Response(streamOf(reader, source.cancel), { status, headers })
  } catch (error) {
    void source.cancel(error)
    throw error
  }
}

function streamOf(reader: ResponseReader, cancel: (reason: unknown) => Promise<void>): ReadableStream<Bytes> {
  return new ReadableStream<Bytes>(
    {
      pull: async (controller) => {
        try {
          const bytes = await reader.next()
          if (bytes === undefined) controller.close()
          else controller.enqueue(bytes)
        } catch (error) {
          void cancel(error)
          throw error
        }
      },
      cancel,
    },
    // Nothing is read ahead: the only buffers are the transport's.
    { highWaterMark: 0 },
  )
}

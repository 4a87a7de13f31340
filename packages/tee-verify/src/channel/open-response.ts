import { createByteSource } from './byte-source.js'
import type { Bytes } from './bytes.js'
import { ChannelError } from './channel-error.js'
import type { HeaderField } from './header-fields.js'
import { encodePaymentFields } from './payment-headers.js'
import { isNullBodyStatus } from './response-head.js'
import { type ResponseReader, type ResponseSecret, readResponse } from './response-reader.js'

/**
 * Rebuilds the inner `Response` of a sealed answer as soon as its head is authenticated. The body opens one frame per
 * pull, so a slow consumer slows the transport; it errors with a {@link ChannelError} in place of ending when the
 * answer is cut, reordered or changed, and with the signal's reason when aborted; cancelling it cancels the transport.
 *
 * `outside` are the payment headers of the outer answer: they join the others, and must be those that the answer was
 * sealed with if it was sealed with any.
 * @throws {ChannelError} whatever is wrong with prefix or head.
 */
export async function openResponse(
  body: ReadableStream<Uint8Array>,
  options: {
    readonly secret: ResponseSecret
    readonly signal: AbortSignal | null
    readonly outside?: readonly HeaderField[]
  },
): Promise<Response> {
  const { secret, outside = [] } = options
  const source = createByteSource(body, options.signal)
  try {
    const reader = await readResponse(source, { secret, bound: encodePaymentFields(outside) })
    const { status } = reader.head
    const sealed = reader.head.headers
    const added = outside.filter(([name]) => sealed.every(([known]) => known !== name))
    const headers = [...sealed, ...added].map(([name, value]): [string, string] => [name, value])
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

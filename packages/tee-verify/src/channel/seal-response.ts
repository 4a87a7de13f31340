import type { Bytes } from './bytes.js'
import type { ResponseSealer } from './response-sealer.js'

/**
 * Seals a whole `Response`, any status, as it streams: one outer chunk per inner chunk, pulled by the client. If the
 * inner body fails, the outer one fails without an end frame and the client sees `TRUNCATED`.
 * @throws {ChannelError} `MALFORMED` for a payment header that stands twice.
 */
export function sealResponse(sealer: ResponseSealer, response: Response): Response {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  let isStarted = false
  const stream = new ReadableStream<Bytes>(
    {
      pull: async (controller) => {
        if (!isStarted) {
          isStarted = true
          controller.enqueue(new Uint8Array(await sealer.head(response)))
          return
        }
        reader ??= response.body?.getReader()
        for (;;) {
          const result = await reader?.read()
          if (result === undefined || result.done) {
            controller.enqueue(new Uint8Array(await sealer.end()))
            controller.close()
            return
          }
          // An empty chunk has no frame, and a pull must bring something.
          if (result.value.length === 0) continue
          controller.enqueue(new Uint8Array(await sealer.chunk(result.value)))
          return
        }
      },
      cancel: async (reason) => {
        await (reader === undefined ? response.body?.cancel(reason) : reader.cancel(reason))
      },
    },
    { highWaterMark: 0 },
  )
  return new Response(stream, { status: 200, headers: sealer.outerHeaders(response.headers) })
}

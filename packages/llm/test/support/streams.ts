import type { Fetch } from '../../src/transport.js'

/** Network pieces of a body, and what happened to them. */
export interface WatchedBody {
  readonly body: ReadableStream<Uint8Array>
  readonly pulled: () => number
  readonly isCancelled: () => boolean
}

/** A body that hands out one piece per pull; `ends: false` leaves it open. */
export function watchedBody(
  pieces: readonly (Uint8Array | string)[],
  options: { readonly ends?: boolean } = {},
): WatchedBody {
  const encoder = new TextEncoder()
  let next = 0
  let isCancelled = false
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[next]
        if (piece !== undefined) {
          next += 1
          controller.enqueue(typeof piece === 'string' ? encoder.encode(piece) : piece)
          return undefined
        }
        if (options.ends === false) return new Promise<void>(() => undefined)
        controller.close()
        return undefined
      },
      cancel() {
        isCancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { body, pulled: () => next, isCancelled: () => isCancelled }
}

/** An SSE response of the given pieces. */
export function sseResponse(pieces: readonly (Uint8Array | string)[]): Response {
  return new Response(watchedBody(pieces).body, {
    headers: { 'content-type': 'text/event-stream', 'x-request-id': 'req-1' },
  })
}

/** A fetch that answers with the given responses in turn and remembers the requests. */
export function scriptedFetch(...responses: readonly (() => Response)[]): {
  readonly fetch: Fetch
  readonly requests: { url: string; init: RequestInit }[]
} {
  const requests: { url: string; init: RequestInit }[] = []
  const fetch: Fetch = async (url, init) => {
    const respond = responses[requests.length]
    requests.push({ url, init })
    if (!respond) throw new Error('one request too many')
    return respond()
  }
  return { fetch, requests }
}

/** Lines of a chat stream: each chunk as an event. */
export function sse(...chunks: readonly unknown[]): string {
  return chunks.map((chunk) => `data: ${typeof chunk === 'string' ? chunk : JSON.stringify(chunk)}\n\n`).join('')
}

/** A chat chunk with the given delta. */
export function chatChunk(delta: unknown, finishReason: string | null = null): unknown {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 7,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  }
}

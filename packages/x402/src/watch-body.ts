/** How the reading of a response body ended. */
export type BodyEnd = 'complete' | 'failed' | 'cancelled'

/** Passes a stream through, chunk by chunk, and tells once how reading it ended. Nothing is buffered. */
export function watchStream(
  stream: ReadableStream<Uint8Array>,
  onEnd: (end: BodyEnd) => void,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader()
  let ended = false
  // A cancel can overtake a read that is under way; only the first word counts.
  const end = (how: BodyEnd): void => {
    if (ended) return
    ended = true
    onEnd(how)
  }
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (ended) return
        if (done) {
          end('complete')
          controller.close()
          return
        }
        controller.enqueue(value)
      } catch (error) {
        end('failed')
        controller.error(error)
      }
    },
    async cancel(reason) {
      end('cancelled')
      await reader.cancel(reason)
    },
  })
}

/** {@link watchStream} for a response. One without a body is complete at once and comes back as it is. */
export function watchBody(response: Response, onEnd: (end: BodyEnd) => void): Response {
  if (response.body === null) {
    onEnd('complete')
    return response
  }
  const watched = new Response(watchStream(response.body, onEnd), {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  })
  // A constructed response has no URL of its own; callers read it.
  Object.defineProperty(watched, 'url', { value: response.url, configurable: true })
  return watched
}

/** How the reading of a response body ended. */
export type BodyEnd = 'complete' | 'failed' | 'cancelled'

/**
 * Passes a response through, chunk by chunk, and tells once how reading it ended. Nothing is buffered. A response
 * without a body is complete at once and comes back as it is.
 */
export function watchBody(response: Response, onEnd: (end: BodyEnd) => void): Response {
  if (response.body === null) {
    onEnd('complete')
    return response
  }
  const reader = response.body.getReader()
  let ended = false
  // A cancel can overtake a read that is under way; only the first word counts.
  const end = (how: BodyEnd): void => {
    if (ended) return
    ended = true
    onEnd(how)
  }
  const body = new ReadableStream<Uint8Array>({
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
  const watched = new Response(body, {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  })
  // A constructed response has no URL of its own; callers read it.
  Object.defineProperty(watched, 'url', { value: response.url, configurable: true })
  return watched
}

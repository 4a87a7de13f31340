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
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (done) {
          onEnd('complete')
          controller.close()
          return
        }
        controller.enqueue(value)
      } catch (error) {
        onEnd('failed')
        controller.error(error)
      }
    },
    async cancel(reason) {
      onEnd('cancelled')
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

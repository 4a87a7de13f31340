/** Puts chunks of `size` bytes in all together. */
export function joinChunks(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.length
  }
  return whole
}

/** A network's pieces have hundreds of bytes; one of a single byte takes hundreds of memory. */
export const MAX_PIECES = 16_384

/**
 * Reads a whole body of at most `limit` bytes; `undefined` when it is longer, or comes in pieces without number, without reading
 * further than needed. No body is an empty one.
 */
export async function readBody(
  message: Request | Response,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (message.body === null) return new Uint8Array(0)
  const reader = message.body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.length
    if (size > limit || chunks.length >= MAX_PIECES) {
      // The rest is of no use; that it cannot be cancelled must not hide the refusal.
      await reader.cancel().catch(() => undefined)
      return undefined
    }
    chunks.push(value)
  }
  return joinChunks(chunks, size)
}

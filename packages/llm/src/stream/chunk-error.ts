/** Thrown internally for bytes or chunks without meaning; callers turn it into their own error. */
export class ChunkError extends Error {
  override readonly name = 'ChunkError'
}

import { requestIdOf } from '../response-error.js'
import { type ChunkSourceOptions, createChunkSource, type StreamItem } from './chunk-source.js'
import { type StreamErrorOptions, streamError } from './stream-error.js'

export type { StreamItem }

/** Options of {@link readChunks}. */
export interface ReadChunksOptions extends ChunkSourceOptions, Pick<StreamErrorOptions, 'partial'> {}

/**
 * Reads the JSON chunks of a streamed answer, one network read per pull; leaving the loop cancels the sender.
 * @throws LlmError `STREAM_ERROR`, `STREAM_TRUNCATED` (broken connection), `INVALID_RESPONSE`, `RESPONSE_TOO_LARGE`, `ABORTED`, `TIMEOUT`.
 */
export async function* readChunks(
  response: Response,
  options: ReadChunksOptions,
): AsyncGenerator<StreamItem, void, undefined> {
  const source = createChunkSource(response, options)
  try {
    for (let more = true; more; ) {
      more = await source.read()
      for (let item = source.takeItem(); item; item = source.takeItem()) yield item
    }
  } catch (error) {
    throw streamError(error, { ...options, requestId: requestIdOf(response.headers) })
  } finally {
    source.close()
  }
}

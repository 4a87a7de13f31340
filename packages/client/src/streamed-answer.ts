import {
  type ChatRequest,
  type CompletionRequest,
  collectChat,
  collectCompletion,
  LlmError,
  streamChat,
  streamComplete,
  type Transport,
} from '@og/llm'
import type { Endpoint, JsonObject } from '@og/settlement'
import { createChunkCheck } from './check-chunk.js'
import { ClientError } from './client-error.js'
import { VerificationError } from './verification-error.js'

/**
 * Rebuilds the unstreamed body of an answer from the bytes of its stream, with the same reader that callers use.
 * @throws ClientError `VERIFICATION_RECEIPT` for a chunk that readers understand differently, `VERIFICATION_TRUNCATED` when the stream is not whole, `NODE_ERROR` for an error in the stream.
 */
export async function streamedAnswerOf(
  bytes: Uint8Array,
  options: { readonly endpoint: Endpoint; readonly request: JsonObject },
): Promise<JsonObject> {
  const transport: Transport = {
    send: async () => new Response(bytes.slice(), { headers: { 'content-type': 'text/event-stream' } }),
  }
  const request = options.request
  const checked = { checkChunk: createChunkCheck(options.endpoint) }
  try {
    const result =
      options.endpoint === 'completions'
        ? await collectCompletion(streamComplete(transport, completionRequest(request), checked))
        : await collectChat(streamChat(transport, chatRequest(request), checked))
    return result.body
  } catch (error) {
    if (error instanceof LlmError && error.cause instanceof VerificationError) throw error.cause
    // The cause is left out: it holds what had arrived of the answer.
    if (error instanceof LlmError && error.code === 'STREAM_ERROR') {
      throw new ClientError('NODE_ERROR', 'the node reported an error in the stream', {
        reason: error.api?.code ?? undefined,
      })
    }
    throw new VerificationError(
      'VERIFICATION_TRUNCATED',
      'the stream ended before the answer and its receipt were whole',
      {
        reason: error instanceof LlmError ? error.code : undefined,
      },
    )
  }
}

// Only the collected answer is used; the request is what the caller sent and is not read again.
function chatRequest(request: JsonObject): ChatRequest {
  return { ...request, model: '', messages: [] }
}

function completionRequest(request: JsonObject): CompletionRequest {
  return { ...request, model: '', prompt: '' }
}

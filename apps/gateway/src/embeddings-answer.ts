import { type EmbeddingsAnswer, embeddingsBodyOf, type ParsedEmbeddingsRequest } from '@og/llm/upstream'
import type { JsonObject } from '@og/settlement'
import type { FinishedAnswer } from './answer-encoder.js'

/**
 * Shapes an answer of `/v1/embeddings`. Its transcript is `{ endpoint, model, embeddings }` with each vector as base64 of little-endian
 * 32-bit floats: the same for both encodings that a caller can ask for.
 */
export function embeddingsAnswerOf(
  answer: EmbeddingsAnswer,
  { model, request }: { readonly model: string; readonly request: ParsedEmbeddingsRequest },
): FinishedAnswer {
  const { embeddings } = answer
  const body = (encoding: ParsedEmbeddingsRequest['encoding']): JsonObject =>
    embeddingsBodyOf({ model, embeddings, encoding, promptTokens: answer.promptTokens ?? 0 })
  return {
    body: () => body(request.encoding),
    transcript: () => {
      const vectors = (body('base64')['data'] as readonly { readonly embedding: string }[]).map(
        (item) => item.embedding,
      )
      return { endpoint: 'embeddings', model, embeddings: vectors }
    },
    end: () => '',
    answer: (usage, extra) => ({
      contentType: 'application/json',
      bytes: new TextEncoder().encode(JSON.stringify({ ...body(request.encoding), usage, ...extra })),
    }),
    isLength: () => false,
  }
}

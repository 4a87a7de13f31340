import { type EmbeddingsAnswer, embeddingsBodyOf, type ParsedEmbeddingsRequest } from '@og/llm/upstream'
import { encodeTranscript, type JsonObject, transcriptOf } from '@og/settlement'
import type { FinishedAnswer } from './answer-encoder.js'

/** Shapes an answer of `/v1/embeddings`. Its transcript is the same for both encodings that a caller can ask for. */
export function embeddingsAnswerOf(
  answer: EmbeddingsAnswer,
  { model, request }: { readonly model: string; readonly request: ParsedEmbeddingsRequest },
): FinishedAnswer {
  const { embeddings } = answer
  const body = (encoding: ParsedEmbeddingsRequest['encoding']): JsonObject =>
    embeddingsBodyOf({ model, embeddings, encoding, promptTokens: answer.promptTokens ?? 0 })
  return {
    body: () => body(request.encoding),
    transcript: () => encodeTranscript(transcriptOf('embeddings', body('base64'))),
    end: () => new Uint8Array(),
    answer: (usage, extra) => ({
      contentType: 'application/json',
      bytes: new TextEncoder().encode(JSON.stringify({ ...body(request.encoding), usage, ...extra })),
    }),
    isLength: () => false,
  }
}

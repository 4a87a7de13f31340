import { endianness } from 'node:os'
import { type EmbeddingsAnswer, type ParsedEmbeddingsRequest, UpstreamError } from '@og/llm/upstream'
import { encodeTranscript, type JsonObject, type JsonValue } from '@og/settlement'
import type { FinishedAnswer } from './answer-encoder.js'

const isLittleEndian = endianness() === 'LE'

/** Shapes an answer of `/v1/embeddings`. Its transcript is the same for both encodings that a caller can ask for. */
export function embeddingsAnswerOf(
  answer: EmbeddingsAnswer,
  { model, request }: { readonly model: string; readonly request: ParsedEmbeddingsRequest },
): FinishedAnswer {
  let spelt: readonly string[] | undefined
  const base64 = (): readonly string[] => {
    spelt ??= answer.embeddings.map(base64Of)
    return spelt
  }
  const body = (): JsonObject => {
    const vectors: readonly JsonValue[] = request.encoding === 'base64' ? base64() : answer.embeddings
    const data = vectors.map((embedding, index) => ({ object: 'embedding', index, embedding }))
    return { object: 'list', data, model }
  }
  return {
    body,
    transcript: () => encodeTranscript({ endpoint: 'embeddings', model, embeddings: base64() }),
    end: () => new Uint8Array(),
    answer: (usage, extra) => ({
      contentType: 'application/json',
      bytes: new TextEncoder().encode(JSON.stringify({ ...body(), usage, ...extra })),
    }),
    isLength: () => false,
  }
}

/** A vector as a transcript spells it: base64 of little-endian 32-bit floats. Natively, because an answer may hold a million of them. */
function base64Of(vector: readonly number[]): string {
  const floats = new Float32Array(vector)
  if (!floats.every(Number.isFinite)) throw new UpstreamError('UPSTREAM_INVALID')
  const bytes = Buffer.from(floats.buffer)
  return (isLittleEndian ? bytes : bytes.swap32()).toString('base64')
}

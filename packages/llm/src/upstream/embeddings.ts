import { isJsonArray, type JsonObject, type JsonValue, numberAt, objectAt, objectsAt, stringAt } from '../json.js'
import type { EmbeddingEncoding } from './parse-embeddings-request.js'
import { UpstreamError } from './upstream-error.js'

/** A vector of finite numbers. */
export type Embedding = readonly number[]

/** What an embeddings body is made of. */
export interface EmbeddingsBodyParts {
  readonly model: string
  readonly embeddings: readonly Embedding[]
  readonly encoding: EmbeddingEncoding
  readonly promptTokens: number
  /** Put beside the token counts: cost, receipt. */
  readonly usageExtra?: JsonObject
}

/** Builds the body of an answer of `POST /v1/embeddings`. */
export function embeddingsBodyOf(parts: EmbeddingsBodyParts): JsonObject {
  const write = parts.encoding === 'base64' ? encodeBase64Floats : (embedding: Embedding): JsonValue => embedding
  return {
    object: 'list',
    data: parts.embeddings.map((embedding, index) => ({ object: 'embedding', index, embedding: write(embedding) })),
    model: parts.model,
    usage: { ...parts.usageExtra, prompt_tokens: parts.promptTokens, total_tokens: parts.promptTokens },
  }
}

/**
 * Reads an OpenAI-shaped embeddings body; vectors are put in the order of their texts.
 * @throws UpstreamError `UPSTREAM_INVALID` when a vector is missing, repeated or not made of numbers.
 */
export function readEmbeddings(
  body: JsonObject,
  options: { readonly count: number },
): { readonly embeddings: readonly Embedding[]; readonly promptTokens: number | undefined; readonly model: string } {
  const vectors = new Map<number, Embedding>()
  for (const [position, item] of objectsAt(body, 'data').entries()) {
    vectors.set(numberAt(item, 'index') ?? position, readVector(item['embedding']))
  }
  const embeddings: Embedding[] = []
  for (let index = 0; index < options.count; index += 1) {
    const vector = vectors.get(index)
    if (!vector) throw new UpstreamError('UPSTREAM_INVALID')
    embeddings.push(vector)
  }
  if (vectors.size !== options.count) throw new UpstreamError('UPSTREAM_INVALID')
  const promptTokens = numberAt(objectAt(body, 'usage') ?? {}, 'prompt_tokens') ?? -1
  return {
    embeddings,
    promptTokens: Number.isSafeInteger(promptTokens) && promptTokens >= 0 ? promptTokens : undefined,
    model: stringAt(body, 'model') ?? '',
  }
}

/** Reads one vector. @throws UpstreamError `UPSTREAM_INVALID` */
export function readVector(value: JsonValue | undefined): Embedding {
  const numbers = isJsonArray(value) ? value.filter(isFiniteNumber) : []
  if (!isJsonArray(value) || numbers.length === 0 || numbers.length !== value.length) {
    throw new UpstreamError('UPSTREAM_INVALID')
  }
  return numbers
}

function isFiniteNumber(value: JsonValue): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function encodeBase64Floats(embedding: Embedding): string {
  const bytes = new Uint8Array(embedding.length * 4)
  const view = new DataView(bytes.buffer)
  for (let index = 0; index < embedding.length; index += 1) view.setFloat32(index * 4, embedding[index] ?? 0, true)
  let text = ''
  for (let from = 0; from < bytes.length; from += 8192) {
    text += String.fromCharCode(...bytes.subarray(from, from + 8192))
  }
  return btoa(text)
}

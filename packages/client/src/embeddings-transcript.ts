import { commit, hashJson } from '@og/settlement'
import type { AnswerReceipt } from './answer-receipt.js'
import { isJsonObject, type JsonObject, type JsonValue, stringAt } from './read-json.js'

/**
 * True when an answer of `/v1/embeddings` is the one that a receipt commits to. Its transcript is `{ endpoint, model, embeddings }` with each
 * vector as base64 of little-endian 32-bit floats, in the order of the texts, whatever the encoding on the wire.
 */
export function isEmbeddingsAnswer(response: JsonObject, { receipt, terms, salts }: AnswerReceipt): boolean {
  const model = stringAt(response, 'model')
  const embeddings = vectorsOf(response['data'])
  if (model !== terms.modelAnswered || embeddings === undefined) return false
  const hash = hashJson({ endpoint: 'embeddings', model, embeddings })
  return commit({ salt: salts.response, hash }) === receipt.responseCommitment
}

function vectorsOf(data: JsonValue | undefined): readonly string[] | undefined {
  if (!Array.isArray(data)) return undefined
  const vectors = data.map((item: JsonValue, position) =>
    isJsonObject(item) && item['index'] === position ? base64Of(item['embedding']) : undefined,
  )
  const whole = vectors.filter((vector) => vector !== undefined)
  return whole.length === vectors.length ? whole : undefined
}

function base64Of(vector: JsonValue | undefined): string | undefined {
  if (typeof vector === 'string') return vector
  if (!Array.isArray(vector)) return undefined
  const view = new DataView(new ArrayBuffer(vector.length * 4))
  for (const [index, value] of vector.entries()) {
    if (typeof value !== 'number') return undefined
    view.setFloat32(index * 4, value, true)
  }
  let binary = ''
  for (const byte of new Uint8Array(view.buffer)) binary += String.fromCharCode(byte)
  return btoa(binary)
}

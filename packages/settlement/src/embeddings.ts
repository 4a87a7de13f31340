import { decodeBase64, encodeBase64 } from './base64.js'
import { SettlementError } from './settlement-error.js'

/** Most vectors in one answer. */
const MAX_EMBEDDINGS = 2048
const FLOAT_BYTES = 4

/**
 * Reads the vectors of an answer of `/v1/embeddings` as a transcript spells them: base64 of little-endian 32-bit floats, in the order of
 * the texts. Both encodings that a caller can ask for give the same text.
 *
 * @throws SettlementError `INVALID_RESPONSE` when one is missing, out of order, empty, or not made of finite numbers.
 */
export function vectorsOf(data: unknown): readonly string[] {
  if (!Array.isArray(data) || data.length === 0 || data.length > MAX_EMBEDDINGS) {
    return fail('data is no list of vectors, or too long')
  }
  return data.map((item: unknown, position) => {
    if (typeof item !== 'object' || item === null || !('embedding' in item)) return fail('data holds no vector')
    if (!('index' in item) || item.index !== position) return fail('vectors are not in the order of their texts')
    return encodeBase64(bytesOf(item.embedding))
  })
}

function bytesOf(vector: unknown): Uint8Array {
  const bytes = typeof vector === 'string' ? readBase64(vector) : packFloats(vector)
  if (bytes.length === 0 || bytes.length % FLOAT_BYTES !== 0) return fail('vector is empty or cut')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 0; at < bytes.length; at += FLOAT_BYTES) {
    if (!Number.isFinite(view.getFloat32(at, true))) return fail('vector holds no finite number')
  }
  return bytes
}

function readBase64(text: string): Uint8Array {
  try {
    return decodeBase64(text)
  } catch (cause) {
    throw new SettlementError('INVALID_RESPONSE', 'vector is not base64', { cause })
  }
}

function packFloats(vector: unknown): Uint8Array {
  if (!Array.isArray(vector)) return fail('vector is neither base64 nor a list')
  const view = new DataView(new ArrayBuffer(vector.length * FLOAT_BYTES))
  for (let index = 0; index < vector.length; index += 1) {
    const value: unknown = vector[index]
    if (typeof value !== 'number') return fail('vector holds something else than numbers')
    view.setFloat32(index * FLOAT_BYTES, value, true)
  }
  return new Uint8Array(view.buffer)
}

function fail(message: string): never {
  throw new SettlementError('INVALID_RESPONSE', message)
}

import { type JsonObject, type JsonValue, parseStrictJson } from '@og/settlement'
import { ClientError } from './client-error.js'

export type { JsonObject, JsonValue }

/**
 * Reads a body up to a bound.
 * @throws ClientError `NODE_ERROR` when it is longer.
 */
export async function readBytes(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (body === null) return new Uint8Array()
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > maxBytes) {
      await reader.cancel()
      throw new ClientError('NODE_ERROR', `the node's answer is longer than ${maxBytes} bytes`)
    }
    chunks.push(value)
  }
  return joinBytes(chunks)
}

/** Joins byte chunks. */
export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}

/** Reads strict JSON that must be an object; `undefined` when it is not. */
export function readJsonObject(input: string | Uint8Array, maxBytes: number): JsonObject | undefined {
  let value: JsonValue
  try {
    value = parseStrictJson(input, { maxBytes })
  } catch {
    return undefined
  }
  return isJsonObject(value) ? value : undefined
}

/** True for a JSON object (not null, not an array). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object under a key, or `undefined`. */
export function objectAt(object: JsonObject | undefined, key: string): JsonObject | undefined {
  const value = object?.[key]
  return isJsonObject(value) ? value : undefined
}

/** The string under a key, or `undefined`. */
export function stringAt(object: JsonObject | undefined, key: string): string | undefined {
  const value = object?.[key]
  return typeof value === 'string' ? value : undefined
}

/** The non-negative safe integer under a key, or `undefined`. */
export function countAt(object: JsonObject | undefined, key: string): number | undefined {
  const value = object?.[key]
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

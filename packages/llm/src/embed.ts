import { sendForBody } from './call.js'
import type { CallOptions } from './call-options.js'
import { invalid } from './chat-result.js'
import { isJsonArray, type JsonObject, type JsonValue, numberAt, objectAt, objectsAt, stringAt } from './json.js'
import type { Transport } from './transport.js'

/** Body of `POST /embeddings`, in the OpenAI wire shape. */
export type EmbedRequest = {
  readonly model: string
  readonly input: string | readonly string[]
  readonly dimensions?: number
  /** `base64` is about four times smaller on the wire; both are read. */
  readonly encoding_format?: 'float' | 'base64'
  readonly [key: string]: JsonValue
}

/** Vectors of texts. */
export interface EmbedResult {
  /** One for each text, in their order. */
  readonly embeddings: readonly (readonly number[])[]
  readonly usage: JsonObject | null
  readonly model: string
  readonly request: JsonObject
  readonly body: JsonObject
  readonly headers: Headers
  readonly requestId: string | undefined
}

/**
 * Turns texts into vectors.
 * @throws LlmError `INVALID_RESPONSE` when there is not exactly one vector for each text.
 * @example
 * const { embeddings } = await embed(transport, { model: 'openai/text-embedding-3-small', input: ['a', 'b'] })
 */
export async function embed(
  transport: Transport,
  request: EmbedRequest,
  options: CallOptions = {},
): Promise<EmbedResult> {
  const { body, headers } = await sendForBody(transport, { path: '/embeddings', body: request }, options)
  const requestId = headers.get('x-request-id') ?? undefined
  const count = typeof request.input === 'string' ? 1 : request.input.length
  const embeddings = new Array<readonly number[] | undefined>(count).fill(undefined)
  for (const [position, item] of objectsAt(body, 'data').entries()) {
    const index = numberAt(item, 'index') ?? position
    const vector = vectorOf(item['embedding'])
    if (!vector || !(index in embeddings) || embeddings[index])
      throw invalid('an embedding that fits no text', requestId)
    embeddings[index] = vector
  }
  return {
    embeddings: embeddings.map((vector) => {
      if (vector) return vector
      throw invalid('too few embeddings', requestId)
    }),
    usage: objectAt(body, 'usage') ?? null,
    model: stringAt(body, 'model') ?? '',
    request,
    body,
    headers,
    requestId,
  }
}

function vectorOf(value: JsonValue | undefined): readonly number[] | undefined {
  if (typeof value === 'string') return floatsOf(value)
  if (!isJsonArray(value) || value.length === 0) return undefined
  const numbers = value.filter((item) => typeof item === 'number')
  return numbers.length === value.length ? numbers : undefined
}

/** Little-endian 32-bit floats in base64. */
function floatsOf(base64: string): readonly number[] | undefined {
  let binary: string
  try {
    binary = atob(base64)
  } catch {
    return undefined
  }
  if (binary.length === 0 || binary.length % 4 !== 0) return undefined
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
  const view = new DataView(bytes.buffer)
  return Array.from({ length: bytes.length / 4 }, (_item, index) => view.getFloat32(index * 4, true))
}

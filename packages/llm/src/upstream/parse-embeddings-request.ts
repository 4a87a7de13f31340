import { isJsonArray, type JsonObject } from '../json.js'
import {
  invalidType,
  optional,
  readArray,
  readInteger,
  readNonEmptyString,
  readObject,
  readOneOf,
  readString,
  required,
} from './field-readers.js'
import { readModel } from './read-model.js'
import { requestLimits } from './request-limits.js'

/** How the numbers of an embedding travel: as JSON numbers, or as base64 of little-endian 32-bit floats. */
export type EmbeddingEncoding = 'float' | 'base64'

/** An embeddings request that has been checked. `body` is the JSON as it came. */
export interface ParsedEmbeddingsRequest {
  readonly endpoint: 'embeddings'
  readonly model: string
  readonly input: readonly string[]
  readonly dimensions: number | undefined
  readonly encoding: EmbeddingEncoding
  readonly body: JsonObject
}

/** Most texts in one request, as in the OpenAI API. */
const maxInputs = 2048
/** Most numbers in one vector. */
const maxDimensions = 16_384

/**
 * Checks the body of `POST /v1/embeddings`. Token arrays are refused: their meaning depends on a tokenizer that this server does not have.
 * @throws UpstreamRequestError with the OpenAI `param` and `code`
 */
export function parseEmbeddingsRequest(json: JsonObject): ParsedEmbeddingsRequest {
  const body = readObject(json, 'body')
  const model = readModel(body)
  const encoding = optional(body, 'encoding_format')
  const dimensions = optional(body, 'dimensions')
  const user = optional(body, 'user')
  if (user !== undefined) readString(user, { param: 'user', maxLength: requestLimits.nameLength })
  return {
    endpoint: 'embeddings',
    model,
    input: readInput(required(body, { key: 'input', param: 'input' })),
    dimensions:
      dimensions === undefined
        ? undefined
        : readInteger(dimensions, { param: 'dimensions', min: 1, max: maxDimensions }),
    encoding:
      encoding === undefined
        ? 'float'
        : readOneOf<EmbeddingEncoding>(encoding, { param: 'encoding_format', allowed: ['float', 'base64'] }),
    body,
  }
}

function readInput(input: JsonObject[string]): readonly string[] {
  const text = { maxLength: Number.MAX_SAFE_INTEGER }
  if (typeof input === 'string') return [readNonEmptyString(input, { ...text, param: 'input' })]
  if (!isJsonArray(input)) throw invalidType('input', 'a string or an array of strings')
  return readArray(input, { param: 'input', minLength: 1, maxLength: maxInputs }).map((item, index) => {
    const param = `input[${index}]`
    if (typeof item !== 'string') throw invalidType(param, 'a string (token arrays are not supported)')
    return readNonEmptyString(item, { ...text, param })
  })
}

import type { JsonObject } from '../json.js'
import { isLlmError } from '../llm-error.js'

/** What stays the same over the chunks of an answer. */
export interface ChunkIdentity {
  readonly id: string
  readonly created: number
  readonly model: string
}

/** A chunk of a stream as it stands on the wire. */
export function chunkText(object: string, identity: ChunkIdentity, rest: JsonObject): string {
  const { id, created, model } = identity
  return `data: ${JSON.stringify({ id, object, created, model, ...rest })}\n\n`
}

/** The usage chunk, where there is usage, and the end mark. */
export function endText(object: string, identity: ChunkIdentity, usage: JsonObject | null): string {
  return `${usage ? chunkText(object, identity, { choices: [], usage }) : ''}data: [DONE]\n\n`
}

/** An error in an open stream; what other layers threw is not told to whoever reads the stream. */
export function errorText(error: unknown): string {
  const { message, code, api } = isLlmError(error) ? error : unknownError
  const body = api ?? { message, type: 'stream_error', param: null, code: code.toLowerCase() }
  return `data: ${JSON.stringify({ error: body })}\n\n`
}

const unknownError = { message: 'the answer broke off', code: 'STREAM_ERROR', api: undefined }

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

/** The end mark. */
export const doneText = 'data: [DONE]\n\n'

/** An error in an open stream; what other layers threw is not told to whoever reads the stream. */
export function errorText(error: unknown): string {
  const known = isLlmError(error) ? error : undefined
  const body = {
    message: known?.message ?? 'the answer broke off',
    type: known?.api?.type ?? 'stream_error',
    param: known?.api?.param ?? null,
    code: known?.api?.code ?? known?.code.toLowerCase() ?? null,
  }
  return `data: ${JSON.stringify({ error: body })}\n\n`
}

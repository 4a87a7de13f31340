import { type JsonObject, type JsonValue, numberAt, objectAt, objectsAt, stringAt } from '../json.js'
import { ChunkError } from './chunk-error.js'

/** What the chunks of a `text_completion` stream add up to so far. */
interface CompletionOutput {
  readonly text: string
  readonly finishReason: string | null
  readonly usage: JsonObject | null
  readonly id: string
  readonly created: number
  readonly model: string
  readonly extra: JsonObject
}

export interface CompletionChunkReader {
  /** Takes one parsed chunk and returns the text it adds. @throws ChunkError */
  push(chunk: JsonObject): string
  /** Takes a text of which is known that its chunk says nothing else. */
  pushText(text: string): void
  /** Whether the chunk says nothing but a text. */
  isOnlyText(chunk: JsonObject): boolean
  output(): CompletionOutput
}

const ownMembers = new Set(['id', 'object', 'created', 'model', 'choices', 'usage', 'error', '__proto__'])

/** Creates a reader of `text_completion` chunks. */
export function createCompletionChunkReader(): CompletionChunkReader {
  let text = ''
  let finishReason: string | null = null
  let usage: JsonObject | null = null
  let id = ''
  let created = 0
  let model = ''
  const extra: { [key: string]: JsonValue } = {}
  return {
    push(chunk) {
      let added = ''
      if (id === '') id = stringAt(chunk, 'id') ?? ''
      if (model === '') model = stringAt(chunk, 'model') ?? ''
      if (created === 0) created = numberAt(chunk, 'created') ?? 0
      usage = objectAt(chunk, 'usage') ?? usage
      for (const key of Object.keys(chunk)) {
        if (ownMembers.has(key)) continue
        const value = chunk[key]
        if (value !== undefined && value !== null) extra[key] = value
      }
      for (const choice of objectsAt(chunk, 'choices')) {
        if ((numberAt(choice, 'index') ?? 0) !== 0) throw new ChunkError('a chunk of a second choice: n must be 1')
        added += stringAt(choice, 'text') ?? ''
        finishReason = stringAt(choice, 'finish_reason') ?? finishReason
      }
      text += added
      return added
    },
    pushText(piece) {
      text += piece
    },
    isOnlyText(chunk) {
      const choices = objectsAt(chunk, 'choices')
      return choices.length === 1 && !chunk['usage'] && !choices[0]?.['finish_reason']
    },
    output: () => ({ text, finishReason, usage, id, created, model, extra }),
  }
}

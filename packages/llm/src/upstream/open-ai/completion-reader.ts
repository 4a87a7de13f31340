import { isJsonObject, type JsonObject, objectAt, objectsAt, stringAt } from '../../json.js'
import { tokenUsageOf } from '../../usage.js'
import type { AnswerReader } from '../http/wire.js'
import type { UpstreamEvent } from '../upstream.js'
import { UpstreamError } from '../upstream-error.js'
import { finishReasonOf } from './finish-reason.js'

/** Creates a reader of streamed `text_completion` objects. */
export function createCompletionReader(): AnswerReader {
  let model = ''
  let finishReason: string | undefined
  let usage: JsonObject | undefined

  function push(chunk: JsonObject, into: UpstreamEvent[]): void {
    if (model === '') model = stringAt(chunk, 'model') ?? ''
    usage = objectAt(chunk, 'usage') ?? usage
    for (const choice of objectsAt(chunk, 'choices')) {
      if ((choice['index'] ?? 0) !== 0) throw new UpstreamError('UPSTREAM_INVALID')
      const text = stringAt(choice, 'text') ?? ''
      if (text !== '') into.push({ type: 'text-delta', text })
      finishReason = stringAt(choice, 'finish_reason') ?? finishReason
    }
  }

  return {
    push,
    pushBody: push,
    end(into) {
      if (finishReason === undefined) throw new UpstreamError('UPSTREAM_TRUNCATED')
      into.push({ type: 'finish', reason: finishReasonOf(finishReason, { hasToolCalls: false }) })
      const counts = tokenUsageOf(usage)
      if (counts) into.push({ type: 'usage', usage: counts })
    },
    model: () => model,
    isOver: () => false,
    plainText: { key: 'text', isAllOf: isOnlyText },
  }
}

/** Whether a chunk says nothing but a piece of text. */
function isOnlyText(chunk: JsonObject): boolean {
  const choices = objectsAt(chunk, 'choices')
  const [choice] = choices
  if (choice === undefined || choices.length > 1 || isJsonObject(chunk['usage'])) return false
  return typeof choice['text'] === 'string' && typeof choice['finish_reason'] !== 'string'
}

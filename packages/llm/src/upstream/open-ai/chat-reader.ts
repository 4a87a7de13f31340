import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  numberAt,
  objectAt,
  objectsAt,
  stringAt,
} from '../../json.js'
import { argumentsText, textOfContent } from '../../stream/chat-chunk-reader.js'
import { createReasoningCarrier } from '../../stream/reasoning-carrier.js'
import { createToolCallMerger, type ToolCallDelta } from '../../stream/tool-call-merger.js'
import { tokenUsageOf } from '../../usage.js'
import type { AnswerReader } from '../http/wire.js'
import { maxReasoningDetails } from '../reasoning-details.js'
import type { UpstreamEvent } from '../upstream.js'
import { UpstreamError } from '../upstream-error.js'
import { finishReasonOf } from './finish-reason.js'

/** Creates a reader of `chat.completion.chunk` objects that tolerates what OpenAI-compatible servers are known to send. */
export function createChatReader(): AnswerReader {
  let id = ''
  let model = ''
  let finishReason: string | undefined
  let usage: JsonObject | undefined
  const calls = createToolCallMerger({ fallbackId: (position) => `call_${position}${id === '' ? '' : `_${id}`}` })
  let hasCalls = false
  /** Signed reasoning of servers that stand before other providers; it comes in pieces that only make sense together. */
  const carrier = createReasoningCarrier()

  function readDelta(delta: JsonObject, into: UpstreamEvent[]): void {
    const reasoning = delta['reasoning_content'] ?? delta['reasoning']
    if (typeof reasoning === 'string' && reasoning !== '') into.push({ type: 'reasoning-delta', text: reasoning })
    const content = delta['content']
    const text = typeof content === 'string' ? content : textOfContent(content)
    if (text !== '') into.push({ type: 'text-delta', text })
    const refusal = delta['refusal']
    if (typeof refusal === 'string' && refusal !== '') into.push({ type: 'refusal-delta', text: refusal })
    if (delta['reasoning_details'] !== undefined) carrier.push(delta)
    const toolCalls = delta['tool_calls']
    if (isJsonArray(toolCalls)) readCalls(toolCalls, into)
  }

  function readCalls(toolCalls: readonly JsonValue[], into: UpstreamEvent[]): void {
    for (const call of toolCalls) {
      if (!isJsonObject(call)) continue
      const fn = objectAt(call, 'function') ?? {}
      const piece = {
        index: numberAt(call, 'index'),
        id: stringAt(call, 'id'),
        name: stringAt(fn, 'name'),
        arguments: argumentsText(fn['arguments']),
      }
      for (const delta of merge(() => calls.push(piece))) into.push(delta)
    }
  }

  function merge(step: () => readonly ToolCallDelta[]): readonly ToolCallDelta[] {
    try {
      const deltas = step()
      if (deltas.length > 0) hasCalls = true
      return deltas
    } catch {
      throw new UpstreamError('UPSTREAM_INVALID')
    }
  }

  function push(chunk: JsonObject, into: UpstreamEvent[]): void {
    if (id === '') id = stringAt(chunk, 'id') ?? ''
    if (model === '') model = stringAt(chunk, 'model') ?? ''
    usage = objectAt(chunk, 'usage') ?? usage
    const choices = chunk['choices']
    if (!isJsonArray(choices)) return
    for (const choice of choices) {
      if (!isJsonObject(choice)) continue
      // Another choice would be output that nobody asked for, and that nobody pays for.
      if ((choice['index'] ?? 0) !== 0) throw new UpstreamError('UPSTREAM_INVALID')
      const delta = objectAt(choice, 'delta') ?? objectAt(choice, 'message')
      if (delta) readDelta(delta, into)
      usage = objectAt(choice, 'usage') ?? usage
      const reason = choice['finish_reason']
      if (typeof reason === 'string') finishReason = reason
    }
  }

  return {
    push,
    pushBody: (body, into) => push(chunkOfBody(body), into),
    end(into) {
      for (const delta of merge(() => calls.end())) into.push(delta)
      const details = objectsAt(carrier.members(), 'reasoning_details')
      if (details.length > maxReasoningDetails) throw new UpstreamError('UPSTREAM_INVALID')
      for (const detail of details) into.push({ type: 'reasoning-detail', detail })
      if (calls.hasUnnamed()) throw new UpstreamError('UPSTREAM_INVALID')
      if (finishReason === undefined) throw new UpstreamError('UPSTREAM_TRUNCATED')
      into.push({ type: 'finish', reason: finishReasonOf(finishReason, { hasToolCalls: hasCalls }) })
      const counts = tokenUsageOf(usage)
      if (counts) into.push({ type: 'usage', usage: counts })
    },
    model: () => model,
    isOver: () => false,
    plainText: { key: 'content', isAllOf: isOnlyText },
  }
}

/** Whether a chunk says nothing but a piece of text. */
function isOnlyText(chunk: JsonObject): boolean {
  const choices = objectsAt(chunk, 'choices')
  const [choice] = choices
  if (choice === undefined || choices.length > 1 || isJsonObject(chunk['usage'])) return false
  const delta = objectAt(choice, 'delta')
  if (delta === undefined || typeof delta['content'] !== 'string') return false
  if (isJsonObject(choice['usage']) || typeof choice['finish_reason'] === 'string') return false
  return Object.keys(delta).every((key) => key === 'content' || key === 'role' || delta[key] === null)
}

/** Reads the whole body of a server that ignored `stream` as one chunk, its tool calls numbered. */
function chunkOfBody(body: JsonObject): JsonObject {
  const choices = objectsAt(body, 'choices').map((choice) => {
    const message = objectAt(choice, 'message') ?? {}
    const numbered = objectsAt(message, 'tool_calls').map((call, index) => ({ ...call, index }))
    return { ...choice, message: { ...message, tool_calls: numbered } }
  })
  return { ...body, choices }
}

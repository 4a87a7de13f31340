import {
  isJsonArray,
  isJsonObject,
  type JsonDraft,
  type JsonObject,
  type JsonValue,
  numberAt,
  objectAt,
  objectsAt,
  stringAt,
} from '../json.js'
import type { FinishReason, ToolCall } from '../message.js'
import { ChunkError } from './chunk-error.js'
import { createReasoningCarrier } from './reasoning-carrier.js'
import { createToolCallMerger, fallbackIdOf, type ToolCallDelta } from './tool-call-merger.js'

/** A piece of an answer. */
export type ChatDelta =
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'refusal-delta'; readonly text: string }
  | { readonly type: 'reasoning-delta'; readonly text: string }
  | ToolCallDelta

/** What the chunks so far add up to. */
interface ChatOutput {
  readonly text: string
  readonly refusal: string
  readonly reasoning: string
  readonly toolCalls: readonly ToolCall[]
  /** As the server spelt it; `null` while no chunk carried one. */
  readonly finishReason: string | null
  /** The last `usage` object (servers send running totals). */
  readonly usage: JsonObject | null
  readonly logprobs: JsonObject | null
  readonly id: string
  readonly created: number
  readonly model: string
  /** Members of the message besides the known ones that providers want back: signed or encrypted reasoning. */
  readonly messageExtra: JsonObject
  /** Other top-level members of the chunks (`service_tier`, …), the last value of each. */
  readonly extra: JsonObject
}

export interface ChatChunkReader {
  /** Takes one parsed chunk. @throws ChunkError when it has no meaning. */
  push(chunk: JsonObject): readonly ChatDelta[]
  /** Takes a text of which is known that its chunk says nothing else. */
  pushText(text: string): void
  /** Whether the chunk says nothing but a text, so that the next of its form says nothing else either. */
  isOnlyText(chunk: JsonObject): boolean
  /** Ends the stream; tool calls that waited for their arguments come out now. */
  end(): readonly ChatDelta[]
  output(): ChatOutput
}

const ownMembers = new Set([
  'id',
  'object',
  'created',
  'model',
  'choices',
  'usage',
  'obfuscation',
  'error',
  '__proto__',
])

/** Creates a reader of `chat.completion.chunk` objects that tolerates what servers are known to send. */
export function createChatChunkReader(): ChatChunkReader {
  let text = ''
  let refusal = ''
  let reasoning = ''
  let finishReason: string | null = null
  let usage: JsonObject | null = null
  let logprobs: Logprobs | null = null
  let id = ''
  let created = 0
  let model = ''
  const extra: { [key: string]: JsonValue } = {}
  const carrier = createReasoningCarrier()
  const tools = createToolCallMerger({ fallbackId: (position) => fallbackIdOf(position, id) })

  function readDelta(delta: JsonObject, deltas: ChatDelta[]): void {
    const reasoningText = stringAt(delta, 'reasoning_content') ?? stringAt(delta, 'reasoning') ?? ''
    if (reasoningText !== '') {
      reasoning += reasoningText
      deltas.push({ type: 'reasoning-delta', text: reasoningText })
    }
    const contentText = textOfContent(delta['content'])
    if (contentText !== '') {
      text += contentText
      deltas.push({ type: 'text-delta', text: contentText })
    }
    const refusalText = stringAt(delta, 'refusal') ?? ''
    if (refusalText !== '') {
      refusal += refusalText
      deltas.push({ type: 'refusal-delta', text: refusalText })
    }
    carrier.push(delta)
    if (delta['tool_calls'] === undefined) return
    for (const call of objectsAt(delta, 'tool_calls')) {
      const fn = objectAt(call, 'function') ?? {}
      deltas.push(
        ...tools.push({
          index: numberAt(call, 'index'),
          id: stringAt(call, 'id'),
          name: stringAt(fn, 'name'),
          arguments: argumentsText(fn['arguments']),
          extraContent: objectAt(call, 'extra_content'),
        }),
      )
    }
  }

  return {
    push(chunk) {
      const deltas: ChatDelta[] = []
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
        const delta = objectAt(choice, 'delta') ?? objectAt(choice, 'message')
        if (delta) readDelta(delta, deltas)
        usage = objectAt(choice, 'usage') ?? usage
        const more = objectAt(choice, 'logprobs')
        if (more) logprobs = addLogprobs(logprobs ?? { content: null, refusal: null }, more)
        finishReason = stringAt(choice, 'finish_reason') ?? finishReason
      }
      return deltas
    },
    pushText(piece) {
      text += piece
    },
    isOnlyText(chunk) {
      const choices = objectsAt(chunk, 'choices')
      const [choice = {}] = choices
      const delta = objectAt(choice, 'delta')
      if (!delta || choices.length > 1 || chunk['usage'] || choice['logprobs'] || choice['finish_reason']) return false
      return Object.keys(delta).every((key) => key === 'content' || key === 'role' || delta[key] === null)
    },
    end() {
      const deltas = tools.end()
      if (tools.hasUnnamed()) throw new ChunkError('a tool call without a name')
      return deltas
    },
    output: () => ({
      text,
      refusal,
      reasoning,
      toolCalls: tools.calls(),
      finishReason,
      usage,
      logprobs,
      id,
      created,
      model,
      messageExtra: carrier.members(),
      extra,
    }),
  }
}

/** The text of a message content: a string, or the text parts of an array. */
export function textOfContent(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content
  if (!isJsonArray(content)) return ''
  return content.map((part) => (isJsonObject(part) ? (stringAt(part, 'text') ?? '') : '')).join('')
}

/** Tool arguments as JSON text; some servers send the object itself. */
export function argumentsText(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value
  return isJsonObject(value) ? JSON.stringify(value) : ''
}

/** Reads a `finish_reason`; tool calls win over `stop`, which some servers send with them. */
export function finishReasonOf(wire: string, options: { readonly hasToolCalls: boolean }): FinishReason {
  if (wire === 'function_call' || (wire === 'stop' && options.hasToolCalls)) return 'tool_calls'
  return finishReasons.find((reason) => reason === wire) ?? 'other'
}

const finishReasons = ['stop', 'length', 'content_filter', 'tool_calls'] as const

/** Log probabilities of the tokens so far; `null` where no chunk had a list. */
interface Logprobs extends JsonDraft {
  content: JsonValue[] | null
  refusal: JsonValue[] | null
}

/** Puts lists of log probabilities behind each other. They grow in place: a copy for each chunk would take a stream's square. */
function addLogprobs(sum: Logprobs, more: JsonObject): Logprobs {
  for (const name of ['content', 'refusal'] as const) {
    const items = more[name]
    if (!isJsonArray(items)) continue
    sum[name] ??= []
    for (const item of items) sum[name].push(item)
  }
  return sum
}

import { type JsonDraft, type JsonObject, objectAt, objectsAt } from '../json.js'
import type { ToolCall } from '../message.js'
import { chatBodyOf, completionBodyOf } from '../stream/chat-body.js'
import type { ReasoningDetail, UpstreamEvent, UpstreamFinishReason } from './upstream.js'
import { UpstreamError } from './upstream-error.js'

/** What stays the same over a whole answer. */
export interface AnswerIdentity {
  /** `chatcmpl-…` or `cmpl-…`. */
  readonly id: string
  /** Unix seconds. */
  readonly created: number
  readonly model: string
}

/** Puts events together to the unstreamed body. Push every event, those that were streamed too. */
export interface Assembler {
  push(event: UpstreamEvent): void
  /** The text so far; for metering an answer that breaks off. */
  text(): string
  /** Bytes of everything generated so far: text, refusal, reasoning, names and arguments of tool calls. */
  outputBytes(): number
  /** Calls so far, arguments possibly incomplete. */
  toolCalls(): readonly ToolCall[]
  finishReason(): UpstreamFinishReason | undefined
  /**
   * The unstreamed body. `finishReason` stands in for an answer that broke off.
   * @throws UpstreamError `UPSTREAM_TRUNCATED` when there is no finish reason.
   */
  body(options: { readonly usage: JsonObject | null; readonly finishReason?: UpstreamFinishReason }): JsonObject
}

/** Creates an assembler of `chat.completion` bodies. */
export function createChatAssembler(identity: AnswerIdentity): Assembler {
  const { id, created, model } = identity
  const output = createOutput()
  return {
    push: output.push,
    body({ usage, finishReason }) {
      const { text, refusal, reasoning, toolCalls, reasoningDetails, reason } = output.state()
      const body = chatBodyOf({
        id,
        created,
        model,
        text,
        refusal,
        reasoning,
        toolCalls,
        usage,
        finishReason: ended(reason ?? finishReason),
      })
      return reasoningDetails.length === 0 ? body : withReasoningDetails(body, reasoningDetails)
    },
    ...output.view,
  }
}

function withReasoningDetails(body: JsonObject, details: readonly ReasoningDetail[]): JsonObject {
  const choices = objectsAt(body, 'choices').map((choice) => ({
    ...choice,
    message: { ...objectAt(choice, 'message'), reasoning_details: [...details] },
  }))
  return { ...body, choices }
}

/** Creates an assembler of `text_completion` bodies. */
export function createCompletionAssembler(identity: AnswerIdentity): Assembler {
  const output = createOutput()
  return {
    push: output.push,
    body({ usage, finishReason }) {
      const { text, reason } = output.state()
      return completionBodyOf({ text, usage, finishReason: ended(reason ?? finishReason), ...identity })
    },
    ...output.view,
  }
}

/** Turns events into the chunks of a stream. */
export interface ChunkEncoder {
  /** Chunks that the event gives rise to; `finish` and `usage` are kept for {@link ChunkEncoder.end}. */
  push(event: UpstreamEvent): readonly JsonObject[]
  /**
   * The closing chunks. With `includeUsage` the usage has a chunk of its own with empty `choices`, otherwise it rides on the finish chunk:
   * code that reads `choices[0]` must not meet a chunk it did not ask for.
   * @throws UpstreamError `UPSTREAM_TRUNCATED` when there is no finish reason.
   */
  end(options: {
    readonly usage: JsonObject | null
    readonly finishReason?: UpstreamFinishReason
  }): readonly JsonObject[]
}

/** Options of the chunk encoders. */
export interface ChunkEncoderOptions extends AnswerIdentity {
  /** Whether the request asked for `stream_options.include_usage`. */
  readonly includeUsage: boolean
}

/** Creates an encoder of `chat.completion.chunk` objects. */
export function createChatChunkEncoder(options: ChunkEncoderOptions): ChunkEncoder {
  const { id, created, model, includeUsage } = options
  let hasRole = false
  let reason: UpstreamFinishReason | undefined

  const chunk = (choices: readonly JsonObject[]): JsonDraft => ({
    id,
    object: 'chat.completion.chunk',
    created,
    model,
    choices,
  })
  const choice = (delta: JsonObject, finishReason: string | null): JsonObject => ({
    index: 0,
    delta,
    logprobs: null,
    finish_reason: finishReason,
  })
  function withRole(delta: JsonObject): JsonObject {
    if (hasRole) return delta
    hasRole = true
    return { role: 'assistant', ...delta }
  }
  const deltaChunk = (delta: JsonObject): JsonObject => chunk([choice(withRole(delta), null)])
  const callChunk = (call: JsonObject): JsonObject => deltaChunk({ tool_calls: [call] })

  return {
    push(event) {
      switch (event.type) {
        case 'text-delta':
          return [deltaChunk({ content: event.text })]
        case 'refusal-delta':
          return [deltaChunk({ refusal: event.text })]
        case 'reasoning-delta':
          return [deltaChunk({ reasoning_content: event.text })]
        case 'reasoning-detail':
          return [deltaChunk({ reasoning_details: [event.detail] })]
        case 'tool-call-delta': {
          const { index } = event
          const chunks: JsonObject[] = []
          if (event.id !== undefined) {
            const fn = { name: event.name ?? '', arguments: '' }
            chunks.push(callChunk({ index, id: event.id, type: 'function', function: fn }))
          }
          if (event.arguments !== '') chunks.push(callChunk({ index, function: { arguments: event.arguments } }))
          return chunks
        }
        case 'finish':
          reason = event.reason
          return []
        case 'usage':
          return []
      }
    },
    end({ usage, finishReason }) {
      const finish = chunk([choice(withRole({}), ended(reason ?? finishReason))])
      if (!usage) return [finish]
      if (includeUsage) return [finish, { ...chunk([]), usage }]
      return [{ ...finish, usage }]
    },
  }
}

/** Creates an encoder of streamed `text_completion` chunks. */
export function createCompletionChunkEncoder(options: ChunkEncoderOptions): ChunkEncoder {
  const { id, created, model, includeUsage } = options
  let reason: UpstreamFinishReason | undefined
  const chunk = (choices: readonly JsonObject[]): JsonDraft => ({
    id,
    object: 'text_completion',
    created,
    model,
    choices,
  })
  const choice = (text: string, finishReason: string | null): JsonObject => ({
    index: 0,
    text,
    logprobs: null,
    finish_reason: finishReason,
  })
  return {
    push(event) {
      if (event.type === 'finish') reason = event.reason
      return event.type === 'text-delta' ? [chunk([choice(event.text, null)])] : []
    },
    end({ usage, finishReason }) {
      const finish = chunk([choice('', ended(reason ?? finishReason))])
      if (!usage) return [finish]
      if (includeUsage) return [finish, { ...chunk([]), usage }]
      return [{ ...finish, usage }]
    },
  }
}

function ended(reason: UpstreamFinishReason | undefined): UpstreamFinishReason {
  if (reason === undefined) throw new UpstreamError('UPSTREAM_TRUNCATED')
  return reason
}

interface OutputState {
  readonly text: string
  readonly refusal: string
  readonly reasoning: string
  readonly toolCalls: readonly ToolCall[]
  readonly reasoningDetails: readonly ReasoningDetail[]
  readonly reason: UpstreamFinishReason | undefined
}

function createOutput(): {
  readonly push: (event: UpstreamEvent) => void
  readonly state: () => OutputState
  readonly view: Pick<Assembler, 'text' | 'outputBytes' | 'toolCalls' | 'finishReason'>
} {
  let text = ''
  let refusal = ''
  let reasoning = ''
  let reason: UpstreamFinishReason | undefined
  const reasoningDetails: ReasoningDetail[] = []
  const calls: { id: string; name: string; arguments: string }[] = []
  // Counted when it is asked for: most answers are only put together.
  const outputBytes = (): number => {
    const sizer = new TextEncoder()
    const pieces = [text, refusal, reasoning, ...calls.flatMap((call) => [call.name, call.arguments])]
    return pieces.reduce((sum, piece) => sum + sizer.encode(piece).length, 0)
  }
  const toolCalls = (): readonly ToolCall[] =>
    calls.map((call) => ({ id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments } }))

  return {
    push(event) {
      switch (event.type) {
        case 'text-delta':
          text += event.text
          break
        case 'refusal-delta':
          refusal += event.text
          break
        case 'reasoning-delta':
          reasoning += event.text
          break
        case 'reasoning-detail':
          reasoningDetails.push(event.detail)
          break
        case 'tool-call-delta': {
          if (event.index === calls.length && event.id !== undefined) {
            calls.push({ id: event.id, name: event.name ?? '', arguments: '' })
          }
          const call = calls[event.index]
          // Events are ordered by the reader of the provider's answer; anything else is a fault of an upstream of one's own.
          if (!call) throw new UpstreamError('UPSTREAM_INVALID')
          call.arguments += event.arguments
          break
        }
        case 'finish':
          reason = event.reason
          break
        case 'usage':
          break
      }
    },
    state: () => ({ text, refusal, reasoning, toolCalls: toolCalls(), reasoningDetails, reason }),
    view: { text: () => text, outputBytes, toolCalls, finishReason: () => reason },
  }
}

import { type JsonObject, numberAt, objectAt, objectsAt, stringAt } from '../../json.js'
import { maxToolCalls } from '../../stream/tool-call-merger.js'
import type { AnswerReader } from '../http/wire.js'
import { maxReasoningDetails } from '../reasoning-details.js'
import type { UpstreamEvent, UpstreamFinishReason } from '../upstream.js'
import { UpstreamError } from '../upstream-error.js'

type Block =
  | { readonly type: 'text' | 'other' }
  | { readonly type: 'thinking'; text: string; signature: string }
  | { readonly type: 'answer' }
  | { readonly type: 'tool'; readonly position: number; hasArguments: boolean }

/** Creates a reader of the events of the Messages API. `answerTool` is a tool whose arguments are the answer's text. */
export function createClaudeReader(options: { readonly answerTool: string | undefined }): AnswerReader {
  const blocks = new Map<number, Block>()
  let model = ''
  let stopReason: string | undefined
  let isOver = false
  let toolCount = 0
  let detailCount = 0
  /** Counts so far; later events repeat and raise them. */
  const usage = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, thinking: 0, isKnown: false }

  function startBlock(index: number, start: JsonObject, into: UpstreamEvent[]): void {
    const block = blockOf(start, into)
    blocks.set(index, block)
    if (blocks.size > 4 * maxToolCalls) throw new UpstreamError('UPSTREAM_INVALID')
    if (block.type === 'text') pushText(stringAt(start, 'text'), into)
    if (block.type === 'thinking') {
      block.signature = stringAt(start, 'signature') ?? ''
      pushThinking(block, stringAt(start, 'thinking'), into)
    }
    const input = objectAt(start, 'input')
    if (input && Object.keys(input).length > 0) pushArguments(block, JSON.stringify(input), into)
  }

  function blockOf(start: JsonObject, into: UpstreamEvent[]): Block {
    switch (start['type']) {
      case 'text':
        return { type: 'text' }
      case 'thinking':
        return { type: 'thinking', text: '', signature: '' }
      case 'redacted_thinking':
        pushDetail({ type: 'reasoning.encrypted', data: stringAt(start, 'data') ?? '' }, into)
        return { type: 'other' }
      case 'tool_use': {
        const name = stringAt(start, 'name')
        if (!name || toolCount >= maxToolCalls) throw new UpstreamError('UPSTREAM_INVALID')
        if (name === options.answerTool) return { type: 'answer' }
        const position = toolCount
        toolCount += 1
        const id = stringAt(start, 'id') ?? `call_${position}`
        into.push({ type: 'tool-call-delta', index: position, id, name, arguments: '' })
        return { type: 'tool', position, hasArguments: false }
      }
      default:
        // Blocks of tools that run at the provider, which are never asked for.
        return { type: 'other' }
    }
  }

  function pushDelta(block: Block, delta: JsonObject, into: UpstreamEvent[]): void {
    switch (delta['type']) {
      case 'text_delta':
        pushText(stringAt(delta, 'text'), into)
        break
      case 'input_json_delta':
        pushArguments(block, stringAt(delta, 'partial_json') ?? '', into)
        break
      case 'thinking_delta':
        if (block.type === 'thinking') pushThinking(block, stringAt(delta, 'thinking'), into)
        break
      case 'signature_delta':
        if (block.type === 'thinking') block.signature += stringAt(delta, 'signature') ?? ''
        break
    }
  }

  function pushText(text: string | undefined, into: UpstreamEvent[]): void {
    if (text) into.push({ type: 'text-delta', text })
  }

  function pushThinking(
    block: Extract<Block, { type: 'thinking' }>,
    text: string | undefined,
    into: UpstreamEvent[],
  ): void {
    if (!text) return
    block.text += text
    into.push({ type: 'reasoning-delta', text })
  }

  function pushArguments(block: Block, text: string, into: UpstreamEvent[]): void {
    if (text === '') return
    if (block.type === 'answer') into.push({ type: 'text-delta', text })
    if (block.type !== 'tool') return
    block.hasArguments = true
    into.push({ type: 'tool-call-delta', index: block.position, arguments: text })
  }

  function stopBlock(block: Block, into: UpstreamEvent[]): void {
    if (block.type === 'thinking' && block.signature !== '') {
      pushDetail({ type: 'reasoning.text', text: block.text, signature: block.signature }, into)
    }
    if (block.type === 'tool' && !block.hasArguments) pushArguments(block, '{}', into)
  }

  function pushDetail(detail: JsonObject, into: UpstreamEvent[]): void {
    if (detailCount >= maxReasoningDetails) throw new UpstreamError('UPSTREAM_INVALID')
    into.push({ type: 'reasoning-detail', detail: { ...detail, format: 'anthropic-claude-v1', index: detailCount } })
    detailCount += 1
  }

  function readUsage(counts: JsonObject | undefined): void {
    if (!counts) return
    usage.isKnown = true
    usage.input = countAt(counts, 'input_tokens') ?? usage.input
    usage.cacheRead = countAt(counts, 'cache_read_input_tokens') ?? usage.cacheRead
    usage.cacheWrite = countAt(counts, 'cache_creation_input_tokens') ?? usage.cacheWrite
    usage.output = countAt(counts, 'output_tokens') ?? usage.output
    usage.thinking = countAt(objectAt(counts, 'output_tokens_details') ?? {}, 'thinking_tokens') ?? usage.thinking
  }

  return {
    push(event, into) {
      switch (event['type']) {
        case 'content_block_delta': {
          const block = blocks.get(numberAt(event, 'index') ?? -1)
          const delta = objectAt(event, 'delta')
          if (!block || !delta) throw new UpstreamError('UPSTREAM_INVALID')
          pushDelta(block, delta, into)
          break
        }
        case 'content_block_start':
          startBlock(numberAt(event, 'index') ?? -1, objectAt(event, 'content_block') ?? {}, into)
          break
        case 'content_block_stop': {
          const block = blocks.get(numberAt(event, 'index') ?? -1)
          if (block) stopBlock(block, into)
          break
        }
        case 'message_start': {
          const message = objectAt(event, 'message') ?? {}
          model = stringAt(message, 'model') ?? ''
          readUsage(objectAt(message, 'usage'))
          break
        }
        case 'message_delta':
          stopReason = stringAt(objectAt(event, 'delta') ?? {}, 'stop_reason') ?? stopReason
          readUsage(objectAt(event, 'usage'))
          break
        case 'message_stop':
          isOver = true
          break
      }
    },
    pushBody(body, into) {
      model = stringAt(body, 'model') ?? ''
      for (const [index, content] of objectsAt(body, 'content').entries()) {
        startBlock(index, content, into)
        const block = blocks.get(index)
        if (block) stopBlock(block, into)
      }
      stopReason = stringAt(body, 'stop_reason')
      readUsage(objectAt(body, 'usage'))
    },
    end(into) {
      if (stopReason === undefined) throw new UpstreamError('UPSTREAM_TRUNCATED')
      into.push({ type: 'finish', reason: finishReasonOf(stopReason, toolCount > 0) })
      if (!usage.isKnown) return
      into.push({
        type: 'usage',
        usage: {
          // Both kinds of cached input count beside the others here, and among them in the OpenAI API.
          promptTokens: usage.input + usage.cacheRead + usage.cacheWrite,
          cachedPromptTokens: usage.cacheRead,
          completionTokens: usage.output,
          reasoningTokens: Math.min(usage.thinking, usage.output),
        },
      })
    },
    model: () => model,
    isOver: () => isOver,
  }
}

function finishReasonOf(stopReason: string, hasTools: boolean): UpstreamFinishReason {
  switch (stopReason) {
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length'
    case 'refusal':
      return 'content_filter'
    case 'tool_use':
      return hasTools ? 'tool_calls' : 'stop'
    default:
      return 'stop'
  }
}

function countAt(counts: JsonObject, key: string): number | undefined {
  const value = numberAt(counts, key)
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

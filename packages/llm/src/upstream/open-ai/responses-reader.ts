import { type JsonObject, numberAt, objectAt, objectsAt, stringAt } from '../../json.js'
import { maxToolCalls } from '../../stream/tool-call-merger.js'
import type { AnswerReader } from '../http/wire.js'
import { maxReasoningDetails } from '../reasoning-details.js'
import type { UpstreamEvent, UpstreamFinishReason } from '../upstream.js'
import { UpstreamError } from '../upstream-error.js'
import { openAiErrorCode } from './error-code.js'

/** Creates a reader of the events of the Responses API. */
export function createResponsesReader(): AnswerReader {
  let model = ''
  let last: JsonObject | undefined
  const calls = new Map<number, { readonly position: number; hasArguments: boolean }>()
  let detailCount = 0

  function pushText(
    type: 'text-delta' | 'refusal-delta' | 'reasoning-delta',
    text: string | undefined,
    into: UpstreamEvent[],
  ): void {
    if (text) into.push({ type, text })
  }

  function openCall(index: number, item: JsonObject, into: UpstreamEvent[]): void {
    const name = stringAt(item, 'name')
    const id = stringAt(item, 'call_id')
    if (!name || !id || calls.has(index) || calls.size >= maxToolCalls) throw new UpstreamError('UPSTREAM_INVALID')
    const call = { position: calls.size, hasArguments: false }
    calls.set(index, call)
    into.push({ type: 'tool-call-delta', index: call.position, id, name, arguments: '' })
  }

  function pushArguments(index: number, text: string, into: UpstreamEvent[]): void {
    const call = calls.get(index)
    if (!call) throw new UpstreamError('UPSTREAM_INVALID')
    if (text === '') return
    call.hasArguments = true
    into.push({ type: 'tool-call-delta', index: call.position, arguments: text })
  }

  function closeItem(index: number, item: JsonObject, into: UpstreamEvent[]): void {
    if (item['type'] === 'function_call') {
      if (!calls.has(index)) openCall(index, item, into)
      if (calls.get(index)?.hasArguments === false) pushArguments(index, stringAt(item, 'arguments') || '{}', into)
    }
    const data = item['type'] === 'reasoning' ? stringAt(item, 'encrypted_content') : undefined
    if (!data) return
    if (detailCount >= maxReasoningDetails) throw new UpstreamError('UPSTREAM_INVALID')
    const detail = { type: 'reasoning.encrypted', data, id: stringAt(item, 'id') ?? '', index: detailCount }
    into.push({ type: 'reasoning-detail', detail: { ...detail, format: 'openai-responses-v1' } })
    detailCount += 1
  }

  return {
    push(event, into) {
      const index = numberAt(event, 'output_index') ?? -1
      switch (event['type']) {
        case 'response.output_text.delta':
          return pushText('text-delta', stringAt(event, 'delta'), into)
        case 'response.refusal.delta':
          return pushText('refusal-delta', stringAt(event, 'delta'), into)
        case 'response.reasoning_summary_text.delta':
        case 'response.reasoning_text.delta':
          return pushText('reasoning-delta', stringAt(event, 'delta'), into)
        case 'response.function_call_arguments.delta':
          return pushArguments(index, stringAt(event, 'delta') ?? '', into)
        case 'response.output_item.added': {
          const item = objectAt(event, 'item') ?? {}
          return item['type'] === 'function_call' ? openCall(index, item, into) : undefined
        }
        case 'response.output_item.done':
          return closeItem(index, objectAt(event, 'item') ?? {}, into)
        case 'response.created':
          model = stringAt(objectAt(event, 'response') ?? {}, 'model') ?? ''
          return
        case 'response.completed':
        case 'response.incomplete':
        case 'response.failed':
          last = objectAt(event, 'response') ?? {}
          return
        case 'error':
          throw new UpstreamError(openAiErrorCode({ error: event }) ?? 'UPSTREAM_FAILED')
      }
    },
    pushBody(body, into) {
      model = stringAt(body, 'model') ?? ''
      for (const [index, item] of objectsAt(body, 'output').entries()) {
        for (const part of objectsAt(item, 'summary')) pushText('reasoning-delta', stringAt(part, 'text'), into)
        for (const part of objectsAt(item, 'content')) {
          pushText('text-delta', stringAt(part, 'text'), into)
          pushText('refusal-delta', stringAt(part, 'refusal'), into)
        }
        closeItem(index, item, into)
      }
      last = body
    },
    end(into) {
      if (!last) throw new UpstreamError('UPSTREAM_TRUNCATED')
      into.push({ type: 'finish', reason: finishReasonOf(last, calls.size > 0) })
      pushUsage(objectAt(last, 'usage'), into)
    },
    model: () => model,
    isOver: () => last !== undefined,
  }
}

function finishReasonOf(response: JsonObject, hasCalls: boolean): UpstreamFinishReason {
  switch (response['status']) {
    case 'completed':
      return hasCalls ? 'tool_calls' : 'stop'
    case 'incomplete':
      return stringAt(objectAt(response, 'incomplete_details') ?? {}, 'reason') === 'content_filter'
        ? 'content_filter'
        : 'length'
    default:
      throw new UpstreamError(openAiErrorCode(response) ?? 'UPSTREAM_FAILED')
  }
}

function pushUsage(usage: JsonObject | undefined, into: UpstreamEvent[]): void {
  if (!usage) return
  const count = (object: JsonObject | undefined, key: string): number => {
    const value = object ? (numberAt(object, key) ?? 0) : 0
    return Number.isSafeInteger(value) && value > 0 ? value : 0
  }
  const promptTokens = count(usage, 'input_tokens')
  const completionTokens = count(usage, 'output_tokens')
  const cached = count(objectAt(usage, 'input_tokens_details'), 'cached_tokens')
  const reasoning = count(objectAt(usage, 'output_tokens_details'), 'reasoning_tokens')
  into.push({
    type: 'usage',
    usage: {
      promptTokens,
      cachedPromptTokens: Math.min(cached, promptTokens),
      completionTokens,
      reasoningTokens: Math.min(reasoning, completionTokens),
    },
  })
}

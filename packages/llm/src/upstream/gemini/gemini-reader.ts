import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, numberAt, objectAt, stringAt } from '../../json.js'
import { maxToolCalls } from '../../stream/tool-call-merger.js'
import type { TokenUsage } from '../../usage.js'
import type { AnswerReader } from '../http/wire.js'
import { maxReasoningDetails } from '../reasoning-details.js'
import type { UpstreamEvent, UpstreamFinishReason } from '../upstream.js'
import { UpstreamError } from '../upstream-error.js'

/** Creates a reader of `GenerateContentResponse` objects. */
export function createGeminiReader(): AnswerReader {
  let model = ''
  let responseId = ''
  let finishReason: string | undefined
  let usage: JsonObject | undefined
  let callCount = 0
  let detailCount = 0

  function readPart(part: JsonObject, into: UpstreamEvent[]): void {
    const text = stringAt(part, 'text')
    if (text) into.push(part['thought'] === true ? { type: 'reasoning-delta', text } : { type: 'text-delta', text })
    const call = objectAt(part, 'functionCall')
    const id = call ? readCall(call, into) : undefined
    const signature = stringAt(part, 'thoughtSignature')
    if (signature) readSignature(signature, { id, into })
  }

  /** Arguments come whole here, never in pieces. */
  function readCall(call: JsonObject, into: UpstreamEvent[]): string {
    const name = stringAt(call, 'name')
    if (!name || callCount >= maxToolCalls) throw new UpstreamError('UPSTREAM_INVALID')
    const id = stringAt(call, 'id') || `call_${callCount}${responseId === '' ? '' : `_${responseId}`}`
    const args = JSON.stringify(objectAt(call, 'args') ?? {})
    into.push({ type: 'tool-call-delta', index: callCount, id, name, arguments: args })
    callCount += 1
    return id
  }

  function readSignature(
    data: string,
    { id, into }: { readonly id: string | undefined; readonly into: UpstreamEvent[] },
  ): void {
    if (detailCount >= maxReasoningDetails) throw new UpstreamError('UPSTREAM_INVALID')
    const detail = { type: 'reasoning.encrypted', data, format: 'google-gemini-v1', index: detailCount }
    into.push({ type: 'reasoning-detail', detail: id === undefined ? detail : { ...detail, id } })
    detailCount += 1
  }

  function push(chunk: JsonObject, into: UpstreamEvent[]): void {
    if (model === '') model = stringAt(chunk, 'modelVersion') ?? ''
    if (responseId === '') responseId = stringAt(chunk, 'responseId') ?? ''
    usage = objectAt(chunk, 'usageMetadata') ?? usage
    const { candidates, promptFeedback } = chunk
    if (isJsonArray(candidates)) for (const candidate of candidates) readCandidate(candidate, into)
    // A prompt that is refused has no candidate at all.
    if (isJsonObject(promptFeedback) && promptFeedback['blockReason'] !== undefined) finishReason ??= 'SAFETY'
  }

  function readCandidate(candidate: JsonValue, into: UpstreamEvent[]): void {
    if (!isJsonObject(candidate)) return
    if ((candidate['index'] ?? 0) !== 0) throw new UpstreamError('UPSTREAM_INVALID')
    const { content } = candidate
    const parts = isJsonObject(content) ? content['parts'] : undefined
    if (isJsonArray(parts)) for (const part of parts) if (isJsonObject(part)) readPart(part, into)
    finishReason = stringAt(candidate, 'finishReason') ?? finishReason
  }

  return {
    push,
    pushBody: push,
    end(into) {
      if (finishReason === undefined) throw new UpstreamError('UPSTREAM_TRUNCATED')
      into.push({ type: 'finish', reason: finishReasonOf(finishReason, callCount > 0) })
      if (usage) into.push({ type: 'usage', usage: usageOf(usage) })
    },
    model: () => model,
    isOver: () => false,
  }
}

function finishReasonOf(reason: string, hasCalls: boolean): UpstreamFinishReason {
  switch (reason) {
    case 'MAX_TOKENS':
      return 'length'
    case 'SAFETY':
    case 'RECITATION':
    case 'BLOCKLIST':
    case 'PROHIBITED_CONTENT':
    case 'SPII':
    case 'IMAGE_SAFETY':
      return 'content_filter'
    case 'MALFORMED_FUNCTION_CALL':
    case 'UNEXPECTED_TOOL_CALL':
      throw new UpstreamError('UPSTREAM_FAILED')
    default:
      // A natural end is STOP with and without calls.
      return hasCalls ? 'tool_calls' : 'stop'
  }
}

/** Counts are running totals; thoughts count beside the answer here, and within it in the OpenAI API. */
function usageOf(usage: JsonObject): TokenUsage {
  const count = (key: string): number => {
    const value = numberAt(usage, key) ?? 0
    return Number.isSafeInteger(value) && value > 0 ? value : 0
  }
  const promptTokens = count('promptTokenCount') + count('toolUsePromptTokenCount')
  const reasoningTokens = count('thoughtsTokenCount')
  return {
    promptTokens,
    cachedPromptTokens: Math.min(count('cachedContentTokenCount'), promptTokens),
    completionTokens: count('candidatesTokenCount') + reasoningTokens,
    reasoningTokens,
  }
}

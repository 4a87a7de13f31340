import type { UpstreamEvent } from '@og/llm/upstream'
import type { CountedTokens } from './count-usage.js'
import { leastOf } from './least-of.js'

/** Token counts that a charge is made of, and who counted them. */
export interface MeteredUsage {
  readonly promptTokens: bigint
  readonly cachedPromptTokens: bigint
  readonly completionTokens: bigint
  readonly reasoningTokens: bigint
  readonly source: 'upstream' | 'counted'
}

/** Counts an answer as it passes, and ends it at the ceiling that was paid for. */
export interface Meter {
  /** Counts an event that fits as it is; `false`, and nothing counted, for one that has to be cut. */
  readonly passes: (event: UpstreamEvent) => boolean
  /** The events to pass on for this one, and whether the answer is full. */
  readonly count: (event: UpstreamEvent) => { readonly events: readonly UpstreamEvent[]; readonly full: boolean }
  readonly hasDelivered: () => boolean
  /** Whether the provider has said how much was used. */
  readonly isReported: () => boolean
  /** Usage so far, never above what was authorised: the provider's count when it gave one, otherwise the node's own. */
  readonly usage: (bounds: { readonly promptTokens: bigint }, counted?: CountedTokens) => MeteredUsage
}

const nothing: CountedTokens = { promptTokens: 0, completionTokens: 0, reasoningTokens: 0 }
/** A provider that ignores its own ceiling is cut off at this many bytes per paid token: no real tokenizer's tokens are longer. */
const maxBytesPerToken = 128

/** What a tool call's names and braces take in a transcript, beside its texts. */
const callFrameBytes = 40

/** Creates the meter of one answer. */
export function meterOf(limits: {
  readonly maxCompletionTokens: bigint
  /** Bytes that the answer may take where it is recorded: in JSON a line's end is two, a control character six. */
  readonly byteLimit: number | undefined
}): Meter {
  const recordLimit = limits.byteLimit ?? Number.POSITIVE_INFINITY
  const byteLimit = Number(limits.maxCompletionTokens) * maxBytesPerToken
  let bytes = 0
  let recorded = 0
  let reported: Extract<UpstreamEvent, { type: 'usage' }>['usage'] | undefined

  function textOf(event: UpstreamEvent): string {
    switch (event.type) {
      case 'text-delta':
      case 'refusal-delta':
      case 'reasoning-delta':
        return event.text
      case 'tool-call-delta':
        return `${event.name ?? ''}${event.arguments}`
      default:
        return ''
    }
  }

  function passes(event: UpstreamEvent): boolean {
    if (event.type === 'usage') reported = event.usage
    const length = Buffer.byteLength(textOf(event), 'utf8')
    if (bytes + length > byteLimit) return false
    if (limits.byteLimit !== undefined) {
      const inRecord = bytesInRecord(event)
      if (recorded + inRecord > recordLimit) return false
      recorded += inRecord
    }
    bytes += length
    return true
  }

  function bytesInRecord(event: UpstreamEvent): number {
    if (event.type !== 'tool-call-delta') return bytesInJson(textOf(event))
    const { id, name, arguments: text } = event
    const frame = id === undefined && name === undefined ? 0 : callFrameBytes
    return frame + bytesInJson(id ?? '') + bytesInJson(name ?? '') + bytesInJson(text)
  }

  return {
    passes,
    count: (event) => {
      if (passes(event)) return { events: [event], full: false }
      const kept = cutToFit(event, { bytes: byteLimit - bytes, inRecord: recordLimit - recorded })
      bytes += Buffer.byteLength(kept === undefined ? '' : textOf(kept), 'utf8')
      return { events: [...(kept === undefined ? [] : [kept]), { type: 'finish', reason: 'length' }], full: true }
    },
    hasDelivered: () => bytes > 0,
    isReported: () => reported !== undefined,
    usage: ({ promptTokens }, counted = nothing) => {
      if (reported === undefined) {
        const completionTokens = leastOf(BigInt(counted.completionTokens), limits.maxCompletionTokens)
        return {
          promptTokens: leastOf(BigInt(counted.promptTokens), promptTokens),
          cachedPromptTokens: 0n,
          completionTokens,
          reasoningTokens: leastOf(BigInt(counted.reasoningTokens), completionTokens),
          source: 'counted',
        }
      }
      const prompt = leastOf(BigInt(reported.promptTokens), promptTokens)
      const completion = leastOf(BigInt(reported.completionTokens), limits.maxCompletionTokens)
      return {
        promptTokens: prompt,
        cachedPromptTokens: leastOf(BigInt(reported.cachedPromptTokens), prompt),
        completionTokens: completion,
        reasoningTokens: leastOf(BigInt(reported.reasoningTokens), completion),
        source: 'upstream',
      }
    },
  }
}

/** Bytes of a text between the quotes of its JSON. */
function bytesInJson(text: string): number {
  return Buffer.byteLength(JSON.stringify(text), 'utf8') - 2
}

/** As much of a piece of text as fits into so many bytes; half a tool call is of no use to anybody. */
function cutToFit(
  event: UpstreamEvent,
  room: { readonly bytes: number; readonly inRecord: number },
): UpstreamEvent | undefined {
  if (event.type !== 'text-delta' && event.type !== 'refusal-delta' && event.type !== 'reasoning-delta')
    return undefined
  let { bytes, inRecord } = room
  let kept = ''
  for (const character of event.text) {
    bytes -= Buffer.byteLength(character, 'utf8')
    if (inRecord !== Number.POSITIVE_INFINITY) inRecord -= bytesInJson(character)
    if (bytes < 0 || inRecord < 0) break
    kept += character
  }
  return kept === '' ? undefined : { ...event, text: kept }
}

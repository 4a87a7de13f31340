import type { JsonValue } from '@og/settlement'
import type { InferenceRequest } from './inference-request.js'
import { isJsonObject } from './is-json-object.js'
import { leastOf } from './least-of.js'
import type { PromptCount } from './prices.js'

/** A request as its prompt is bounded: its canonical body, and what stands in it. */
export type BoundedRequest = Pick<InferenceRequest, 'canonicalBody' | 'upstreamBody' | 'model' | 'fallbacks'> & {
  /** What is bounded without a count: of a prompt of nothing but text, the bytes of the canonical body. */
  readonly promptTokens: bigint
}

/** A body of up to so many bytes is quoted by them: what a count would save is less than a thread of tables is worth. */
const uncountedBytes = 256n
/** A longer body is quoted by its bytes, because its count would take too long for somebody who has not paid. */
const mostCountedBytes = 262_144n

/**
 * How the prompt of a request is counted; `undefined` when it is quoted by its bytes: for its size, because a model that may answer has other
 * tokens than the one that was asked for, or because texts do not say what its parts cost.
 */
export function promptCountFor(request: BoundedRequest): PromptCount | undefined {
  const { model, fallbacks, promptTokens: bytes, upstreamBody } = request
  const rule = model.promptCount
  if (rule === undefined || bytes <= uncountedBytes || bytes > mostCountedBytes) return undefined
  if (!fallbacks.every(({ promptCount }) => isSameCount(promptCount, rule))) return undefined
  // Providers put words of their own around tools; how many, only the tokenizer's family tells.
  if (rule.percent !== undefined && listOf(upstreamBody['tools']).length > 0) return undefined
  return listOf(upstreamBody['messages']).every(isText) ? rule : undefined
}

/**
 * Bounds the tokens of a prompt by those of its canonical body: as they were counted, where the tokenizer is the model's own. By another
 * family's tokenizer: its percent of the count, a quarter of the bytes at least, and one more for each digit and each byte outside ASCII,
 * which vocabularies treat most differently. Never more than the bytes.
 */
export function promptBoundOf(
  { percent }: PromptCount,
  { counted, body, bytes }: { readonly counted: number; readonly body: string; readonly bytes: bigint },
): bigint {
  const own = BigInt(counted)
  if (percent === undefined) return leastOf(own, bytes)
  const scaled = roundedUp(own * BigInt(percent), 100n)
  const quarter = roundedUp(bytes, 4n)
  return leastOf((scaled > quarter ? scaled : quarter) + literalBytesOf(body, bytes), bytes)
}

/** Digits, and bytes outside ASCII. */
function literalBytesOf(body: string, bytes: bigint): bigint {
  let others = 0
  for (let index = 0; index < body.length; index += 1) {
    const code = body.charCodeAt(index)
    if (code < 0x80 && (code < 0x30 || code > 0x39)) others += 1
  }
  return bytes - BigInt(others)
}

/** Whether a message holds nothing but text: what pictures, sounds and files cost no tokenizer says. */
function isText(message: JsonValue): boolean {
  const content = contentOf(message)
  return !Array.isArray(content) || content.every((part) => typeOf(part) === 'text' || typeOf(part) === 'refusal')
}

function contentOf(message: JsonValue): JsonValue | undefined {
  return isJsonObject(message) ? message['content'] : undefined
}

function typeOf(part: JsonValue): JsonValue | undefined {
  return isJsonObject(part) ? part['type'] : undefined
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}

function isSameCount(left: PromptCount | undefined, right: PromptCount): boolean {
  return left?.tokenizer === right.tokenizer && left.percent === right.percent
}

function roundedUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor
}

import type { JsonObject } from '../json.js'

/** Bytes of UTF-8 that count as one token where no provider counts. */
export const bytesPerToken = 4

/** Estimates a token count: one token for every 4 bytes of UTF-8, rounded up. A stated rule, not a tokenizer. */
export function estimateTokens(text: string): number {
  return Math.ceil(new TextEncoder().encode(text).length / bytesPerToken)
}

/** Estimates the prompt tokens of a request: its messages, or its prompt, and its tools, as JSON. */
export function estimatePromptTokens(body: JsonObject): number {
  const { messages, prompt, tools } = body
  const parts = [messages, prompt, tools].filter((part) => part !== undefined && part !== null)
  return parts.reduce<number>(
    (sum, part) => sum + estimateTokens(typeof part === 'string' ? part : JSON.stringify(part)),
    0,
  )
}

import { type JsonObject, numberAt, objectAt } from './json.js'

/** Token counts of one answer, or of several added together. */
export interface TokenUsage {
  readonly promptTokens: number
  /** Part of `promptTokens` that the provider served from its cache. */
  readonly cachedPromptTokens: number
  readonly completionTokens: number
  /** Part of `completionTokens` that went into hidden reasoning. */
  readonly reasoningTokens: number
}

/** No tokens. */
export const noUsage: TokenUsage = {
  promptTokens: 0,
  cachedPromptTokens: 0,
  completionTokens: 0,
  reasoningTokens: 0,
}

/** Reads token counts from a `usage` object of the OpenAI API; `null` when there is none or its counts are missing. */
export function tokenUsageOf(usage: JsonObject | null | undefined): TokenUsage | null {
  if (!usage) return null
  const promptTokens = countAt(usage, 'prompt_tokens')
  const completionTokens = countAt(usage, 'completion_tokens')
  if (promptTokens === undefined || completionTokens === undefined) return null
  const cached = countAt(objectAt(usage, 'prompt_tokens_details') ?? {}, 'cached_tokens') ?? 0
  const reasoning = countAt(objectAt(usage, 'completion_tokens_details') ?? {}, 'reasoning_tokens') ?? 0
  // xAI counts reasoning tokens beside completion tokens; its total shows it.
  const isBeside = reasoning > 0 && countAt(usage, 'total_tokens') === promptTokens + completionTokens + reasoning
  const allCompletionTokens = isBeside ? completionTokens + reasoning : completionTokens
  return {
    promptTokens,
    cachedPromptTokens: Math.min(cached, promptTokens),
    completionTokens: allCompletionTokens,
    reasoningTokens: Math.min(reasoning, allCompletionTokens),
  }
}

/** Adds token counts. */
export function addUsage(total: TokenUsage, usage: TokenUsage): TokenUsage {
  return {
    promptTokens: total.promptTokens + usage.promptTokens,
    cachedPromptTokens: total.cachedPromptTokens + usage.cachedPromptTokens,
    completionTokens: total.completionTokens + usage.completionTokens,
    reasoningTokens: total.reasoningTokens + usage.reasoningTokens,
  }
}

function countAt(object: JsonObject, key: string): number | undefined {
  const value = numberAt(object, key)
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

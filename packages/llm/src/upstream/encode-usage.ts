import type { JsonObject } from '../json.js'
import type { TokenUsage } from '../usage.js'

/** Writes token counts as the `usage` object of the OpenAI API; `extra` members (cost, receipt) are put beside them. */
export function encodeUsage(usage: TokenUsage, extra: JsonObject = {}): JsonObject {
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedPromptTokens },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    ...extra,
  }
}

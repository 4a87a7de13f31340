import { type JsonObject, numberAt, objectAt } from '../json.js'
import { tokenUsageOf } from '../usage.js'
import type { SdkMetadata, SdkObject, SdkUsage } from './specification.js'

/** The name under which options come in and metadata go out. */
export const providerName = 'opengradient'

/** JSON in the types of the specification, whose arrays are not marked as readonly. */
export function sdkObject(object: JsonObject): SdkObject {
  // The only difference between the types is `readonly`, and nobody here writes to what was parsed.
  return object as SdkObject
}

/** Token counts of an answer; the server's own object with cost and receipt stays in `raw`. */
export function sdkUsageOf(usage: JsonObject | null): SdkUsage {
  const counts = tokenUsageOf(usage)
  if (!usage || !counts) {
    return {
      inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
      outputTokens: { total: undefined, text: undefined, reasoning: undefined },
      ...(usage ? { raw: sdkObject(usage) } : {}),
    }
  }
  const { promptTokens, cachedPromptTokens, completionTokens, reasoningTokens } = counts
  return {
    inputTokens: {
      total: promptTokens,
      noCache: promptTokens - cachedPromptTokens,
      cacheRead: cachedPromptTokens,
      cacheWrite: undefined,
    },
    outputTokens: { total: completionTokens, text: completionTokens - reasoningTokens, reasoning: reasoningTokens },
    raw: sdkObject(usage),
  }
}

const openAiMembers = new Set([
  'prompt_tokens',
  'completion_tokens',
  'total_tokens',
  'prompt_tokens_details',
  'completion_tokens_details',
])

/** What the gateway says about the call besides the counts: cost, payment and receipt. */
export function receiptMetadataOf(usage: JsonObject | null): SdkMetadata {
  const { og: _, ...rest } = usage ?? {}
  const own = Object.entries(rest).filter(([key]) => !openAiMembers.has(key))
  const receipt = usage ? objectAt(usage, 'og') : undefined
  return { [providerName]: sdkObject({ ...Object.fromEntries(own), ...receipt }) }
}

/** The tokens of an embeddings answer. */
export function embedTokensOf(usage: JsonObject | null): number | undefined {
  return usage ? numberAt(usage, 'prompt_tokens') : undefined
}

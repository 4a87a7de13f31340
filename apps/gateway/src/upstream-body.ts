import type { InferenceRequest } from './inference-request.js'

/** What goes to the provider: the client's body with one ceiling that is always there, in the spelling that the endpoint knows. */
export function upstreamBodyOf({
  endpoint,
  upstreamBody,
  maxCompletionTokens,
}: InferenceRequest): InferenceRequest['body'] {
  const { max_tokens: _, max_completion_tokens: newer, ...rest } = upstreamBody
  const field = endpoint === 'completions' || newer == null ? 'max_tokens' : 'max_completion_tokens'
  return { [field]: Number(maxCompletionTokens), ...rest }
}

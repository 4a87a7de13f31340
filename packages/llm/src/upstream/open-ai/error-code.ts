import { type JsonObject, objectAt, stringAt } from '../../json.js'
import type { UpstreamErrorCode } from '../upstream-error.js'

/** What an OpenAI-shaped error body says beyond its status: codes whose meaning may be told to the caller. */
export function openAiErrorCode(body: JsonObject): UpstreamErrorCode | undefined {
  const error = objectAt(body, 'error')
  switch (error && stringAt(error, 'code')) {
    case 'context_length_exceeded':
    case 'string_above_max_length':
      return 'UPSTREAM_CONTEXT_LENGTH'
    case 'content_policy_violation':
    case 'content_filter':
      return 'UPSTREAM_CONTENT_POLICY'
    case 'model_not_found':
      return 'UPSTREAM_MODEL'
    case 'rate_limit_exceeded':
      return 'UPSTREAM_RATE_LIMITED'
    case 'insufficient_quota':
    case 'invalid_api_key':
      return 'UPSTREAM_AUTH'
    default:
      return undefined
  }
}

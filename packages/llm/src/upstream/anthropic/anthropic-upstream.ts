import { type JsonObject, objectAt, stringAt } from '../../json.js'
import { createHttpUpstream, type HttpUpstreamOptions } from '../http/http-upstream.js'
import type { Wire } from '../http/wire.js'
import type { Upstream } from '../upstream.js'
import type { UpstreamErrorCode } from '../upstream-error.js'
import { claudeCallOf } from './claude-body.js'
import { createClaudeReader } from './claude-reader.js'

/** Options of {@link anthropicUpstream}. */
export interface AnthropicUpstreamOptions extends HttpUpstreamOptions {
  readonly apiKey: string
  readonly id?: string
  /** Anthropic's public API unless given: `https://api.anthropic.com/v1`. */
  readonly baseUrl?: string
}

const apiVersion = '2023-06-01'

/** Creates an upstream for Anthropic's Messages API. @throws UpstreamError `UPSTREAM_CONFIG` */
export function anthropicUpstream(options: AnthropicUpstreamOptions): Upstream {
  return createHttpUpstream({
    ...options,
    id: options.id ?? 'anthropic',
    baseUrl: options.baseUrl ?? 'https://api.anthropic.com/v1',
    auth: { 'x-api-key': options.apiKey, 'anthropic-version': apiVersion },
    wire: claudeWire,
  })
}

const claudeWire: Wire = {
  callOf(request) {
    const { body, answerTool } = claudeCallOf(request)
    return { path: '/messages', body, reader: createClaudeReader({ answerTool }), usesEventNames: true }
  },
  errorCodeOf: claudeErrorCode,
}

/** What an error body of the Messages API means; its words are looked at where the type is not enough, and go no further. */
function claudeErrorCode(body: JsonObject, status: number | undefined): UpstreamErrorCode | undefined {
  const error = objectAt(body, 'error') ?? {}
  switch (stringAt(error, 'type')) {
    case 'invalid_request_error':
      if (/prompt is too long|exceed context limit/i.test(stringAt(error, 'message') ?? ''))
        return 'UPSTREAM_CONTEXT_LENGTH'
      return status === undefined ? 'UPSTREAM_REJECTED' : undefined
    case 'request_too_large':
      return 'UPSTREAM_CONTEXT_LENGTH'
    case 'authentication_error':
    case 'permission_error':
    case 'billing_error':
      return 'UPSTREAM_AUTH'
    case 'not_found_error':
      return 'UPSTREAM_MODEL'
    case 'rate_limit_error':
      return 'UPSTREAM_RATE_LIMITED'
    case 'timeout_error':
      return 'UPSTREAM_TIMEOUT'
    case 'overloaded_error':
      return 'UPSTREAM_OVERLOADED'
    case 'api_error':
      return 'UPSTREAM_FAILED'
    default:
      return undefined
  }
}

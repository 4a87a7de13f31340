import { createHttpUpstream, type HttpUpstreamOptions } from '../http/http-upstream.js'
import type { Upstream } from '../upstream.js'
import { openAiWire } from './open-ai-wire.js'

/** Options of {@link openAiUpstream} and {@link xAiUpstream}. */
export interface OpenAiUpstreamOptions extends HttpUpstreamOptions {
  readonly apiKey: string
  readonly id?: string
  /** The provider's public API unless given. */
  readonly baseUrl?: string
}

/**
 * Creates an upstream for OpenAI. Requests pass as they are, with the token limit in the one spelling that all of OpenAI's models take.
 * @throws UpstreamError `UPSTREAM_CONFIG`
 */
export function openAiUpstream(options: OpenAiUpstreamOptions): Upstream {
  return createHttpUpstream({
    ...options,
    id: options.id ?? 'openai',
    baseUrl: options.baseUrl ?? 'https://api.openai.com/v1',
    auth: { authorization: `Bearer ${options.apiKey}` },
    wire: openAiWire({ maxTokensField: 'max_completion_tokens', reasoningField: 'dropped', extraFields: [] }),
  })
}

/** Creates an upstream for xAI. @throws UpstreamError `UPSTREAM_CONFIG` */
export function xAiUpstream(options: OpenAiUpstreamOptions): Upstream {
  return createHttpUpstream({
    ...options,
    id: options.id ?? 'x-ai',
    baseUrl: options.baseUrl ?? 'https://api.x.ai/v1',
    auth: { authorization: `Bearer ${options.apiKey}` },
    wire: openAiWire({ maxTokensField: 'max_completion_tokens', reasoningField: 'dropped', extraFields: [] }),
  })
}

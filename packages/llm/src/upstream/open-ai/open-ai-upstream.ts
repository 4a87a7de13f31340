import { createHttpUpstream, type HttpUpstreamOptions } from '../http/http-upstream.js'
import type { Wire } from '../http/wire.js'
import type { Upstream } from '../upstream.js'
import { openAiWire } from './open-ai-wire.js'
import { responsesBodyOf } from './responses-body.js'
import { createResponsesReader } from './responses-reader.js'

/** Options of {@link openAiUpstream} and {@link xAiUpstream}. */
export interface OpenAiUpstreamOptions extends HttpUpstreamOptions {
  readonly apiKey: string
  readonly id?: string
  /** The provider's public API unless given. */
  readonly baseUrl?: string
  /**
   * Which of the provider's APIs chats go to; `chat` unless given. Some models are only to be had by `responses`, and only there thoughts
   * outlive their turn.
   */
  readonly api?: 'chat' | 'responses'
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
    wire: wireOf(options),
  })
}

/** Creates an upstream for xAI. @throws UpstreamError `UPSTREAM_CONFIG` */
export function xAiUpstream(options: OpenAiUpstreamOptions): Upstream {
  return createHttpUpstream({
    ...options,
    id: options.id ?? 'x-ai',
    baseUrl: options.baseUrl ?? 'https://api.x.ai/v1',
    auth: { authorization: `Bearer ${options.apiKey}` },
    wire: wireOf(options),
  })
}

function wireOf({ api }: OpenAiUpstreamOptions): Wire {
  const chat = openAiWire({ maxTokensField: 'max_completion_tokens', reasoningField: 'dropped', extraFields: [] })
  if (api !== 'responses') return chat
  return {
    ...chat,
    callOf: (request) =>
      request.endpoint === 'completions'
        ? chat.callOf(request)
        : { path: '/responses', body: responsesBodyOf(request), reader: createResponsesReader(), usesEventNames: true },
  }
}

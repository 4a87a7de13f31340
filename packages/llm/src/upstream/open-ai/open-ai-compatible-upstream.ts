import { createHttpUpstream, type HttpUpstreamOptions } from '../http/http-upstream.js'
import type { Upstream } from '../upstream.js'
import type { MaxTokensField } from './forwarded-body.js'
import { openAiWire } from './open-ai-wire.js'

/** Options of {@link openAiCompatibleUpstream}. */
export interface OpenAiCompatibleUpstreamOptions extends HttpUpstreamOptions {
  readonly id: string
  /** Where the provider's API stands, version included: `https://host/v1`, `http://127.0.0.1:11434/v1`. */
  readonly baseUrl: string
  /** Sent as a bearer token. */
  readonly apiKey?: string
  /** The token limit's spelling; as the caller sent it unless given. */
  readonly maxTokensField?: MaxTokensField
  /** Request members that reach the provider besides the known ones. */
  readonly extraFields?: readonly string[]
}

/**
 * Creates an upstream for a server that speaks the OpenAI API: Ollama, vLLM, llama.cpp, DeepSeek, OpenRouter. Requests are always streamed with
 * usage; redirects are refused; errors never carry keys, prompts or the provider's words.
 * @throws UpstreamError `UPSTREAM_CONFIG` for a bad URL, a URL with credentials, or plain http to anything but this machine.
 */
export function openAiCompatibleUpstream(options: OpenAiCompatibleUpstreamOptions): Upstream {
  return createHttpUpstream({
    ...options,
    auth: options.apiKey ? { authorization: `Bearer ${options.apiKey}` } : {},
    wire: openAiWire({
      maxTokensField: options.maxTokensField ?? 'as-sent',
      reasoningField: 'as-sent',
      extraFields: options.extraFields ?? [],
    }),
  })
}

import { apiUrlOf, type ModeOptions, modeHeadersOf, type PayingClient } from './paying-client.js'

/** Options of {@link openaiOptions}. */
export interface OpenAiOptionsInput extends ModeOptions {
  readonly client: PayingClient
  /** How often a failed call is repeated; 2 unless given. Every repetition carries the payment of the first attempt. */
  readonly maxRetries?: number
}

/** What `new OpenAI(...)` is given. */
export interface OpenAiOptions {
  readonly baseURL: string
  /** The official client insists on a key. The wallet pays, so this one opens nothing. */
  readonly apiKey: string
  readonly fetch: PayingClient['fetch']
  readonly maxRetries: number
  /** There is no key to leak, so a browser is as good a place as any. */
  readonly dangerouslyAllowBrowser: true
  readonly defaultHeaders: Record<string, string>
}

/**
 * Options that make the official `openai` client pay, seal and verify. Its own retries stay on: they repeat the same bytes, and the client's
 * `fetch` answers a repetition with the same payment. Refusals of the client come as status 400 or 402, which are never repeated.
 * @example
 * const openai = new OpenAI(openaiOptions({ client }))
 */
export function openaiOptions(input: OpenAiOptionsInput): OpenAiOptions {
  const { client } = input
  return {
    baseURL: apiUrlOf(client),
    apiKey: 'paid-by-wallet',
    fetch: (url, init) => client.fetch(url, init),
    maxRetries: input.maxRetries ?? 2,
    dangerouslyAllowBrowser: true,
    defaultHeaders: { ...modeHeadersOf(input) },
  }
}

import type { PayingClient } from '../../src/openai/index.js'
import { scriptedUpstream, type Upstream, type UpstreamEvent } from '../../src/upstream/index.js'
import { type GatewayFetch, gatewayFetch } from '../support/gateway-fetch.js'

/** A client whose gateway is in this process. What it would be asked to pay for is in `requests`. */
export function localClient(
  upstream: Upstream = scriptedUpstream(),
  options: { readonly before?: (call: number) => Response | undefined } = {},
): { readonly client: PayingClient; readonly requests: GatewayFetch['requests'] } {
  const { fetch, requests } = gatewayFetch(upstream, options)
  return { client: { fetch, baseUrl: 'http://node.test' }, requests }
}

/** An upstream that says the same to everything. */
export function playing(...events: readonly UpstreamEvent[]): Upstream {
  return {
    ...scriptedUpstream(),
    send: async () => ({
      requestBytes: new Uint8Array(),
      modelAnswered: 'm',
      events: (async function* () {
        yield* events
      })(),
    }),
  }
}

export const model = 'openai/gpt-4.1'
export const question = 'Weather in Dallas and in Seattle, in fahrenheit?'
export const weatherSchema = {
  type: 'object',
  properties: {
    city: { type: 'string' },
    state: { type: 'string' },
    unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
  },
  required: ['city', 'state', 'unit'],
  additionalProperties: false,
} as const
export const placeSchema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
} as const

/** A thought with its signature, and a call. */
export const thoughtfulCall: readonly UpstreamEvent[] = [
  { type: 'reasoning-delta', text: 'hm, ' },
  { type: 'reasoning-delta', text: 'a call' },
  {
    type: 'reasoning-detail',
    detail: { type: 'reasoning.text', text: 'hm, a call', signature: 'sig', format: 'anthropic-claude-v1', index: 0 },
  },
  { type: 'tool-call-delta', index: 0, id: 'c1', name: 'f', arguments: '{"a"' },
  { type: 'tool-call-delta', index: 0, arguments: ':1}' },
  { type: 'finish', reason: 'tool_calls' },
  { type: 'usage', usage: { promptTokens: 9, cachedPromptTokens: 4, completionTokens: 7, reasoningTokens: 5 } },
]
export const signature: unknown = expectedDetail()

function expectedDetail(): unknown {
  const [event] = thoughtfulCall.filter((candidate) => candidate.type === 'reasoning-detail')
  return event?.type === 'reasoning-detail' ? event.detail : undefined
}

/** A server error as a proxy writes it. */
export const serverError = (): Response => new Response('<h1>bad gateway</h1>', { status: 500 })

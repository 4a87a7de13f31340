import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import type { LanguageModelV3, LanguageModelV3StreamPart } from '@ai-sdk/provider'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/json.js'
import {
  anthropicUpstream,
  geminiUpstream,
  openAiUpstream,
  type Upstream,
  type UpstreamEvent,
} from '../../src/upstream/index.js'
import { sse, sseResponse } from '../support/streams.js'
import { anthropicFixtures } from './fixtures/anthropic.js'
import { geminiFixtures } from './fixtures/gemini.js'
import { openAiFixtures, responsesFixtures } from './fixtures/open-ai.js'
import type { ProviderFixture } from './fixtures/provider-fixture.js'

/** What an answer comes to, whoever read it. */
interface Answer {
  readonly text: string
  readonly reasoning: string
  readonly signatures: readonly string[]
  readonly calls: readonly { readonly id: string; readonly name: string; readonly input: unknown }[]
  readonly finish: string
  readonly usage: readonly number[]
}

type FetchLike = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

async function ours(upstream: Upstream, model: string): Promise<Answer> {
  const body: JsonObject = { model, messages: [{ role: 'user', content: 'x' }], max_tokens: 100 }
  const { events } = await upstream.send(
    { endpoint: 'chat.completions', model, body },
    { signal: new AbortController().signal },
  )
  const list: UpstreamEvent[] = []
  for await (const event of events) list.push(event)
  return answerOf(list)
}

function answerOf(events: readonly UpstreamEvent[]): Answer {
  const calls: { id: string; name: string; input: string }[] = []
  const draft = { text: '', reasoning: '', finish: '', signatures: [] as string[], usage: [] as number[] }
  for (const event of events) {
    if (event.type === 'text-delta') draft.text += event.text
    if (event.type === 'reasoning-delta') draft.reasoning += event.text
    if (event.type === 'finish') draft.finish = event.reason
    if (event.type === 'reasoning-detail')
      draft.signatures.push(String(event.detail['signature'] ?? event.detail['data']))
    if (event.type === 'usage') {
      const { promptTokens, cachedPromptTokens, completionTokens, reasoningTokens } = event.usage
      draft.usage = [promptTokens, cachedPromptTokens, completionTokens, reasoningTokens]
    }
    if (event.type !== 'tool-call-delta') continue
    if (event.id !== undefined) calls.push({ id: event.id, name: event.name ?? '', input: '' })
    const call = calls[event.index]
    if (call) call.input += event.arguments
  }
  return { ...draft, calls: calls.map((call) => ({ ...call, input: JSON.parse(call.input) })) }
}

async function theirs(model: LanguageModelV3): Promise<Answer> {
  const { stream } = await model.doStream({ prompt: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] })
  const draft = { text: '', reasoning: '', finish: '', signatures: [] as string[], usage: [] as number[] }
  const calls: { id: string; name: string; input: unknown }[] = []
  const reader = stream.getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const part: LanguageModelV3StreamPart = next.value
    if (part.type === 'error') throw part.error
    if (part.type === 'text-delta') draft.text += part.delta
    if (part.type === 'reasoning-delta') draft.reasoning += part.delta
    if (part.type === 'tool-call') {
      calls.push({ id: part.toolCallId, name: part.toolName, input: part.input === '' ? {} : JSON.parse(part.input) })
    }
    const metadata =
      'providerMetadata' in part
        ? {
            ...part.providerMetadata?.['anthropic'],
            ...part.providerMetadata?.['google'],
            ...part.providerMetadata?.['openai'],
          }
        : {}
    const signature =
      metadata['signature'] ??
      metadata['redactedData'] ??
      metadata['thoughtSignature'] ??
      metadata['reasoningEncryptedContent']
    if (typeof signature === 'string' && !draft.signatures.includes(signature)) draft.signatures.push(signature)
    if (part.type === 'finish') {
      draft.finish = part.finishReason.unified.replace('-', '_')
      const { inputTokens, outputTokens } = part.usage
      draft.usage = [inputTokens.total, inputTokens.cacheRead, outputTokens.total, outputTokens.reasoning].map(
        (n) => n ?? 0,
      )
    }
  }
  return { ...draft, calls }
}

/** The fixture as a provider sends it, in pieces of a size that cuts lines, words and characters. */
function provider(fixture: ProviderFixture, options: { readonly named: boolean; readonly size: number }): FetchLike {
  const lines = fixture.events.map((event) => {
    const name = options.named ? `event: ${String((event as { type?: string }).type)}\n` : ''
    return `${name}${sse(event)}`
  })
  const bytes = new TextEncoder().encode(lines.join('') + (options.named ? '' : ''))
  const pieces: Uint8Array[] = []
  for (let from = 0; from < bytes.length; from += options.size) pieces.push(bytes.slice(from, from + options.size))
  return async () => sseResponse(pieces)
}

const apiKey = 'key'
const sizes = [1, 7, 1_000_000]

describe.each(anthropicFixtures)('Anthropic: $name', (fixture) => {
  test.each(sizes)('equal to @ai-sdk/anthropic in pieces of %i bytes', async (size) => {
    const fetch = provider(fixture, { named: true, size })
    const model = 'claude-sonnet-4-5'
    const expected = await theirs(createAnthropic({ apiKey, fetch: fetch as typeof globalThis.fetch })(model))
    expect(await ours(anthropicUpstream({ apiKey, fetch }), model)).toEqual(expected)
  })
})

describe.each(geminiFixtures)('Gemini: $name', (fixture) => {
  test.each(sizes)('equal to @ai-sdk/google in pieces of %i bytes', async (size) => {
    const fetch = provider(fixture, { named: false, size })
    const model = 'gemini-2.5-flash'
    const expected = await theirs(createGoogleGenerativeAI({ apiKey, fetch: fetch as typeof globalThis.fetch })(model))
    expect(await ours(geminiUpstream({ apiKey, fetch }), model)).toEqual(expected)
  })
})

describe.each(openAiFixtures)('OpenAI: $name', (fixture) => {
  test.each(sizes)('equal to @ai-sdk/openai in pieces of %i bytes', async (size) => {
    const fetch = provider(fixture, { named: false, size })
    const model = 'gpt-4.1'
    const expected = await theirs(createOpenAI({ apiKey, fetch: fetch as typeof globalThis.fetch }).chat(model))
    expect(await ours(openAiUpstream({ apiKey, fetch }), model)).toEqual(expected)
  })
})

describe.each(responsesFixtures)('OpenAI Responses: $name', (fixture) => {
  test.each(sizes)('equal to @ai-sdk/openai in pieces of %i bytes', async (size) => {
    const fetch = provider(fixture, { named: true, size })
    const model = 'gpt-5.1'
    const expected = await theirs(createOpenAI({ apiKey, fetch: fetch as typeof globalThis.fetch }).responses(model))
    expect(await ours(openAiUpstream({ apiKey, fetch, api: 'responses' }), model)).toEqual(expected)
  })
})

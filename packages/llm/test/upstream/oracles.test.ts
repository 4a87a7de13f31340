import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/json.js'
import {
  anthropicUpstream,
  geminiUpstream,
  openAiUpstream,
  type Upstream,
  type UpstreamEvent,
} from '../../src/upstream/index.js'
import { type Answer, answerByAiSdk, providerFetch } from './ai-sdk-oracle.js'
import { anthropicFixtures } from './fixtures/anthropic.js'
import { geminiFixtures } from './fixtures/gemini.js'
import { openAiFixtures, responsesFixtures } from './fixtures/open-ai.js'

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

const apiKey = 'key'
const sizes = [1, 7, 1_000_000]

describe.each(anthropicFixtures)('Anthropic: $name', (fixture) => {
  test.each(sizes)('equal to @ai-sdk/anthropic in pieces of %i bytes', async (size) => {
    const fetch = providerFetch(fixture, { named: true, size })
    const model = 'claude-sonnet-4-5'
    const expected = await answerByAiSdk(createAnthropic({ apiKey, fetch: fetch as typeof globalThis.fetch })(model))
    expect(await ours(anthropicUpstream({ apiKey, fetch }), model)).toEqual(expected)
  })
})

describe.each(geminiFixtures)('Gemini: $name', (fixture) => {
  test.each(sizes)('equal to @ai-sdk/google in pieces of %i bytes', async (size) => {
    const fetch = providerFetch(fixture, { named: false, size })
    const model = 'gemini-2.5-flash'
    const expected = await answerByAiSdk(
      createGoogleGenerativeAI({ apiKey, fetch: fetch as typeof globalThis.fetch })(model),
    )
    expect(await ours(geminiUpstream({ apiKey, fetch }), model)).toEqual(expected)
  })
})

describe.each(openAiFixtures)('OpenAI: $name', (fixture) => {
  test.each(sizes)('equal to @ai-sdk/openai in pieces of %i bytes', async (size) => {
    const fetch = providerFetch(fixture, { named: false, size })
    const model = 'gpt-4.1'
    const expected = await answerByAiSdk(createOpenAI({ apiKey, fetch: fetch as typeof globalThis.fetch }).chat(model))
    expect(await ours(openAiUpstream({ apiKey, fetch }), model)).toEqual(expected)
  })
})

describe.each(responsesFixtures)('OpenAI Responses: $name', (fixture) => {
  test.each(sizes)('equal to @ai-sdk/openai in pieces of %i bytes', async (size) => {
    const fetch = providerFetch(fixture, { named: true, size })
    const model = 'gpt-5.1'
    const expected = await answerByAiSdk(
      createOpenAI({ apiKey, fetch: fetch as typeof globalThis.fetch }).responses(model),
    )
    expect(await ours(openAiUpstream({ apiKey, fetch, api: 'responses' }), model)).toEqual(expected)
  })
})

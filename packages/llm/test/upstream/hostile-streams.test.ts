import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/json.js'
import {
  anthropicUpstream,
  createChatAssembler,
  createResponsesEncoder,
  createSseWriter,
  geminiUpstream,
  openAiUpstream,
  responsesToChatRequest,
  type Upstream,
  UpstreamError,
  type UpstreamEvent,
} from '../../src/upstream/index.js'
import { sse, sseResponse } from '../support/streams.js'
import { anthropicFixtures } from './fixtures/anthropic.js'
import { geminiFixtures } from './fixtures/gemini.js'
import { openAiFixtures, responsesFixtures } from './fixtures/open-ai.js'

const apiKey = 'key'
const providers = [
  { name: 'Anthropic', create: anthropicUpstream, fixtures: anthropicFixtures },
  { name: 'Gemini', create: geminiUpstream, fixtures: geminiFixtures },
  { name: 'OpenAI', create: openAiUpstream, fixtures: openAiFixtures },
  {
    name: 'OpenAI Responses',
    create: (options: Parameters<typeof openAiUpstream>[0]): Upstream =>
      openAiUpstream({ ...options, api: 'responses' }),
    fixtures: responsesFixtures,
  },
]

type Outcome =
  | { readonly events: readonly UpstreamEvent[]; readonly error?: undefined }
  | { readonly events: readonly UpstreamEvent[]; readonly error: unknown }

/** Reads a stream with everything that a gateway puts behind it. */
async function outcomeOf(upstream: Upstream): Promise<Outcome> {
  const events: UpstreamEvent[] = []
  const identity = { id: 'i', created: 1, model: 'm' }
  const assembler = createChatAssembler(identity)
  const writer = createSseWriter({ ...identity, includeUsage: true, endpoint: 'chat.completions' })
  const request = responsesToChatRequest({ model: 'm', input: 'x', include: ['reasoning.encrypted_content'] })
  const responses = createResponsesEncoder({ id: 'resp_1', createdAt: 1, request })
  responses.start()
  try {
    const body: JsonObject = { messages: [{ role: 'user', content: 'x' }], max_tokens: 9 }
    const answer = await upstream.send(
      { endpoint: 'chat.completions', model: 'm', body },
      { signal: new AbortController().signal },
    )
    for await (const event of answer.events) {
      events.push(event)
      assembler.push(event)
      writer.push(event)
      responses.push(event)
    }
    assembler.body({ usage: null })
    writer.end({ usage: null })
    responses.end({ usage: null })
    return { events }
  } catch (error) {
    return { events, error }
  }
}

describe.each(providers)('$name', ({ create, fixtures }) => {
  test('a stream that is cut after any event is an error, or had ended', async () => {
    for (const { name, events } of fixtures) {
      for (let count = 0; count < events.length; count += 1) {
        const upstream = create({ apiKey, fetch: async () => sseResponse([sse(...events.slice(0, count))]) })
        const { error, events: read } = await outcomeOf(upstream)
        const hasEnded = read.some((event) => event.type === 'finish')
        if (!hasEnded) expect(error, `${name} after ${count}`).toMatchObject({ code: 'UPSTREAM_TRUNCATED' })
      }
    }
  })

  test('a stream with anything in any place is read or refused, and never breaks', async () => {
    const junk = fc.oneof(
      fc.constantFrom(null, true, -1, 1e308, '', '\ud800', '__proto__', [], {}, [[]], [null], { index: 1e9 }),
      fc.jsonValue({ maxDepth: 2 }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...fixtures),
        fc.nat(),
        fc.nat(),
        junk,
        async ({ events }, which, where, value) => {
          const changed = events.map((event, index) =>
            index === which % events.length ? replaced(JSON.parse(JSON.stringify(event)), where, value) : event,
          )
          const { error } = await outcomeOf(create({ apiKey, fetch: async () => sseResponse([sse(...changed)]) }))
          if (error === undefined) return
          expect(error).toBeInstanceOf(UpstreamError)
          // The code of a failure that nobody foresaw.
          expect(error).not.toHaveProperty('code', 'UPSTREAM_UNAVAILABLE')
        },
      ),
      { numRuns: 300 },
    )
  })
})

/** The value with one of its members, at any depth, put in place of another. */
function replaced(event: unknown, where: number, value: unknown): unknown {
  const places: { readonly holder: Record<string, unknown>; readonly key: string }[] = []
  const visit = (holder: unknown): void => {
    if (typeof holder !== 'object' || holder === null) return
    for (const [key, member] of Object.entries(holder)) {
      places.push({ holder: holder as Record<string, unknown>, key })
      visit(member)
    }
  }
  visit(event)
  const place = places[where % places.length]
  if (place) place.holder[place.key] = value
  return event
}

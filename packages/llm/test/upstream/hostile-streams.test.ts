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
import { createChatReader } from '../../src/upstream/open-ai/chat-reader.js'
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

describe('text that is taken without parsing', () => {
  const chunkOf = (delta: JsonObject, more: JsonObject = {}): JsonObject => ({
    id: 'c',
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: null, ...more }],
  })
  const text = fc.string({ unit: 'grapheme', maxLength: 8 })
  const chunk = fc.oneof(
    { weight: 8, arbitrary: text.map((content) => chunkOf({ content })) },
    text.map((content) => chunkOf({ role: 'assistant', content, refusal: null })),
    text.map((content) => chunkOf({ content }, { logprobs: null })),
    text.map((content) => ({ ...chunkOf({ content }), usage: { prompt_tokens: 1, completion_tokens: 2 } })),
    text.map((content) => chunkOf({ content, reasoning_content: 'why' })),
    text.map((content) => chunkOf({ content, content_filter: '"content":"' })),
    fc.constant(chunkOf({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }] })),
  )

  test('the events are those of every chunk parsed, wherever the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(chunk, { maxLength: 30 }),
        fc.constantFrom('\n\n', '\r\n\r\n', '\n: comment\n\n'),
        fc.array(fc.nat(4000), { maxLength: 6 }),
        async (chunks, ending, cuts) => {
          const all = [...chunks, chunkOf({}, { finish_reason: 'stop' })]
          const parsed: UpstreamEvent[] = []
          const reader = createChatReader()
          for (const one of all) reader.push(one, parsed)
          reader.end(parsed)
          const bytes = Buffer.from(
            `${all.map((one) => `data: ${JSON.stringify(one)}${ending}`).join('')}data: [DONE]\n\n`,
          )
          const places = [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
          const pieces = places.map((place, index) => bytes.subarray(places[index - 1] ?? 0, place))
          const body = new ReadableStream<Uint8Array>({
            start: (stream) => {
              for (const piece of pieces) stream.enqueue(new Uint8Array(piece))
              stream.close()
            },
          })
          const headers = { 'content-type': 'text/event-stream' }
          const upstream = openAiUpstream({ apiKey, fetch: async () => new Response(body, { headers }) })
          const { signal } = new AbortController()
          const answer = await upstream.send({ endpoint: 'chat.completions', model: 'm', body: {} }, { signal })
          const events: UpstreamEvent[] = []
          for await (const event of answer.events) events.push(event)
          expect(events).toEqual(parsed)
        },
      ),
    )
  })

  test('what is no UTF-8 or no JSON in the place of a text is refused', async () => {
    const plain = (content: string): string => `data: ${JSON.stringify(chunkOf({ content }))}\n\n`
    for (const broken of [Buffer.from([0xff]), Buffer.from('\\x'), Buffer.from('\u0001')]) {
      const [before = '', after = ''] = plain('MARK').split('MARK')
      const body = Buffer.concat([Buffer.from(plain('a') + plain('b') + before), broken, Buffer.from(after)])
      const headers = { 'content-type': 'text/event-stream' }
      const upstream = openAiUpstream({ apiKey, fetch: async () => new Response(body, { headers }) })
      const { events, error } = await outcomeOf(upstream)
      expect(events).toEqual([
        { type: 'text-delta', text: 'a' },
        { type: 'text-delta', text: 'b' },
      ])
      expect(error).toMatchObject({ code: 'UPSTREAM_INVALID' })
    }
  })
})

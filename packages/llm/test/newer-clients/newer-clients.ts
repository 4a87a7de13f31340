import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { EmbeddingModelV4, LanguageModelV4, ProviderV4 } from '@ai-sdk/provider'
import { HumanMessage } from '@langchain/core/messages'
import { tool as langChainTool } from '@langchain/core/tools'
import { ChatOpenAI } from '@langchain/openai'
import { embedMany, generateText, Output, streamText, tool } from 'ai'
import OpenAI from 'openai'
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import { createOpenGradient } from '../../src/ai-sdk/index.js'
import { ChatOpenGradient } from '../../src/langchain/index.js'
import { openaiOptions, type PayingClient } from '../../src/openai/index.js'
import { scriptedUpstream } from '../../src/upstream/index.js'
import { type GatewayFetch, gatewayFetch } from '../support/gateway-fetch.js'

/** The same promises as under Node 20, with the clients that came after. Run by `scripts/newer-clients.ts`, under the Node of this folder. */

const model = 'openai/gpt-4.1'
const say = 'Say exactly: déjà vu 🦊'
const said = 'déjà vu 🦊'
const question = 'Weather in Dallas, in fahrenheit?'
const home = 'I live in Dallas'
const name = 'get_current_weather'
const description = 'Get the current weather'
const parameters = z.object({ city: z.string(), state: z.string(), unit: z.enum(['celsius', 'fahrenheit']) })
const place = z.object({ city: z.string() })
const report = ({ city }: { readonly city: string }): string => `sunny in ${city}`
const userMessages = (content: string): { role: 'user'; content: string }[] => [{ role: 'user', content }]

function localClient(failures = 0): { readonly client: PayingClient; readonly requests: GatewayFetch['requests'] } {
  const { fetch, requests } = gatewayFetch(scriptedUpstream(), {
    before: (call) => (call <= failures ? new Response('<h1>bad gateway</h1>', { status: 500 }) : undefined),
  })
  return { client: { fetch, baseUrl: 'http://node.test' }, requests }
}

/** Repetitions must be the same bytes: that is how a paying fetch knows them. */
function assertRepeated(requests: GatewayFetch['requests'], count: number): void {
  assert.equal(requests.length, count)
  assert.equal(new Set(requests.map(({ body }) => JSON.stringify(body))).size, 1)
}

test('this is the Node that they need', () => {
  assert.equal(process.versions.node.split('.')[0], '22')
})

describe('openai', () => {
  const openai = new OpenAI(openaiOptions(localClient()))

  test('chat, streams, tools, structured output, embeddings, responses', async () => {
    const answer = await openai.chat.completions.create({ model, messages: userMessages(say) })
    assert.equal(answer.choices[0]?.message.content, said)
    assert.ok(answer.usage && 'og' in answer.usage)
    assert.equal(await openai.chat.completions.stream({ model, messages: userMessages(say) }).finalContent(), said)
    const runner = openai.chat.completions.runTools({
      model,
      messages: userMessages(question),
      tools: [zodFunction({ name, description, parameters, function: report })],
    })
    assert.match((await runner.finalContent()) ?? '', /sunny in Dallas/)
    const parsed = await openai.chat.completions.parse({
      model,
      messages: userMessages(home),
      response_format: zodResponseFormat(place, 'place'),
    })
    assert.ok(place.parse(parsed.choices[0]?.message.parsed).city.length > 0)
    const { data } = await openai.embeddings.create({ model, input: ['a', 'b'] })
    assert.equal(data.length, 2)
    assert.equal((await openai.responses.create({ model, input: say })).output_text, said)
    const response = await openai.responses.stream({ model, input: say }).finalResponse()
    assert.equal(response.output_text, said)
  })

  test('repetitions are the same bytes', async () => {
    const { client, requests } = localClient(2)
    await new OpenAI(openaiOptions({ client })).chat.completions.create({ model, messages: userMessages(say) })
    assertRepeated(requests, 3)
  })
})

describe('AI SDK', () => {
  const provider = createOpenGradient(localClient())

  test('types fit specification V4', () => {
    const language: LanguageModelV4 = provider(model)
    const embedding: EmbeddingModelV4 = provider.embeddingModel(model)
    const all: ProviderV4 = provider
    assert.equal(language.specificationVersion, 'v4')
    assert.equal(embedding.specificationVersion, 'v4')
    assert.equal(all.specificationVersion, 'v4')
  })

  test('chat, streams, tools, structured output, reasoning, files, embeddings', async () => {
    const { text, providerMetadata } = await generateText({ model: provider(model), prompt: say })
    assert.equal(text, said)
    assert.equal(providerMetadata?.['opengradient']?.['payment_hash'], '0xabc')
    assert.equal(await streamText({ model: provider(model), prompt: say }).text, said)
    const tools = { [name]: tool({ description, inputSchema: parameters, execute: async (input) => report(input) }) }
    const run = {
      model: provider(model),
      prompt: question,
      tools,
      stopWhen: ({ steps }: { steps: unknown[] }) => steps.length === 3,
    }
    assert.match((await generateText(run)).text, /sunny in Dallas/)
    assert.match(await streamText(run).text, /sunny in Dallas/)
    const { output } = await generateText({
      model: provider(model),
      prompt: home,
      output: Output.object({ schema: place }),
    })
    assert.ok(output.city.length > 0)
    const { embeddings } = await embedMany({ model: provider.embeddingModel(model), values: ['a', 'b'] })
    assert.equal(embeddings.length, 2)
  })

  test('files travel in the form of V4', async () => {
    const { client, requests } = localClient()
    await generateText({
      model: createOpenGradient({ client })(model),
      reasoning: 'low',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'look' },
            { type: 'file', data: new Uint8Array([1, 2, 3]), mediaType: 'image/png' },
            { type: 'file', data: new URL('https://h/a.png'), mediaType: 'image/png' },
            { type: 'file', data: 'AAAA', mediaType: 'application/pdf', filename: 'a.pdf' },
          ],
        },
      ],
    })
    assert.equal(requests[0]?.body['reasoning_effort'], 'low')
    assert.deepEqual(requests[0]?.body['messages'], [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AQID' } },
          { type: 'image_url', image_url: { url: 'https://h/a.png' } },
          { type: 'file', file: { file_data: 'data:application/pdf;base64,AAAA', filename: 'a.pdf' } },
        ],
      },
    ])
  })

  test('repetitions are the same bytes', async () => {
    const { client, requests } = localClient(1)
    assert.equal((await generateText({ model: createOpenGradient({ client })(model), prompt: say })).text, said)
    assertRepeated(requests, 2)
  })
})

describe('LangChain', () => {
  const create = (client: PayingClient): readonly [string, ChatOpenAI | ChatOpenGradient][] => {
    const { apiKey, maxRetries, ...configuration } = openaiOptions({ client })
    return [
      ['ChatOpenAI', new ChatOpenAI({ model, apiKey, maxRetries, configuration })],
      ['ChatOpenGradient', new ChatOpenGradient({ client, model })],
    ]
  }
  const weather = langChainTool(async (input) => report(input), { name, description, schema: parameters })

  for (const [label, chat] of create(localClient().client)) {
    test(`${label}: chat, streams, tools`, async () => {
      assert.equal((await chat.invoke(say)).text, said)
      let text = ''
      for await (const chunk of await chat.stream(say)) text += chunk.text
      assert.equal(text, said)
      const bound = chat.bindTools([weather])
      const ask = new HumanMessage(question)
      const first = await bound.invoke([ask])
      const results = await Promise.all((first.tool_calls ?? []).map((call) => weather.invoke(call)))
      assert.match((await bound.invoke([ask, first, ...results])).text, /sunny in Dallas/)
    })
  }

  test('structured output', async () => {
    const { client } = localClient()
    const { apiKey, ...configuration } = openaiOptions({ client })
    const theirs = new ChatOpenAI({ model, apiKey, configuration }).withStructuredOutput(place, { name: 'place' })
    assert.ok((await theirs.invoke(home)).city.length > 0)
    const ours = new ChatOpenGradient({ client, model }).withStructuredOutput(place, { name: 'place' })
    assert.ok((await ours.invoke(home)).city.length > 0)
  })

  test('repetitions are the same bytes', async () => {
    for (const index of [0, 1]) {
      const { client, requests } = localClient(1)
      const chat = create(client)[index]?.[1]
      assert.equal((await chat?.invoke(say))?.text, said)
      assertRepeated(requests, 2)
    }
  })
})

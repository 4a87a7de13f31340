import { AIMessage, type AIMessageChunk, HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import * as entry from '../../src/langchain/index.js'
import { ChatOpenGradient } from '../../src/langchain/index.js'
import {
  localClient,
  model,
  placeSchema,
  playing,
  question,
  serverError,
  signature,
  thoughtfulCall,
} from './support.js'

const weather = tool(async ({ city }) => `sunny in ${city}`, {
  name: 'get_current_weather',
  description: 'Get the current weather',
  schema: z.object({ city: z.string(), state: z.string(), unit: z.enum(['celsius', 'fahrenheit']) }),
})
const receipt = { cost: '0.001', og: { payment_hash: '0xabc', receipt: { digest: '0xdef' } } }

async function collect(chunks: AsyncIterable<AIMessageChunk>): Promise<AIMessageChunk> {
  let sum: AIMessageChunk | undefined
  for await (const chunk of chunks) sum = sum === undefined ? chunk : sum.concat(chunk)
  if (!sum) throw new Error('no chunk came')
  return sum
}

test('exports', () => {
  expect(Object.keys(entry)).toEqual(['ChatOpenGradient'])
})

describe('ChatOpenGradient', () => {
  test('default', async () => {
    const { client, requests } = localClient()
    const chat = new ChatOpenGradient({ client, model, temperature: 0, maxTokens: 50, inferenceMode: 'TEE' })
    const answer = await chat.invoke([new SystemMessage('Be brief.'), new HumanMessage('Say exactly: déjà vu 🦊')])
    expect(answer.content).toBe('déjà vu 🦊')
    expect(answer.response_metadata).toMatchObject({ finish_reason: 'stop', model_name: model, usage: receipt })
    expect(answer).toHaveProperty('usage_metadata.total_tokens', expect.any(Number))
    expect(requests[0]?.body).toEqual({
      model,
      temperature: 0,
      max_tokens: 50,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Say exactly: déjà vu 🦊' },
      ],
    })
    expect(requests[0]?.headers.get('og-inference-mode')).toBe('TEE')
    expect(chat._llmType()).toBe('opengradient')
  })

  test('behavior: streams', async () => {
    const chat = new ChatOpenGradient({ ...localClient(), model })
    const chunks: AIMessageChunk[] = []
    for await (const chunk of await chat.stream('Say exactly: one two three')) chunks.push(chunk)
    expect(chunks.length).toBeGreaterThan(3)
    expect(chunks.map(({ text }) => text).join('')).toBe('one two three')
    expect(chunks.at(-1)?.response_metadata).toMatchObject({ finish_reason: 'stop', usage: receipt })
    const sum = await collect(await chat.stream('Say exactly: one'))
    expect(sum).toHaveProperty('usage_metadata.output_tokens', 1)
  })

  test('behavior: tool loops, streamed and not', async () => {
    const bound = new ChatOpenGradient({ ...localClient(), model }).bindTools([weather])
    const ask = new HumanMessage(question)
    for (const first of [await bound.invoke([ask]), await collect(await bound.stream([ask]))]) {
      expect(first.tool_calls?.map(({ args }) => args['city'])).toEqual(['Dallas', 'Seattle'])
      const results = await Promise.all(
        (first.tool_calls ?? []).map((call) => weather.invoke(call) as Promise<ToolMessage>),
      )
      const second = await bound.invoke([ask, first, ...results])
      expect(second.content).toContain('sunny in Dallas')
      expect(second.content).toContain('sunny in Seattle')
    }
  })

  test.each<['any' | 'none' | 'auto' | string, unknown]>([
    ['any', 'required'],
    ['none', 'none'],
    ['get_current_weather', { type: 'function', function: { name: 'get_current_weather' } }],
  ])('behavior: tool choice %s', async (choice, wire) => {
    const { client, requests } = localClient()
    await new ChatOpenGradient({ client, model }).bindTools([weather], { tool_choice: choice }).invoke(question)
    expect(requests[0]?.body['tool_choice']).toEqual(wire)
  })

  test('behavior: arguments that are not JSON become an invalid call', async () => {
    const upstream = playing(
      { type: 'tool-call-delta', index: 0, id: 'c', name: 'f', arguments: '{"a":' },
      { type: 'finish', reason: 'tool_calls' },
    )
    const chat = new ChatOpenGradient({ ...localClient(upstream), model })
    const answer = await chat.invoke('x')
    expect(answer.tool_calls).toEqual([])
    expect(answer.invalid_tool_calls).toMatchObject([{ id: 'c', name: 'f', args: '{"a":' }])
  })

  test.each(['jsonSchema', 'functionCalling', 'jsonMode'])('behavior: structured output by %s', async (method) => {
    const { client, requests } = localClient()
    const chat = new ChatOpenGradient({ client, model })
    const schema = z.object({ city: z.string() })
    if (method !== 'jsonMode') {
      const answer = await chat.withStructuredOutput(schema, { method, name: 'place' }).invoke('I live in Dallas')
      expect(answer.city).toEqual(expect.any(String))
    } else {
      await chat.withStructuredOutput(placeSchema, { method, includeRaw: true }).invoke('Answer in JSON: {"city": "x"}')
    }
    const body = requests[0]?.body
    if (method === 'functionCalling') expect(body?.['tool_choice']).toMatchObject({ function: { name: 'place' } })
    else
      expect(body?.['response_format']).toMatchObject({ type: method === 'jsonMode' ? 'json_object' : 'json_schema' })
  })

  test('behavior: reasoning comes out, and goes back with its signature', async () => {
    const { client, requests } = localClient(playing(...thoughtfulCall))
    const chat = new ChatOpenGradient({ client, model })
    for (const answer of [await chat.invoke('x'), await collect(await chat.stream('x'))]) {
      expect(answer.additional_kwargs).toMatchObject({
        reasoning_content: 'hm, a call',
        reasoning_details: [signature],
      })
      expect(answer.usage_metadata).toMatchObject({
        input_token_details: { cache_read: 4 },
        output_token_details: { reasoning: 5 },
      })
      await chat.invoke([new HumanMessage('x'), answer, new ToolMessage({ content: 'y', tool_call_id: 'c1' })])
      expect(requests.at(-1)?.body['messages']).toMatchObject([
        { role: 'user' },
        { role: 'assistant', content: null, reasoning_details: [signature], tool_calls: [{ id: 'c1' }] },
        { role: 'tool', tool_call_id: 'c1', content: 'y' },
      ])
    }
  })

  test('behavior: images, sound and files in any spelling', async () => {
    const { client, requests } = localClient()
    const content = [
      { type: 'text', text: 'look' },
      { type: 'image_url', image_url: 'https://h/a.png' },
      { type: 'image_url', image_url: { url: 'https://h/b.png' } },
      { type: 'image', url: 'https://h/c.png' },
      { type: 'image', data: 'AA', mimeType: 'image/png' },
      { type: 'audio', data: 'BB', mimeType: 'audio/wav' },
      { type: 'file', data: 'CC', mimeType: 'application/pdf', metadata: { filename: 'a.pdf' } },
    ]
    await new ChatOpenGradient({ client, model }).invoke([new HumanMessage({ content })])
    expect(requests[0]?.body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'image_url', image_url: { url: 'https://h/a.png' } },
          { type: 'image_url', image_url: { url: 'https://h/b.png' } },
          { type: 'image_url', image_url: { url: 'https://h/c.png' } },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } },
          { type: 'input_audio', input_audio: { data: 'BB', format: 'wav' } },
          { type: 'file', file: { file_data: 'data:application/pdf;base64,CC', filename: 'a.pdf' } },
        ],
      },
    ])
    const odd = new HumanMessage({ content: [{ type: 'video', data: 'x' }] })
    await expect(new ChatOpenGradient({ client, model }).invoke([odd])).rejects.toThrow(TypeError)
  })

  test('behavior: a failed call is repeated with the same bytes, a refusal is not', async () => {
    const flaky = localClient(undefined, { before: (call) => (call < 3 ? serverError() : undefined) })
    const answer = await new ChatOpenGradient({ client: flaky.client, model }).invoke('Say exactly: ok')
    expect(answer.content).toBe('ok')
    expect(new Set(flaky.requests.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(flaky.requests).toHaveLength(3)
    for (const status of [400, 402, 422]) {
      const refusing = localClient(undefined, { before: () => Response.json({}, { status }) })
      await expect(new ChatOpenGradient({ client: refusing.client, model }).invoke('x')).rejects.toMatchObject({
        status,
      })
      expect(refusing.requests).toHaveLength(1)
    }
  }, 20_000)

  test('error: a broken stream, and an abort', async () => {
    const cut = (): Response =>
      new Response(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'par' } }] })}\n\n`)
    const broken = new ChatOpenGradient({ client: { fetch: async () => cut(), baseUrl: 'http://n' }, model })
    await expect(collect(await broken.stream('x'))).rejects.toMatchObject({ code: 'STREAM_TRUNCATED' })
    const controller = new AbortController()
    controller.abort()
    const chat = new ChatOpenGradient({ ...localClient(), model })
    await expect(chat.invoke('x', { signal: controller.signal })).rejects.toThrow(/abort/i)
  })

  test('behavior: an answer that went through storage can be sent again', async () => {
    const { client, requests } = localClient()
    const answer = new AIMessage({
      content: 'hi',
      tool_calls: [{ id: 'a', name: 'f', args: { x: 1 } }],
      invalid_tool_calls: [{ id: 'b', name: 'f', args: '{', error: 'e' }],
    })
    await new ChatOpenGradient({ client, model }).invoke([
      answer,
      new ToolMessage({ content: [{ type: 'text', text: 'y' }], tool_call_id: 'a' }),
      new HumanMessage('go on'),
    ])
    expect(requests[0]?.body['messages']).toMatchObject([
      {
        role: 'assistant',
        content: 'hi',
        tool_calls: [
          { id: 'a', function: { arguments: '{"x":1}' } },
          { id: 'b', function: { arguments: '{' } },
        ],
      },
      { role: 'tool', content: 'y' },
      { role: 'user', content: 'go on' },
    ])
  })
})

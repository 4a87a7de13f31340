import { createOpenAI } from '@ai-sdk/openai'
import { generateText, jsonSchema, Output, streamText, tool } from 'ai'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { responsesToChatRequest, scriptedUpstream, UpstreamError } from '../../src/upstream/index.js'
import { gatewayFetch } from '../support/gateway-fetch.js'

const baseURL = 'http://gateway.test/v1'
const model = 'openai/gpt-4.1'
const gateway = gatewayFetch(scriptedUpstream())
const client = new OpenAI({ baseURL, apiKey: 'unused', maxRetries: 0, fetch: gateway.fetch })
const provider = createOpenAI({ baseURL, apiKey: 'unused', fetch: gateway.fetch as typeof fetch })

const parameters = {
  type: 'object',
  properties: {
    city: { type: 'string' },
    state: { type: 'string' },
    unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
  },
  required: ['city', 'state', 'unit'],
  additionalProperties: false,
} as const
const tools = [
  { type: 'function', name: 'get_current_weather', description: 'Get the current weather', parameters, strict: false },
] as const
const question = 'Weather in Dallas and in Seattle, in fahrenheit?'
const place = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}

describe('the official client reads our responses', () => {
  test('default', async () => {
    const response = await client.responses.create({ model, input: 'Say exactly: déjà vu 🦊' })
    expect(response.output_text).toBe('déjà vu 🦊')
    expect(response.status).toBe('completed')
    expect(response.usage).toMatchObject({ cost: '0.001', og: { payment_hash: '0xabc' } })
    expect(response.usage?.total_tokens).toBe(
      (response.usage?.input_tokens ?? 0) + (response.usage?.output_tokens ?? 0),
    )
  })

  test('behavior: the stream adds up to the unstreamed body', async () => {
    const whole = await client.responses.create({ model, input: question, tools: [...tools] })
    const runner = client.responses.stream({ model, input: question, tools: [...tools] })
    const types: string[] = []
    const numbers: number[] = []
    for await (const event of runner) {
      types.push(event.type)
      numbers.push(event.sequence_number)
    }
    const streamed = await runner.finalResponse()
    expect(streamed.output.map((item) => ({ ...item, parsed_arguments: undefined }))).toEqual(
      whole.output.map((item) => ({ ...item, parsed_arguments: undefined })),
    )
    expect(streamed.usage).toEqual(whole.usage)
    expect(numbers).toEqual(numbers.map((_, index) => index))
    expect(types.slice(0, 3)).toEqual(['response.created', 'response.in_progress', 'response.output_item.added'])
    expect(types.at(-1)).toBe('response.completed')
    expect(types).toContain('response.function_call_arguments.delta')
  })

  test('behavior: a conversation with tools goes back and forth', async () => {
    const first = await client.responses.create({ model, input: question, tools: [...tools] })
    const calls = first.output.filter((item) => item.type === 'function_call')
    expect(calls.map((call) => JSON.parse(call.arguments).city)).toEqual(['Dallas', 'Seattle'])
    const second = await client.responses.create({
      model,
      tools: [...tools],
      input: [
        { role: 'user', content: question },
        ...(first.output as OpenAI.Responses.ResponseInputItem[]),
        ...calls.map((call) => ({
          type: 'function_call_output' as const,
          call_id: call.call_id,
          output: `sunny in ${JSON.parse(call.arguments).city}`,
        })),
      ],
    })
    expect(second.output_text).toContain('sunny in Dallas')
    expect(second.output_text).toContain('sunny in Seattle')
  })

  test('behavior: structured output', async () => {
    const response = await client.responses.create({
      model,
      input: 'I live in Dallas',
      text: { format: { type: 'json_schema', name: 'place', schema: place, strict: true } },
    })
    expect(JSON.parse(response.output_text)).toHaveProperty('city')
  })

  test('behavior: an answer cut at its length is incomplete', async () => {
    const cut = gatewayFetch({
      ...scriptedUpstream(),
      send: async () => ({
        requestBytes: new Uint8Array(),
        modelAnswered: 'm',
        events: (async function* () {
          yield { type: 'text-delta' as const, text: 'to be or' }
          yield { type: 'finish' as const, reason: 'length' as const }
        })(),
      }),
    })
    const short = new OpenAI({ baseURL, apiKey: 'unused', fetch: cut.fetch })
    const response = await short.responses.create({ model, input: 'x', max_output_tokens: 16 })
    expect(response.status).toBe('incomplete')
    expect(response.incomplete_details).toEqual({ reason: 'max_output_tokens' })
    expect(response.output[0]).toMatchObject({ status: 'incomplete' })
    const runner = await short.responses.create({ model, input: 'x', stream: true })
    let last = ''
    for await (const event of runner) last = event.type
    expect(last).toBe('response.incomplete')
  })
})

describe('the AI SDK reads our responses', () => {
  const weather = tool({
    description: 'Get the current weather',
    inputSchema: jsonSchema<{ city: string }>(parameters),
    execute: async ({ city }) => `sunny in ${city}`,
  })
  // Nothing is stored here, and without this the AI SDK refers to stored items.
  const providerOptions = { openai: { store: false } }

  test('default', async () => {
    const { text, usage } = await generateText({ model: provider(model), prompt: 'Say exactly: hello', maxRetries: 0 })
    expect(text).toBe('hello')
    expect(usage.raw).toMatchObject({ og: { payment_hash: '0xabc' } })
    const streamed = streamText({ model: provider(model), prompt: 'Say exactly: hello there', maxRetries: 0 })
    expect(await streamed.text).toBe('hello there')
    expect(await streamed.finishReason).toBe('stop')
  })

  test('behavior: tool loops', async () => {
    const run = await generateText({
      model: provider(model),
      prompt: question,
      tools: { get_current_weather: weather },
      stopWhen: ({ steps }) => steps.length === 3,
      providerOptions,
      maxRetries: 0,
    })
    expect(run.steps[0]?.toolCalls.map(({ input }) => (input as { city: string }).city)).toEqual(['Dallas', 'Seattle'])
    expect(run.text).toContain('sunny in Dallas')
    const streamed = streamText({
      model: provider(model),
      prompt: question,
      tools: { get_current_weather: weather },
      stopWhen: ({ steps }) => steps.length === 3,
      providerOptions,
      maxRetries: 0,
    })
    expect(await streamed.text).toContain('sunny in Seattle')
  })

  test('behavior: structured output', async () => {
    const { output } = await generateText({
      model: provider(model),
      prompt: 'I live in Dallas',
      output: Output.object({ schema: jsonSchema<{ city: string }>(place as never) }),
      maxRetries: 0,
    })
    expect(output).toHaveProperty('city')
  })
})

describe('reasoning', () => {
  const detail = { type: 'reasoning.text', text: 'hm', signature: 'sig', format: 'anthropic-claude-v1', index: 0 }
  const thinking = {
    ...scriptedUpstream(),
    send: async () => ({
      requestBytes: new Uint8Array(),
      modelAnswered: 'm',
      events: (async function* () {
        yield { type: 'reasoning-delta' as const, text: 'hm' }
        yield { type: 'reasoning-detail' as const, detail }
        yield { type: 'tool-call-delta' as const, index: 0, id: 'c1', name: 'f', arguments: '{}' }
        yield { type: 'finish' as const, reason: 'tool_calls' as const }
      })(),
    }),
  }

  test('behavior: signatures come back as they went out', async () => {
    const { fetch, requests } = gatewayFetch(thinking)
    const openai = new OpenAI({ baseURL, apiKey: 'unused', fetch })
    const include = ['reasoning.encrypted_content'] as const
    const first = await openai.responses.create({ model, input: 'x', include: [...include] })
    expect(first.output.map((item) => item.type)).toEqual(['reasoning', 'function_call'])
    const back = [
      { role: 'user' as const, content: 'x' },
      ...(first.output as OpenAI.Responses.ResponseInputItem[]),
      { type: 'function_call_output' as const, call_id: 'c1', output: 'y' },
    ]
    await openai.responses.create({ model, input: back, include: [...include] })
    const chat = responsesToChatRequest(requests[1]?.body ?? {})
    expect(chat.chatBody['messages']).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'x' }] },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }],
        reasoning_details: [detail],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'y' },
    ])
  })
})

describe('errors inside a stream', () => {
  const breaking = gatewayFetch({
    ...scriptedUpstream(),
    send: async () => ({
      requestBytes: new Uint8Array(),
      modelAnswered: 'm',
      events: (async function* () {
        yield { type: 'text-delta' as const, text: 'par' }
        throw new UpstreamError('UPSTREAM_OVERLOADED')
      })(),
    }),
  })

  test('error: the official client and the AI SDK see it', async () => {
    const openai = new OpenAI({ baseURL, apiKey: 'unused', fetch: breaking.fetch })
    const stream = await openai.responses.create({ model, input: 'x', stream: true })
    const types: string[] = []
    const read = async (): Promise<void> => {
      for await (const event of stream) types.push(event.type)
    }
    const thrown = await read().catch((error: unknown) => error)
    expect(thrown !== undefined || types.at(-1) === 'response.failed', types.join()).toBe(true)
    const sdk = createOpenAI({ baseURL, apiKey: 'unused', fetch: breaking.fetch as typeof fetch })
    const result = streamText({ model: sdk(model), prompt: 'x', maxRetries: 0, onError: () => undefined })
    const parts: string[] = []
    for await (const part of result.fullStream) parts.push(part.type)
    expect(parts).toContain('error')
  })
})

import OpenAI, { APIError, BadRequestError } from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  chat,
  collectChat,
  complete,
  defineTool,
  httpTransport,
  runTools,
  streamChat,
  streamComplete,
} from '../src/index.js'
import type { JsonObject } from '../src/json.js'
import { scriptedUpstream, type Upstream, UpstreamError, type UpstreamEvent } from '../src/upstream/index.js'
import { openAiCompatibleUpstream } from '../src/upstream/open-ai/open-ai-compatible-upstream.js'
import { complaintsAbout } from './support/openai-schemas.js'
import { type Served, serve } from './support/serve.js'

const weather = {
  type: 'function',
  function: {
    name: 'get_current_weather',
    description: 'Get the current weather in a given location',
    parameters: {
      type: 'object',
      properties: {
        city: { type: 'string' },
        state: { type: 'string' },
        unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
      },
      required: ['city', 'state', 'unit'],
    },
  },
} as const
const model = 'openai/gpt-4.1'
const say = { model, messages: [{ role: 'user' as const, content: 'Say exactly: déjà vu 🦊, again' }] }
const ask = {
  model,
  messages: [{ role: 'user' as const, content: 'Weather in Dallas and in Seattle, in fahrenheit?' }],
  tools: [weather],
}
const dallas = { city: 'Dallas', state: 'TX', unit: 'fahrenheit' }

let served: Served
let client: OpenAI
beforeAll(async () => {
  served = await serve(scriptedUpstream())
  client = new OpenAI({ baseURL: served.baseUrl, apiKey: 'unused', maxRetries: 0 })
})
afterAll(async () => {
  // Everything the tests above received has the shape of the OpenAI API.
  expect(served.sent.length).toBeGreaterThan(20)
  expect(served.sent.map(complaintsAbout).filter((complaints) => complaints.length > 0)).toEqual([])
  await served.close()
})

describe('the official client reads our answers', () => {
  test('chat', async () => {
    const answer = await client.chat.completions.create(say)
    expect(answer.choices[0]?.message).toEqual({ role: 'assistant', content: 'déjà vu 🦊, again', refusal: null })
    expect(answer.usage).toMatchObject({ cost: '0.001', og: { payment_hash: '0xabc' } })
    expect(answer._request_id).toBe('req-served')
  })

  test.each([true, false])('raw stream, include_usage %s', async (includeUsage) => {
    const stream = await client.chat.completions.create({
      ...say,
      stream: true,
      stream_options: { include_usage: includeUsage },
    })
    let text = ''
    let usage: unknown
    const roles: unknown[] = []
    for await (const chunk of stream) {
      // Code that never asked for usage reads choices[0] of every chunk.
      if (!includeUsage) expect(chunk.choices[0]).toBeDefined()
      text += chunk.choices[0]?.delta.content ?? ''
      if (chunk.choices[0]?.delta.role) roles.push(chunk.choices[0].delta.role)
      usage = chunk.usage ?? usage
    }
    expect(text).toBe('déjà vu 🦊, again')
    expect(roles).toEqual(['assistant'])
    expect(usage).toMatchObject({ og: { payment_hash: '0xabc' } })
  })

  test.each([true, false])('.stream() helper, include_usage %s', async (includeUsage) => {
    const stream = client.chat.completions.stream({ ...say, stream_options: { include_usage: includeUsage } })
    expect(await stream.finalContent()).toBe('déjà vu 🦊, again')
    expect(await stream.totalUsage()).toMatchObject({ prompt_tokens: expect.any(Number) })
    const last = await stream.finalChatCompletion()
    expect(last.usage).toMatchObject({ og: { payment_hash: '0xabc' } })
  })

  test('.stream() helper with tool calls', async () => {
    const last = await client.chat.completions.stream({ ...ask, tools: [...ask.tools] }).finalChatCompletion()
    const calls = last.choices[0]?.message.tool_calls ?? []
    expect(calls.map((call) => call.type === 'function' && JSON.parse(call.function.arguments))).toEqual([
      dallas,
      { ...dallas, city: 'Seattle', state: 'WA' },
    ])
    expect(last.choices[0]?.finish_reason).toBe('tool_calls')
  })

  test.each([true, false])('runTools, stream %s', async (stream) => {
    const seen: string[] = []
    const degrees = String(Math.floor(Math.random() * 1000) / 10)
    const read = (city: string): string => {
      seen.push(city)
      return `${degrees} degrees in ${city}`
    }
    const { name, description } = weather.function
    const parse = (text: string): { city: string } => JSON.parse(text)
    const run = ({ city }: { city: string }): string => read(city)
    const parameters = structuredClone<Record<string, unknown>>(weather.function.parameters)
    const tool = { type: 'function' as const, function: { name, description, parameters, parse, function: run } }
    const body = { model, messages: ask.messages, tools: [tool] }
    const runner = stream
      ? client.chat.completions.runTools({ ...body, stream: true })
      : client.chat.completions.runTools(body)
    expect(await runner.finalContent()).toContain(`${degrees} degrees in Seattle`)
    expect(seen.sort()).toEqual(['Dallas', 'Seattle'])
  })

  test('completions, streamed and not', async () => {
    const body = {
      model,
      prompt: "Translate the following English text to French: 'Hello, how are you?'",
      max_tokens: 50,
      temperature: 0,
    }
    const answer = await client.completions.create(body)
    expect(answer.choices[0]?.text).toBe('Bonjour, comment ça va ?')
    let text = ''
    for await (const chunk of await client.completions.create({ ...body, stream: true }))
      text += chunk.choices[0]?.text ?? ''
    expect(text).toBe('Bonjour, comment ça va ?')
  })

  test('errors before the stream', async () => {
    const error = await client.chat.completions.create({ ...say, temperature: 3 }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({
      status: 400,
      param: 'temperature',
      code: 'decimal_above_max_value',
      type: 'invalid_request_error',
    })
  })

  test('errors inside the stream', async () => {
    const breaking: Upstream = {
      ...scriptedUpstream(),
      async send(request, options) {
        const answer = await scriptedUpstream().send(request, options)
        async function* events(): AsyncGenerator<UpstreamEvent> {
          for await (const event of answer.events) {
            yield event
            throw new UpstreamError('UPSTREAM_OVERLOADED')
          }
        }
        return { ...answer, events: events() }
      },
    }
    const broken = await serve(breaking)
    try {
      const other = new OpenAI({ baseURL: broken.baseUrl, apiKey: 'unused', maxRetries: 0 })
      const error = await other.chat.completions
        .stream(say)
        .finalContent()
        .catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(APIError)
      expect(error).toMatchObject({ code: 'upstream_overloaded' })
      const ours = collectChat(streamChat(httpTransport({ baseUrl: broken.baseUrl, fetch }), say))
      await expect(ours).rejects.toMatchObject({
        code: 'STREAM_ERROR',
        api: { code: 'upstream_overloaded' },
        partial: { text: 'déjà' },
      })
    } finally {
      await broken.close()
    }
  })
})

describe('our client reads our answers', () => {
  test('a streamed answer has the body of the unstreamed one', async () => {
    const transport = httpTransport({ baseUrl: served.baseUrl, fetch })
    for (const request of [say, ask]) {
      const whole = await chat(transport, request)
      const streamed = await collectChat(streamChat(transport, request))
      expect(streamed.body).toEqual(whole.body)
      const withoutUsageChunk = await collectChat(
        streamChat(transport, { ...request, stream_options: { include_usage: false } }),
      )
      expect(withoutUsageChunk.body).toEqual(whole.body)
    }
    const request = { model, prompt: 'Say exactly: one two three', max_tokens: 2 }
    const whole = await complete(transport, request)
    let body: JsonObject | undefined
    for await (const event of streamComplete(transport, request)) if (event.type === 'end') body = event.result.body
    expect(body).toEqual(whole.body)
    expect(whole).toMatchObject({ text: 'one two ', finishReason: 'length' })
  })

  test('runTools over HTTP, through two servers', async () => {
    // A second server whose provider is the first one, spoken to as any OpenAI-compatible host.
    const relayed = await serve(openAiCompatibleUpstream({ id: 'relay', baseUrl: served.baseUrl, fetch }))
    try {
      const tool = defineTool({
        name: weather.function.name,
        parameters: weather.function.parameters,
        execute: ({ city }) => ({ city: city ?? '', degrees: 71.5 }),
      })
      const { tools: _wire, ...request } = ask
      const transport = httpTransport({ baseUrl: relayed.baseUrl, fetch })
      const run = await runTools(transport, request, { tools: [tool] })
      expect(run.stopReason).toBe('finished')
      expect(run.text).toContain('{"city":"Dallas","degrees":71.5}')
      expect(run.steps[0]?.toolResults.map((result) => result.call.function.arguments)).toHaveLength(2)
      expect(run.usage.promptTokens).toBeGreaterThan(0)
    } finally {
      await relayed.close()
    }
  })
})

import OpenAI, { type ClientOptions } from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import * as entry from '../../src/openai/index.js'
import { openaiOptions } from '../../src/openai/index.js'
import { localClient, model, question, serverError, weatherSchema } from './support.js'

const say = { model, messages: [{ role: 'user' as const, content: 'Say exactly: déjà vu 🦊' }] }

test('exports', () => {
  expect(Object.keys(entry)).toEqual(['openaiOptions'])
  expectTypeOf(openaiOptions(localClient())).toExtend<ClientOptions>()
})

describe('openaiOptions', () => {
  test('default', async () => {
    const { client, requests } = localClient()
    const openai = new OpenAI(openaiOptions({ client, inferenceMode: 'VANILLA', settlementMode: 'SETTLE' }))
    const answer = await openai.chat.completions.create(say)
    expect(answer.choices[0]?.message.content).toBe('déjà vu 🦊')
    expect(answer.usage).toMatchObject({ og: { payment_hash: '0xabc' } })
    expect(requests[0]?.path).toBe('/v1/chat/completions')
    expect(requests[0]?.headers.get('og-inference-mode')).toBe('VANILLA')
    expect(requests[0]?.headers.get('og-settlement-mode')).toBe('SETTLE')
  })

  test('behavior: streams, tool loops, structured output, embeddings, responses', async () => {
    const { client } = localClient()
    const openai = new OpenAI(openaiOptions({ client }))
    expect(await openai.chat.completions.stream(say).finalContent()).toBe('déjà vu 🦊')
    const runner = openai.chat.completions.runTools({
      model,
      messages: [{ role: 'user', content: question }],
      tools: [
        {
          type: 'function',
          function: {
            name: 'get_current_weather',
            description: 'Get the current weather',
            parameters: weatherSchema as unknown as Record<string, unknown>,
            parse: JSON.parse,
            function: ({ city }: { city: string }) => `sunny in ${city}`,
          },
        },
      ],
    })
    expect(await runner.finalContent()).toContain('sunny in Seattle')
    const parsed = await openai.chat.completions.parse({
      model,
      messages: [{ role: 'user', content: 'I live in Dallas' }],
      response_format: zodResponseFormat(z.object({ city: z.string() }), 'place'),
    })
    expect(parsed.choices[0]?.message.parsed?.city).toEqual(expect.any(String))
    expect((await openai.embeddings.create({ model, input: 'x' })).data[0]?.embedding).toHaveLength(256)
    expect((await openai.responses.create({ model, input: 'Say exactly: hi' })).output_text).toBe('hi')
  })

  test('behavior: a base URL with a version stays as it is', () => {
    const { fetch } = localClient().client
    expect(openaiOptions({ client: { fetch, baseUrl: 'http://n/' } }).baseURL).toBe('http://n/v1')
    expect(openaiOptions({ client: { fetch, baseUrl: 'http://n/v1/' } }).baseURL).toBe('http://n/v1')
  })

  test.each([400, 402])('error: a refusal of the client, status %i, is not repeated', async (status) => {
    const body = { error: { message: 'the receipt is wrong', type: 'verification_failed', param: null, code: 'V' } }
    const { client, requests } = localClient(undefined, { before: () => Response.json(body, { status }) })
    const calling = new OpenAI(openaiOptions({ client })).chat.completions.create(say)
    await expect(calling).rejects.toMatchObject({ status, code: 'V' })
    expect(requests).toHaveLength(1)
  })

  test('behavior: repetitions have the same bytes', async () => {
    const { client, requests } = localClient(undefined, { before: (call) => (call < 3 ? serverError() : undefined) })
    await new OpenAI(openaiOptions({ client })).chat.completions.create(say)
    expect(requests).toHaveLength(3)
    expect(new Set(requests.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    const none = localClient(undefined, { before: serverError })
    const openai = new OpenAI(openaiOptions({ client: none.client, maxRetries: 0 }))
    await expect(openai.chat.completions.create(say)).rejects.toMatchObject({ status: 500 })
    expect(none.requests).toHaveLength(1)
  })
})

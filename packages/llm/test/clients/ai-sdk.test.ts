import type { EmbeddingModelV3, LanguageModelV3, ProviderV3 } from '@ai-sdk/provider'
import { APICallError, embedMany, generateText, jsonSchema, NoSuchModelError, Output, streamText, tool } from 'ai'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import * as entry from '../../src/ai-sdk/index.js'
import { createOpenGradient, createOpenGradientV3 } from '../../src/ai-sdk/index.js'
import {
  localClient,
  model,
  placeSchema,
  playing,
  question,
  serverError,
  signature,
  thoughtfulCall,
  weatherSchema,
} from './support.js'

const receipt = { payment_hash: '0xabc', cost: '0.001', receipt: { digest: '0xdef' } }
const weather = tool({
  description: 'Get the current weather',
  inputSchema: jsonSchema<{ city: string }>(weatherSchema),
  execute: async ({ city }) => `sunny in ${city}`,
})
const tools = { get_current_weather: weather }
const stopWhen = ({ steps }: { readonly steps: readonly unknown[] }): boolean => steps.length === 4

test('exports', () => {
  expect(Object.keys(entry).sort()).toEqual(['CallFailure', 'createOpenGradient', 'createOpenGradientV3'])
})

test('types fit the specification', () => {
  const provider = createOpenGradientV3(localClient())
  expectTypeOf(provider.languageModel('m')).toExtend<LanguageModelV3>()
  expectTypeOf(provider.embeddingModel('m')).toExtend<EmbeddingModelV3>()
  expectTypeOf(provider).toExtend<ProviderV3>()
  expect(createOpenGradient(localClient())('m').specificationVersion).toBe('v4')
  expect(provider('m').specificationVersion).toBe('v3')
})

describe('generateText', () => {
  test('default', async () => {
    const { client, requests } = localClient()
    const provider = createOpenGradientV3({ client, inferenceMode: 'TEE', settlementMode: 'SETTLE_BATCH' })
    const result = await generateText({
      model: provider(model),
      system: 'Be brief.',
      prompt: 'Say exactly: déjà vu 🦊',
      maxOutputTokens: 50,
      temperature: 0,
    })
    expect(result.text).toBe('déjà vu 🦊')
    expect(result.finishReason).toBe('stop')
    expect(result.usage.totalTokens).toBeGreaterThan(0)
    expect(result.providerMetadata?.['opengradient']).toEqual(receipt)
    expect(result.response.headers?.['x-request-id']).toBe('req-gateway')
    expect(requests[0]?.body).toEqual({
      model,
      max_tokens: 50,
      temperature: 0,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Say exactly: déjà vu 🦊' },
      ],
    })
    expect(requests[0]?.headers.get('og-inference-mode')).toBe('TEE')
    expect(requests[0]?.headers.get('og-settlement-mode')).toBe('SETTLE_BATCH')
  })

  test('behavior: tool loops carry receipts at each step', async () => {
    const provider = createOpenGradientV3(localClient())
    const result = await generateText({ model: provider(model), prompt: question, tools, stopWhen })
    expect(result.steps[0]?.toolCalls.map(({ input }) => (input as { city: string }).city)).toEqual([
      'Dallas',
      'Seattle',
    ])
    expect(result.text).toContain('sunny in Seattle')
    expect(result.steps.map(({ providerMetadata }) => providerMetadata?.['opengradient'])).toEqual([receipt, receipt])
  })

  test('behavior: structured output', async () => {
    const { client, requests } = localClient()
    const { output } = await generateText({
      model: createOpenGradientV3({ client })(model),
      prompt: 'I live in Dallas',
      output: Output.object({ schema: z.object({ city: z.string() }) }),
    })
    expect(output.city.length).toBeGreaterThan(0)
    expect(requests[0]?.body['response_format']).toMatchObject({ type: 'json_schema', json_schema: { strict: true } })
  })

  test('behavior: images, files, sound, settings and a forced tool', async () => {
    const { client, requests } = localClient()
    await generateText({
      model: createOpenGradientV3({ client })(model),
      tools: { get_current_weather: { ...weather, execute: undefined as never } },
      toolChoice: { type: 'tool', toolName: 'get_current_weather' },
      stopSequences: ['END'],
      topP: 0.5,
      seed: 7,
      presencePenalty: 1,
      frequencyPenalty: 1,
      providerOptions: { opengradient: { reasoningEffort: 'low', parallelToolCalls: false, user: 'u' } },
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'look' },
            { type: 'image', image: new Uint8Array([1, 2, 3]), mediaType: 'image/png' },
            { type: 'image', image: new URL('https://h/a.png') },
            { type: 'file', data: 'AAAA', mediaType: 'application/pdf', filename: 'a.pdf' },
            { type: 'file', data: 'BBBB', mediaType: 'audio/mpeg' },
          ],
        },
      ],
    })
    expect(requests[0]?.body).toMatchObject({
      stop: ['END'],
      top_p: 0.5,
      seed: 7,
      presence_penalty: 1,
      frequency_penalty: 1,
      reasoning_effort: 'low',
      parallel_tool_calls: false,
      user: 'u',
      tool_choice: { type: 'function', function: { name: 'get_current_weather' } },
      messages: [
        {
          content: [
            { type: 'text', text: 'look' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AQID' } },
            { type: 'image_url', image_url: { url: 'https://h/a.png' } },
            { type: 'file', file: { file_data: 'data:application/pdf;base64,AAAA', filename: 'a.pdf' } },
            { type: 'input_audio', input_audio: { data: 'BBBB', format: 'mp3' } },
          ],
        },
      ],
    })
  })

  test('behavior: reasoning comes out, and goes back with its signature', async () => {
    const { client, requests } = localClient(playing(...thoughtfulCall))
    const provider = createOpenGradientV3({ client })
    const run = {
      prompt: 'x',
      tools: { f: tool({ inputSchema: jsonSchema({ type: 'object' }), execute: async () => 'y' }) },
    }
    const first = await generateText({ ...run, model: provider(model), stopWhen: ({ steps }) => steps.length === 2 })
    expect(first.steps[0]?.reasoningText).toBe('hm, a call')
    expect(first.usage).toMatchObject({ inputTokens: 9, outputTokens: 7, reasoningTokens: 5, cachedInputTokens: 4 })
    expect(requests[1]?.body['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: null, reasoning_content: 'hm, a call', reasoning_details: [signature] },
      { role: 'tool', tool_call_id: 'c1', content: 'y' },
    ])
  })
})

describe('streamText', () => {
  test('default', async () => {
    const provider = createOpenGradientV3(localClient())
    const result = streamText({ model: provider(model), prompt: 'Say exactly: one two three' })
    const pieces: string[] = []
    for await (const piece of result.textStream) pieces.push(piece)
    expect(pieces.length).toBeGreaterThan(1)
    expect(pieces.join('')).toBe('one two three')
    expect((await result.providerMetadata)?.['opengradient']).toEqual(receipt)
    expect((await result.response).id).toBe('chatcmpl-test')
  })

  test('behavior: tool loops, calls as they grow, reasoning', async () => {
    const provider = createOpenGradientV3(localClient())
    const result = streamText({ model: provider(model), prompt: question, tools, stopWhen })
    const types: string[] = []
    for await (const part of result.fullStream) types.push(part.type)
    expect(await result.text).toContain('sunny in Dallas')
    expect(types.indexOf('tool-input-delta')).toBeGreaterThan(types.indexOf('tool-input-start'))
    expect(types.indexOf('tool-input-delta')).toBeLessThan(types.indexOf('tool-call'))
    expect(types.filter((type) => type === 'tool-result')).toHaveLength(2)

    const { client, requests } = localClient(playing(...thoughtfulCall))
    const thinking = streamText({
      model: createOpenGradientV3({ client })(model),
      prompt: 'x',
      tools: { f: tool({ inputSchema: jsonSchema({ type: 'object' }), execute: async () => 'y' }) },
      stopWhen: ({ steps }) => steps.length === 2,
    })
    expect((await thinking.steps)[0]?.reasoningText).toBe('hm, a call')
    expect(requests[1]?.body['messages']).toMatchObject([{}, { reasoning_details: [signature] }, {}])
  })

  test('behavior: structured output', async () => {
    const provider = createOpenGradientV3(localClient())
    const { output } = streamText({
      model: provider(model),
      prompt: 'I live in Dallas',
      output: Output.object({ schema: jsonSchema<{ city: string }>(placeSchema) }),
    })
    expect(await output).toHaveProperty('city')
  })

  test('behavior: leaving the stream cancels it at the server, and nothing is read ahead', async () => {
    let pulled = 0
    let isCancelled = false
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled += 1
          const chunk = { id: 'x', created: 1, model: 'm', choices: [{ index: 0, delta: { content: 'a' } }] }
          controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(chunk)}\n\n`))
        },
        cancel() {
          isCancelled = true
        },
      },
      { highWaterMark: 0 },
    )
    const client = { fetch: async () => new Response(body), baseUrl: 'http://node.test' }
    const { stream } = await createOpenGradientV3({ client })(model).doStream({
      prompt: [{ role: 'user', content: 'x' }],
    })
    const reader = stream.getReader()
    for (let count = 0; count < 5; count += 1) await reader.read()
    expect(pulled).toBeLessThan(8)
    await reader.cancel()
    expect(isCancelled).toBe(true)
  })

  test('error: a broken stream is an error part, and no answer', async () => {
    const cut = new Response(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'par' } }] })}\n\n`)
    const client = { fetch: async () => cut, baseUrl: 'http://node.test' }
    const errors: unknown[] = []
    const result = streamText({
      model: createOpenGradientV3({ client })(model),
      prompt: 'x',
      onError: ({ error }) => void errors.push(error),
    })
    const types: string[] = []
    for await (const part of result.fullStream) types.push(part.type)
    expect(types).toContain('error')
    expect(APICallError.isInstance(errors[0])).toBe(true)
    expect(await result.finishReason).toBe('error')
  })

  test('error: an abort', async () => {
    const { client } = localClient(playing({ type: 'text-delta', text: 'a' }, { type: 'text-delta', text: 'b' }))
    const controller = new AbortController()
    const { stream } = await createOpenGradientV3({ client })(model).doStream({
      prompt: [{ role: 'user', content: 'x' }],
      abortSignal: controller.signal,
    })
    const reader = stream.getReader()
    await reader.read()
    controller.abort()
    const rest = async (): Promise<void> => {
      for (let next = await reader.read(); !next.done; next = await reader.read());
    }
    await expect(rest()).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('retries', () => {
  test('behavior: the AI SDK repeats what may be repeated, with the same bytes', async () => {
    const { client, requests } = localClient(undefined, { before: (call) => (call < 2 ? serverError() : undefined) })
    const { text } = await generateText({
      model: createOpenGradientV3({ client })(model),
      prompt: 'Say exactly: ok',
      // The AI SDK waits two seconds before it repeats.
      maxRetries: 2,
    })
    expect(text).toBe('ok')
    expect(requests).toHaveLength(2)
    expect(new Set(requests.map(({ body }) => JSON.stringify(body))).size).toBe(1)
  }, 20_000)

  test.each([402, 422, 400])('error: status %i is not repeated', async (status) => {
    const refusal = { error: { message: 'refused', type: 't', param: null, code: 'c' } }
    const { client, requests } = localClient(undefined, { before: () => Response.json(refusal, { status }) })
    const error = await generateText({ model: createOpenGradientV3({ client })(model), prompt: 'x' }).catch(
      (thrown: unknown) => thrown,
    )
    expect(APICallError.isInstance(error)).toBe(true)
    expect(error).toMatchObject({ statusCode: status, isRetryable: false, message: 'refused', data: refusal })
    expect(requests).toHaveLength(1)
  })

  test('error: a 503 that says so is not repeated', async () => {
    const headers = { 'x-should-retry': 'false' }
    const { client, requests } = localClient(undefined, { before: () => new Response('', { status: 503, headers }) })
    await expect(generateText({ model: createOpenGradientV3({ client })(model), prompt: 'x' })).rejects.toMatchObject({
      statusCode: 503,
    })
    expect(requests).toHaveLength(1)
  })
})

describe('embeddings', () => {
  test('default', async () => {
    const { client, requests } = localClient()
    const { embeddings, usage } = await embedMany({
      model: createOpenGradientV3({ client }).embeddingModel('m'),
      values: ['a', 'b'],
      providerOptions: { opengradient: { dimensions: 8 } },
    })
    expect(embeddings.map(({ length }) => length)).toEqual([8, 8])
    expect(usage.tokens).toBe(2)
    expect(requests[0]?.body).toMatchObject({ input: ['a', 'b'], encoding_format: 'base64', dimensions: 8 })
  })
})

test('error: there are no image models', () => {
  const provider = createOpenGradientV3(localClient())
  const attempt = (): unknown => {
    try {
      return provider.imageModel('x')
    } catch (error) {
      return error
    }
  }
  expect(NoSuchModelError.isInstance(attempt())).toBe(true)
})

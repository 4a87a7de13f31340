import { describe, expect, test } from 'vitest'
import { scriptedFetch } from '../test/support/streams.js'
import { chat } from './chat.js'
import { completion } from './completion.js'
import { isLlmError, LlmError } from './llm-error.js'
import type { ChatRequest } from './message.js'
import { type Fetch, httpTransport, type Transport } from './transport.js'

const request: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] }

function transportOf(...responses: readonly (() => Response)[]): Transport {
  return httpTransport({ baseUrl: 'https://host/v1', fetch: scriptedFetch(...responses).fetch, retries: 0 })
}

async function failureOf(response: () => Response): Promise<LlmError> {
  try {
    await chat(transportOf(response), request)
  } catch (error) {
    if (isLlmError(error)) return error
    throw error
  }
  throw new Error('expected an LlmError')
}

const body = {
  id: 'chatcmpl-9',
  object: 'chat.completion',
  created: 1,
  model: 'answered',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'Hello', refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, og: { tee: true } },
}

describe('chat', () => {
  test('default', async () => {
    const result = await chat(
      transportOf(() => Response.json(body, { headers: { 'x-request-id': 'r' } })),
      request,
    )
    expect(result).toMatchObject({
      text: 'Hello',
      finishReason: 'stop',
      model: 'answered',
      id: 'chatcmpl-9',
      requestId: 'r',
      body,
      request,
    })
    expect(result.usage).toEqual(body.usage)
    expect(result.message).toEqual({ role: 'assistant', content: 'Hello' })
  })

  test.each([
    [400, 'BAD_REQUEST', false],
    [401, 'UNAUTHORIZED', false],
    [402, 'PAYMENT_REQUIRED', false],
    [403, 'FORBIDDEN', false],
    [404, 'NOT_FOUND', false],
    [408, 'TIMEOUT', true],
    [409, 'CONFLICT', true],
    [418, 'HTTP_ERROR', false],
    [422, 'UNPROCESSABLE', false],
    [429, 'RATE_LIMITED', true],
    [500, 'SERVER_ERROR', true],
    [503, 'SERVER_ERROR', true],
  ])('error: status %i is %s', async (status, code, isRetryable) => {
    const api = { message: 'words', type: 't', param: 'p', code: 'c' }
    const error = await failureOf(() => Response.json({ error: api }, { status, headers: { 'x-request-id': 'r' } }))
    expect(error).toMatchObject({ code, status, isRetryable, message: 'words', api, requestId: 'r' })
  })

  test('error: payment requirements stay readable', async () => {
    const error = await failureOf(() =>
      Response.json({ error: { message: 'pay' } }, { status: 402, headers: { 'payment-required': 'abc' } }),
    )
    expect(error.headers?.get('payment-required')).toBe('abc')
  })

  test.each<[string, string, string]>([
    ['an HTML page', '<html>', 'the server answered with status 502'],
    ['nothing', '', 'the server answered with status 502'],
    ['a string error', '{"error":"text"}', 'text'],
    ['a bare message', '{"message":"m"}', 'm'],
  ])('error: a refusal with %s', async (_name, text, message) => {
    expect(await failureOf(() => new Response(text, { status: 502 }))).toMatchObject({ code: 'SERVER_ERROR', message })
  })

  test('error: retry hints', async () => {
    expect(
      (await failureOf(() => new Response('', { status: 429, headers: { 'retry-after-ms': '1500' } }))).retryAfterMs,
    ).toBe(1500)
    expect(
      (await failureOf(() => new Response('', { status: 429, headers: { 'retry-after': '3' } }))).retryAfterMs,
    ).toBe(3000)
    expect(
      (await failureOf(() => new Response('', { status: 500, headers: { 'x-should-retry': 'false' } }))).isRetryable,
    ).toBe(false)
  })

  test.each<[string, string]>([
    ['not JSON', 'hello'],
    ['an array', '[]'],
    ['no choices', '{}'],
    ['no message', '{"choices":[{"finish_reason":"stop"}]}'],
    ['no finish reason', '{"choices":[{"message":{"content":"x"}}]}'],
    [
      'a call without a name',
      '{"choices":[{"message":{"tool_calls":[{"function":{}}]},"finish_reason":"tool_calls"}]}',
    ],
  ])('error: a body with %s', async (_name, text) => {
    expect((await failureOf(() => new Response(text))).code).toBe('INVALID_RESPONSE')
  })

  test('error: status 200 with an error body', async () => {
    expect(await failureOf(() => Response.json({ error: 'broken' }))).toMatchObject({
      code: 'SERVER_ERROR',
      message: 'broken',
    })
  })

  test('error: a body above the bound', async () => {
    const promise = chat(
      transportOf(() => Response.json(body)),
      request,
      { maxResponseBytes: 20 },
    )
    await expect(promise).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' })
  })

  test('error: no connection', async () => {
    const fetch: Fetch = async () => {
      throw new TypeError('fetch failed')
    }
    await expect(chat(httpTransport({ baseUrl: 'https://h/v1', fetch }), request)).rejects.toMatchObject({
      code: 'CONNECTION',
      isRetryable: true,
    })
  })

  test('error: what an injected fetch throws on purpose passes through', async () => {
    const refusal = Object.assign(new Error('price above cap'), { code: 'PRICE_ABOVE_CAP' })
    const fetch: Fetch = async () => {
      throw refusal
    }
    await expect(chat(httpTransport({ baseUrl: 'https://h/v1', fetch }), request)).rejects.toBe(refusal)
  })

  test('error: aborted before the answer', async () => {
    const fetch: Fetch = async (_url, init) => {
      init.signal?.throwIfAborted()
      return Response.json(body)
    }
    const promise = chat(httpTransport({ baseUrl: 'https://h/v1', fetch }), request, { signal: AbortSignal.abort() })
    await expect(promise).rejects.toMatchObject({ code: 'ABORTED' })
  })

  test('error: stream: true needs the streaming function', async () => {
    await expect(chat(transportOf(), { ...request, stream: true })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  })

  test('error: a base URL that is not http', () => {
    expect(() => httpTransport({ baseUrl: 'file:///x', fetch })).toThrow(LlmError)
  })
})

describe('completion', () => {
  test('default', async () => {
    const answer = {
      id: 'cmpl-1',
      object: 'text_completion',
      created: 1,
      model: 'm',
      choices: [{ index: 0, text: 'Bonjour', logprobs: null, finish_reason: 'length' }],
    }
    const { fetch, requests } = scriptedFetch(() => Response.json(answer))
    const result = await completion(httpTransport({ baseUrl: 'https://h/v1', fetch }), {
      model: 'm',
      prompt: 'Hi',
      max_tokens: 1,
    })
    expect(result).toMatchObject({ text: 'Bonjour', finishReason: 'length', usage: null, body: answer })
    expect(requests[0]?.url).toBe('https://h/v1/completions')
  })

  test('error: no text', async () => {
    await expect(
      completion(
        transportOf(() => Response.json({ choices: [{ finish_reason: 'stop' }] })),
        { model: 'm', prompt: 'x' },
      ),
    ).rejects.toMatchObject({
      code: 'INVALID_RESPONSE',
    })
  })
})

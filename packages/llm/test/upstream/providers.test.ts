import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/json.js'
import {
  anthropicUpstream,
  geminiUpstream,
  type HttpUpstreamOptions,
  openAiUpstream,
  type Upstream,
  UpstreamError,
  type UpstreamEvent,
  xAiUpstream,
} from '../../src/upstream/index.js'
import { sse, sseResponse } from '../support/streams.js'

const apiKey = 'secret-key'
const { signal } = new AbortController()
type Fetch = HttpUpstreamOptions['fetch']
const providers: Readonly<Record<string, (fetch: Fetch, more?: Partial<HttpUpstreamOptions>) => Upstream>> = {
  openai: (fetch, more) => openAiUpstream({ apiKey, fetch, ...more }),
  xai: (fetch, more) => xAiUpstream({ apiKey, fetch, ...more }),
  anthropic: (fetch, more) => anthropicUpstream({ apiKey, fetch, ...more }),
  gemini: (fetch, more) => geminiUpstream({ apiKey, fetch, ...more }),
}
const create = (name: string, fetch: Fetch, more?: Partial<HttpUpstreamOptions>): Upstream => {
  const make = providers[name]
  if (!make) throw new Error(`no provider ${name}`)
  return make(fetch, more)
}

async function read(upstream: Upstream, members: JsonObject = {}): Promise<UpstreamEvent[]> {
  const { events } = await upstream.send(
    {
      endpoint: 'chat.completions',
      model: 'm-1',
      body: { messages: [{ role: 'user', content: 'private prompt' }], max_tokens: 9, ...members },
    },
    { signal },
  )
  const list: UpstreamEvent[] = []
  for await (const event of events) list.push(event)
  return list
}

async function failure(promise: Promise<unknown>): Promise<UpstreamError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof UpstreamError)) throw new Error(`expected an UpstreamError, got ${String(error)}`)
  const everything = `${error.message} ${error.stack} ${JSON.stringify(error)} ${JSON.stringify(error.toBody())} ${String(error.cause)}`
  for (const secret of [apiKey, 'private prompt', 'provider words']) expect(everything).not.toContain(secret)
  return error
}

describe('where the request goes', () => {
  test.each([
    ['openai', 'https://api.openai.com/v1/chat/completions', 'authorization'],
    ['xai', 'https://api.x.ai/v1/chat/completions', 'authorization'],
    ['anthropic', 'https://api.anthropic.com/v1/messages', 'x-api-key'],
    [
      'gemini',
      'https://generativelanguage.googleapis.com/v1beta/models/m-1:streamGenerateContent?alt=sse',
      'x-goog-api-key',
    ],
  ])('default: %s', async (name, url, header) => {
    let seen: { url: string; init: RequestInit } | undefined
    const upstream = create(name, async (to, init) => {
      seen = { url: to, init }
      return new Response('{}', { status: 500 })
    })
    await failure(read(upstream))
    expect(seen?.url).toBe(url)
    expect(seen?.init).toMatchObject({ method: 'POST', redirect: 'manual' })
    expect(new Headers(seen?.init.headers).get(header)).toContain(apiKey)
    expect(upstream.label).toBe('tls-witnessed')
    expect(upstream.host).toBe(new URL(url).host)
  })

  test('behavior: OpenAI and xAI get one spelling of the limit, and no reasoning back', async () => {
    for (const name of ['openai', 'xai']) {
      let sent: JsonObject = {}
      const upstream = create(name, async (_url, init) => {
        sent = JSON.parse(new TextDecoder().decode(init.body as Uint8Array))
        return new Response('', { status: 500 })
      })
      const messages = [{ role: 'assistant', content: 'x', reasoning_content: 'r', reasoning_details: [] }]
      await failure(read(upstream, { messages }))
      expect(sent).toMatchObject({
        max_completion_tokens: 9,
        stream: true,
        messages: [{ role: 'assistant', content: 'x' }],
      })
      expect(sent).not.toHaveProperty('max_tokens')
      expect(sent).not.toHaveProperty('messages[0].reasoning_content')
      expect(sent).not.toHaveProperty('messages[0].reasoning_details')
    }
  })

  test("error: a model's name cannot leave its place in the path", async () => {
    const upstream = geminiUpstream({ apiKey, fetch: async () => sseResponse([]) })
    for (const model of ['../files', 'a/b', 'a?x', 'a#x', 'a:b', '']) {
      const sending = upstream.send({ endpoint: 'chat.completions', model, body: { messages: [] } }, { signal })
      expect((await failure(sending)).code).toBe('UPSTREAM_MODEL')
    }
  })

  test.each(Object.keys(providers))('error: %s over plain http to another machine', (name) => {
    const make = (baseUrl: string) => (): Upstream => create(name, async () => sseResponse([]), { baseUrl } as object)
    for (const baseUrl of [
      'http://h/v1',
      'http://localhost.evil/v1',
      'http://127.0.0.1@h/v1',
      'file:///etc/passwd',
      '',
    ]) {
      expect(make(baseUrl)).toThrow(new UpstreamError('UPSTREAM_CONFIG'))
    }
    for (const baseUrl of ['http://localhost:1/v1', 'http://[::1]:1/v1', 'http://127.9.9.9/v1', 'https://h/v1']) {
      expect(make(baseUrl)).not.toThrow()
    }
  })
})

describe('errors of providers', () => {
  const anthropic = (type: string, message = 'provider words'): string =>
    JSON.stringify({ type: 'error', error: { type, message } })
  const google = (status: string, message = 'provider words', details: object[] = []): string =>
    JSON.stringify({ error: { code: 1, message, status, details } })

  test.each<[string, number, string, string]>([
    ['anthropic', 400, anthropic('invalid_request_error'), 'UPSTREAM_REJECTED'],
    [
      'anthropic',
      400,
      anthropic('invalid_request_error', 'prompt is too long: 9 tokens > 8 maximum'),
      'UPSTREAM_CONTEXT_LENGTH',
    ],
    ['anthropic', 401, anthropic('authentication_error'), 'UPSTREAM_AUTH'],
    ['anthropic', 402, anthropic('billing_error'), 'UPSTREAM_AUTH'],
    ['anthropic', 403, anthropic('permission_error'), 'UPSTREAM_AUTH'],
    ['anthropic', 404, anthropic('not_found_error'), 'UPSTREAM_MODEL'],
    ['anthropic', 413, anthropic('request_too_large'), 'UPSTREAM_CONTEXT_LENGTH'],
    ['anthropic', 429, anthropic('rate_limit_error'), 'UPSTREAM_RATE_LIMITED'],
    ['anthropic', 500, anthropic('api_error'), 'UPSTREAM_UNAVAILABLE'],
    ['anthropic', 529, anthropic('overloaded_error'), 'UPSTREAM_OVERLOADED'],
    ['gemini', 400, google('INVALID_ARGUMENT'), 'UPSTREAM_REJECTED'],
    ['gemini', 400, google('INVALID_ARGUMENT', 'x', [{ reason: 'API_KEY_INVALID' }]), 'UPSTREAM_AUTH'],
    [
      'gemini',
      400,
      google('INVALID_ARGUMENT', 'The input token count (9) exceeds the maximum'),
      'UPSTREAM_CONTEXT_LENGTH',
    ],
    ['gemini', 403, google('PERMISSION_DENIED'), 'UPSTREAM_AUTH'],
    ['gemini', 404, google('NOT_FOUND'), 'UPSTREAM_MODEL'],
    ['gemini', 429, google('RESOURCE_EXHAUSTED'), 'UPSTREAM_RATE_LIMITED'],
    ['gemini', 503, google('UNAVAILABLE'), 'UPSTREAM_OVERLOADED'],
    ['gemini', 504, google('DEADLINE_EXCEEDED'), 'UPSTREAM_TIMEOUT'],
    ['openai', 404, '{"error":{"code":"model_not_found"}}', 'UPSTREAM_MODEL'],
    ['xai', 400, '{"code":"x","error":"provider words"}', 'UPSTREAM_REJECTED'],
  ])('error: %s %i %s', async (name, status, body, code) => {
    const upstream = create(name, async () => new Response(body, { status, headers: { 'retry-after': '3' } }))
    expect(await failure(read(upstream))).toMatchObject({
      code,
      upstreamStatus: status,
      retryAfterMs: 3000,
      isBeforeFirstByte: true,
    })
  })

  test.each<[string, string, string]>([
    ['anthropic', anthropic('overloaded_error'), 'UPSTREAM_OVERLOADED'],
    ['anthropic', anthropic('api_error'), 'UPSTREAM_FAILED'],
    ['gemini', google('RESOURCE_EXHAUSTED'), 'UPSTREAM_RATE_LIMITED'],
    ['openai', '{"error":{"message":"provider words"}}', 'UPSTREAM_FAILED'],
  ])('error: %s in the stream, first and in the middle', async (name, error, code) => {
    const first = await failure(read(create(name, async () => sseResponse([`data: ${error}\n\n`]))))
    expect(first).toMatchObject({ code, isBeforeFirstByte: true })
    const begun: Readonly<Record<string, object[]>> = {
      anthropic: [
        { type: 'message_start', message: { model: 'm' } },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'x' } },
      ],
      gemini: [{ candidates: [{ content: { parts: [{ text: 'x' }] } }] }],
      openai: [{ choices: [{ index: 0, delta: { content: 'x' } }] }],
    }
    const stream = sse(...(begun[name] ?? []))
    const middle = await failure(read(create(name, async () => sseResponse([stream, `data: ${error}\n\n`]))))
    expect(middle).toMatchObject({ code, isBeforeFirstByte: false })
    const cut = await failure(read(create(name, async () => sseResponse([stream]))))
    expect(cut).toMatchObject({ code: 'UPSTREAM_TRUNCATED', isBeforeFirstByte: false })
  })

  test.each<[string, string, object[]]>([
    [
      'anthropic',
      'a delta of no block',
      [{ type: 'content_block_delta', index: 3, delta: { type: 'text_delta', text: 'x' } }],
    ],
    [
      'anthropic',
      'a tool without a name',
      [{ type: 'content_block_start', index: 0, content_block: { type: 'tool_use' } }],
    ],
    ['gemini', 'a second candidate', [{ candidates: [{ index: 1, content: { parts: [{ text: 'x' }] } }] }]],
    ['gemini', 'a call without a name', [{ candidates: [{ content: { parts: [{ functionCall: {} }] } }] }]],
    ['openai', 'a second choice', [{ choices: [{ index: 1, delta: { content: 'x' } }] }]],
  ])('error: %s: %s', async (name, _what, events) => {
    expect((await failure(read(create(name, async () => sseResponse([sse(...events)]))))).code).toBe('UPSTREAM_INVALID')
  })

  test('error: a Gemini call that was not well formed', async () => {
    const events = [{ candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL' }], modelVersion: 'm' }]
    const upstream = create('gemini', async () => sseResponse([sse(...events)]))
    expect((await failure(read(upstream))).code).toBe('UPSTREAM_FAILED')
  })

  test('behavior: a Gemini prompt that is refused has no candidate', async () => {
    const events = [
      { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 4 }, modelVersion: 'm' },
    ]
    expect(await read(create('gemini', async () => sseResponse([sse(...events)])))).toEqual([
      { type: 'finish', reason: 'content_filter' },
      { type: 'usage', usage: { promptTokens: 4, cachedPromptTokens: 0, completionTokens: 0, reasoningTokens: 0 } },
    ])
  })

  test('behavior: the schema tool of older Claude models is the answer', async () => {
    const stream = sse(
      { type: 'message_start', message: { model: 'claude-3-haiku' } },
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'tool_use', id: 't', name: 'json_answer', input: {} },
      },
      { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '{"a":1}' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 1 } },
      { type: 'message_stop' },
    )
    const upstream = anthropicUpstream({ apiKey, fetch: async () => sseResponse([stream]) })
    const schema = { type: 'object', properties: {} }
    const body = {
      messages: [{ role: 'user', content: 'x' }],
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
    }
    const { events } = await upstream.send({ endpoint: 'chat.completions', model: 'claude-3-haiku', body }, { signal })
    const list: UpstreamEvent[] = []
    for await (const event of events) list.push(event)
    expect(list.slice(0, 2)).toEqual([
      { type: 'text-delta', text: '{"a":1}' },
      { type: 'finish', reason: 'stop' },
    ])
  })

  test('behavior: whole bodies are read too', async () => {
    const claude = {
      model: 'c',
      content: [
        { type: 'thinking', thinking: 'hm', signature: 's' },
        { type: 'text', text: 'Hi' },
        { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } },
      ],
      stop_reason: 'tool_use',
      usage: { input_tokens: 1, output_tokens: 2 },
    }
    const events = await read(create('anthropic', async () => Response.json(claude)))
    expect(events.map((event) => event.type)).toEqual([
      'reasoning-delta',
      'reasoning-detail',
      'text-delta',
      'tool-call-delta',
      'tool-call-delta',
      'finish',
      'usage',
    ])
    const gemini = { modelVersion: 'g', candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }] }
    expect((await read(create('gemini', async () => Response.json(gemini))))[0]).toEqual({
      type: 'text-delta',
      text: 'Hi',
    })
  })
})

describe('deadlines', () => {
  test('error: no head, no first piece, silence', async () => {
    const never = (_url: string, init: RequestInit): Promise<Response> =>
      new Promise((_resolve, reject) => init.signal?.addEventListener('abort', () => reject(init.signal?.reason)))
    const connect = await failure(read(create('openai', never, { connectTimeoutMs: 5 })))
    expect(connect).toMatchObject({ code: 'UPSTREAM_TIMEOUT', isBeforeFirstByte: true, isRetryable: true })
    const silent = async (): Promise<Response> => new Response(new ReadableStream())
    expect((await failure(read(create('anthropic', silent, { firstPieceTimeoutMs: 5 })))).code).toBe('UPSTREAM_TIMEOUT')
  })

  test('error: an answer that never ends is cut at its bound', async () => {
    const flood = async (): Promise<Response> =>
      new Response(
        new ReadableStream({
          pull: (controller) =>
            controller.enqueue(new TextEncoder().encode(sse({ choices: [{ index: 0, delta: { content: 'xxxx' } }] }))),
        }),
      )
    expect((await failure(read(create('openai', flood, { maxAnswerBytes: 10_000 })))).code).toBe('UPSTREAM_INVALID')
  })
})

describe('embeddings', () => {
  const embed = (name: string, answer: unknown, input = ['a', 'b']): Promise<unknown> => {
    const { embed: call } = create(name, async () => Response.json(answer))
    if (!call) throw new Error('no embeddings')
    return call({ model: 'm', input, dimensions: 2 }, { signal })
  }

  test('default', async () => {
    const data = [
      { index: 1, embedding: [3, 4] },
      { index: 0, embedding: [1, 2] },
    ]
    expect(await embed('openai', { data, model: 'e', usage: { prompt_tokens: 7 } })).toMatchObject({
      embeddings: [
        [1, 2],
        [3, 4],
      ],
      promptTokens: 7,
      modelAnswered: 'e',
    })
    expect(await embed('gemini', { embeddings: [{ values: [1, 2] }, { values: [3, 4] }] })).toMatchObject({
      embeddings: [
        [1, 2],
        [3, 4],
      ],
      promptTokens: undefined,
    })
    expect(create('anthropic', async () => Response.json({})).embed).toBeUndefined()
  })

  test.each([-7, 1.5, 1e300])('behavior: %s tokens are no count', async (count) => {
    const data = [0, 1].map((index) => ({ index, embedding: [1] }))
    expect(await embed('openai', { data, usage: { prompt_tokens: count } })).toMatchObject({ promptTokens: undefined })
  })

  test('error: a number without bounds', async () => {
    const text = '{"data":[{"index":0,"embedding":[1e999]},{"index":1,"embedding":[1]}]}'
    const { embed: call } = create('openai', async () => new Response(text))
    const asked = call?.({ model: 'm', input: ['a', 'b'], dimensions: 1 }, { signal })
    expect((await failure(asked ?? Promise.resolve())).code).toBe('UPSTREAM_INVALID')
  })

  test.each<[string, string, unknown]>([
    ['openai', 'a vector is missing', { data: [{ index: 0, embedding: [1] }] }],
    ['openai', 'one vector too many', { data: [0, 1, 2].map((index) => ({ index, embedding: [1] })) }],
    ['openai', 'a vector of words', { data: [0, 1].map((index) => ({ index, embedding: ['x'] })) }],
    ['openai', 'an empty vector', { data: [0, 1].map((index) => ({ index, embedding: [] })) }],
    ['openai', 'no object', []],
    ['gemini', 'a vector is missing', { embeddings: [{ values: [1] }] }],
  ])('error: %s: %s', async (name, _what, answer) => {
    expect((await failure(embed(name, answer))).code).toBe('UPSTREAM_INVALID')
  })
})

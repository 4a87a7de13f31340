import { describe, expect, test } from 'vitest'
import { chatChunk, scriptedFetch, sse, sseResponse, watchedBody } from '../../../test/support/streams.js'
import type { JsonObject } from '../../json.js'
import type { Fetch } from '../../transport.js'
import type { UpstreamAnswer, UpstreamEvent, UpstreamRequest } from '../upstream.js'
import { UpstreamError } from '../upstream-error.js'
import { type OpenAiCompatibleUpstreamOptions, openAiCompatibleUpstream } from './open-ai-compatible-upstream.js'

const key = 'sk-secret-key'
const body: JsonObject = {
  model: 'openai/gpt-4.1',
  messages: [{ role: 'user', content: 'private prompt' }],
  max_tokens: 5,
  stream: false,
  og_extension: 'x',
  n: 1,
}
const request: UpstreamRequest = { endpoint: 'chat.completions', model: 'gpt-4.1', body }
const { signal } = new AbortController()
const usage = { prompt_tokens: 9, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 3 } }
const answer = sse(
  chatChunk({ role: 'assistant', content: '' }),
  chatChunk({ content: 'Hi' }),
  chatChunk({}, 'stop'),
  { choices: [], usage },
  '[DONE]',
)

function send(fetch: Fetch, options: Partial<OpenAiCompatibleUpstreamOptions> = {}): Promise<UpstreamAnswer> {
  return openAiCompatibleUpstream({
    id: 'o',
    baseUrl: 'https://api.openai.com/v1',
    apiKey: key,
    fetch,
    ...options,
  }).send(request, { signal })
}

async function eventsOf(pieces: readonly string[]): Promise<UpstreamEvent[]> {
  const { events } = await send(async () => sseResponse(pieces))
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
  for (const secret of [key, 'private prompt', 'provider words']) expect(everything).not.toContain(secret)
  return error
}

describe('openAiCompatibleUpstream', () => {
  test('default', async () => {
    const { fetch, requests } = scriptedFetch(() => sseResponse([answer]))
    const upstream = openAiCompatibleUpstream({ id: 'o', baseUrl: 'https://api.openai.com/v1/', apiKey: key, fetch })
    expect(upstream).toMatchObject({ id: 'o', host: 'api.openai.com', label: 'tls-witnessed' })
    const { requestBytes, modelAnswered, events } = await upstream.send(request, { signal })
    const list: UpstreamEvent[] = []
    for await (const event of events) list.push(event)
    expect(modelAnswered).toBe('m')
    expect(list).toEqual([
      { type: 'text-delta', text: 'Hi' },
      { type: 'finish', reason: 'stop' },
      { type: 'usage', usage: { promptTokens: 9, cachedPromptTokens: 3, completionTokens: 4, reasoningTokens: 0 } },
    ])
    const [sent] = requests
    expect(sent?.url).toBe('https://api.openai.com/v1/chat/completions')
    expect(sent?.init).toMatchObject({ method: 'POST', redirect: 'manual' })
    expect(new Headers(sent?.init.headers).get('authorization')).toBe(`Bearer ${key}`)
    expect(sent?.init.body).toBe(requestBytes)
    expect(JSON.parse(new TextDecoder().decode(requestBytes))).toEqual({
      model: 'gpt-4.1',
      messages: body['messages'],
      max_tokens: 5,
      stream: true,
      stream_options: { include_usage: true },
    })
  })

  test('behavior: a local server over http', () => {
    const upstream = openAiCompatibleUpstream({
      id: 'ollama',
      baseUrl: 'http://127.0.0.1:11434/v1',
      apiKey: key,
      fetch,
    })
    expect(upstream).toMatchObject({ host: '127.0.0.1:11434', label: 'vanilla' })
  })

  test('behavior: the token limit under the name that the provider knows', async () => {
    const { requestBytes } = await send(async () => sseResponse([answer]), { maxTokensField: 'max_completion_tokens' })
    const sent: JsonObject = JSON.parse(new TextDecoder().decode(requestBytes))
    expect(sent).toMatchObject({ max_completion_tokens: 5 })
    expect(sent).not.toHaveProperty('max_tokens')
  })

  test('behavior: tool calls come out ordered, with ids and a fitting finish reason', async () => {
    const call = (delta: JsonObject): unknown => chatChunk({ tool_calls: [delta] })
    const events = await eventsOf([
      sse(
        call({ index: 1, function: { name: 'f', arguments: '{"a"' } }),
        call({ index: 1, function: { arguments: ':1}' } }),
        call({ index: 2, id: 'x', function: { name: 'g' } }),
        chatChunk({}, 'stop'),
        '[DONE]',
      ),
    ])
    expect(events).toEqual([
      { type: 'tool-call-delta', index: 0, id: 'call_0_chatcmpl-1', name: 'f', arguments: '{"a"' },
      { type: 'tool-call-delta', index: 0, arguments: ':1}' },
      { type: 'tool-call-delta', index: 1, id: 'x', name: 'g', arguments: '{}' },
      { type: 'finish', reason: 'tool_calls' },
    ])
  })

  test('behavior: signed reasoning that comes in pieces is put together', async () => {
    const detail = (piece: JsonObject): unknown => chatChunk({ reasoning_details: [{ index: 0, ...piece }] })
    const events = await eventsOf([
      sse(
        detail({ type: 'reasoning.text', text: 'a' }),
        detail({ type: 'reasoning.text', text: 'b', signature: 's' }),
        chatChunk({}, 'stop'),
        '[DONE]',
      ),
    ])
    expect(events[0]).toEqual({
      type: 'reasoning-detail',
      detail: { index: 0, type: 'reasoning.text', text: 'ab', signature: 's' },
    })
  })

  test('behavior: a server that ignores stream', async () => {
    const calls = [
      { id: 'a', function: { name: 'f', arguments: {} } },
      { id: 'b', function: { name: 'g', arguments: '{}' } },
    ]
    const events = await eventsOf([
      JSON.stringify({
        model: 'm',
        choices: [{ message: { content: 'Hi', tool_calls: calls }, finish_reason: 'tool_calls' }],
        usage,
      }),
    ])
    expect(events.map((event) => event.type)).toEqual([
      'text-delta',
      'tool-call-delta',
      'tool-call-delta',
      'finish',
      'usage',
    ])
  })

  test('behavior: completions', async () => {
    const { fetch, requests } = scriptedFetch(() =>
      sseResponse([
        sse(
          { model: 'i', choices: [{ index: 0, text: 'a' }] },
          { choices: [{ index: 0, text: '', finish_reason: 'length' }] },
          { choices: [], usage },
          '[DONE]',
        ),
      ]),
    )
    const upstream = openAiCompatibleUpstream({ id: 'o', baseUrl: 'https://h/v1', fetch })
    const { events, modelAnswered } = await upstream.send(
      { endpoint: 'completions', model: 'i', body: { model: 'i', prompt: 'p', max_tokens: 1 } },
      { signal },
    )
    const list: UpstreamEvent[] = []
    for await (const event of events) list.push(event)
    expect(modelAnswered).toBe('i')
    expect(list.slice(0, 2)).toEqual([
      { type: 'text-delta', text: 'a' },
      { type: 'finish', reason: 'length' },
    ])
    expect(requests[0]?.url).toBe('https://h/v1/completions')
  })

  test.each<[number, string, string, number]>([
    [302, '', 'UPSTREAM_REDIRECTED', 502],
    [400, '{"error":{"message":"provider words","code":"x"}}', 'UPSTREAM_REJECTED', 400],
    [400, '{"error":{"message":"provider words","code":"context_length_exceeded"}}', 'UPSTREAM_CONTEXT_LENGTH', 400],
    [401, 'provider words: Incorrect API key provided: sk-secret-key', 'UPSTREAM_AUTH', 502],
    [403, '', 'UPSTREAM_AUTH', 502],
    [404, '{"error":{"code":"model_not_found"}}', 'UPSTREAM_MODEL', 404],
    [408, '', 'UPSTREAM_TIMEOUT', 504],
    [413, '', 'UPSTREAM_CONTEXT_LENGTH', 400],
    [429, '{"error":{"message":"provider words"}}', 'UPSTREAM_RATE_LIMITED', 429],
    [429, '{"error":{"code":"insufficient_quota"}}', 'UPSTREAM_AUTH', 502],
    [500, '<html>provider words</html>', 'UPSTREAM_UNAVAILABLE', 502],
    [503, '', 'UPSTREAM_OVERLOADED', 503],
    [529, '', 'UPSTREAM_OVERLOADED', 503],
  ])('error: status %i %s', async (status, text, code, answered) => {
    const headers = { 'retry-after': '2', location: 'https://evil' }
    const error = await failure(send(async () => new Response(text, { status, headers })))
    expect(error).toMatchObject({ code, status: answered, upstreamStatus: status, retryAfterMs: 2000 })
  })

  test('error: no connection', async () => {
    const error = await failure(
      send(async () => {
        throw new TypeError(`cannot connect with ${key}`)
      }),
    )
    expect(error.code).toBe('UPSTREAM_UNAVAILABLE')
  })

  test.each<[string, string, string]>([
    ['truncated', sse(chatChunk({ content: 'x' })), 'UPSTREAM_TRUNCATED'],
    ['an error inside', sse(chatChunk({ content: 'x' }), { error: { message: 'provider words' } }), 'UPSTREAM_FAILED'],
    ['finish reason error', sse(chatChunk({ content: 'x' }), chatChunk({}, 'error'), '[DONE]'), 'UPSTREAM_FAILED'],
    ['malformed', `${sse(chatChunk({ content: 'x' }))}data: provider words\n\n`, 'UPSTREAM_INVALID'],
  ])('error: an answer that is %s', async (_name, stream, code) => {
    expect((await failure(eventsOf([stream]))).code).toBe(code)
  })

  test('error: an error before the first piece is an error of send', async () => {
    expect((await failure(send(async () => sseResponse([sse({ error: { code: 'rate_limit_exceeded' } })])))).code).toBe(
      'UPSTREAM_RATE_LIMITED',
    )
    expect((await failure(send(async () => sseResponse([''])))).code).toBe('UPSTREAM_TRUNCATED')
    expect(
      (
        await failure(
          send(async () => sseResponse([sse(chatChunk({ tool_calls: [] }, null), { choices: [{ index: 3 }] })])).then(
            async ({ events }) => {
              for await (const _event of events);
            },
          ),
        )
      ).code,
    ).toBe('UPSTREAM_INVALID')
  })

  test('error: silence before and after the first piece', async () => {
    const never = watchedBody([], { ends: false })
    expect((await failure(send(async () => new Response(never.body), { firstPieceTimeoutMs: 5 }))).code).toBe(
      'UPSTREAM_TIMEOUT',
    )
    expect(never.isCancelled()).toBe(true)
    const stalled = watchedBody([sse(chatChunk({ content: 'x' }))], { ends: false })
    const { events } = await send(async () => new Response(stalled.body), { idleTimeoutMs: 5 })
    const seen: UpstreamEvent[] = []
    const reading = (async () => {
      for await (const event of events) seen.push(event)
    })()
    expect((await failure(reading)).code).toBe('UPSTREAM_TIMEOUT')
    expect(seen).toEqual([{ type: 'text-delta', text: 'x' }])
    expect(stalled.isCancelled()).toBe(true)
  })

  test("behavior: the silence of a slow reader is not the provider's", async () => {
    const { events } = await send(
      async () => sseResponse([sse(chatChunk({ content: 'x' })), sse(chatChunk({}, 'stop'), '[DONE]')]),
      { idleTimeoutMs: 20 },
    )
    const seen: string[] = []
    for await (const event of events) {
      seen.push(event.type)
      await new Promise((resolve) => setTimeout(resolve, 40))
    }
    expect(seen).toEqual(['text-delta', 'finish'])
  })

  test('behavior: batches are the same events, as many at once as one read has brought', async () => {
    const body = [
      sse(chatChunk({ content: 'a' }), chatChunk({ content: 'b' })),
      sse(chatChunk({ content: 'c' }), chatChunk({}, 'stop'), '[DONE]'),
    ]
    const { batches } = await send(async () => sseResponse(body))
    const types: string[][] = []
    for await (const batch of batches ?? []) types.push(batch.map(({ type }) => type))
    expect(types).toEqual([
      ['text-delta', 'text-delta'],
      ['text-delta', 'finish'],
    ])

    const cut = await send(async () => sseResponse([sse(chatChunk({ content: 'a' }))]))
    const seen: string[] = []
    const reading = (async () => {
      for await (const batch of cut.batches ?? []) seen.push(...batch.map(({ type }) => type))
    })()
    expect((await failure(reading)).code).toBe('UPSTREAM_TRUNCATED')
    expect(seen).toEqual(['text-delta'])
  })

  test('behavior: leaving the loop and aborting reach the provider', async () => {
    const left = watchedBody([sse(chatChunk({ content: 'x' }))], { ends: false })
    for await (const _event of (await send(async () => new Response(left.body))).events) break
    expect(left.isCancelled()).toBe(true)

    const controller = new AbortController()
    const open = watchedBody([sse(chatChunk({ content: 'x' }))], { ends: false })
    const upstream = openAiCompatibleUpstream({
      id: 'o',
      baseUrl: 'https://h/v1',
      fetch: async () => new Response(open.body),
    })
    const { events } = await upstream.send(request, { signal: controller.signal })
    const reading = (async () => {
      for await (const _event of events) controller.abort()
    })()
    expect((await failure(reading)).code).toBe('ABORTED')
    expect(open.isCancelled()).toBe(true)
  })

  test.each<[string, Partial<OpenAiCompatibleUpstreamOptions>]>([
    ['no URL', { baseUrl: 'nonsense' }],
    ['another protocol', { baseUrl: 'ftp://h/v1' }],
    ['credentials in the URL', { baseUrl: 'https://user:pass@h/v1' }],
    ['a query', { baseUrl: 'https://h/v1?key=1' }],
    ['plain http to another machine', { baseUrl: 'http://vllm:8000/v1' }],
    ['plain http to an address that looks local', { baseUrl: 'http://127.0.0.1.nip.io/v1' }],
    ['plain http to a private network', { baseUrl: 'http://169.254.169.254/v1' }],
    ['a key that is no header value', { apiKey: `${key}\nx: y` }],
  ])('error: configuration with %s', async (_name, options) => {
    const make = async (): Promise<unknown> =>
      openAiCompatibleUpstream({ id: 'o', baseUrl: 'https://h/v1', apiKey: key, fetch, ...options })
    expect((await failure(make())).code).toBe('UPSTREAM_CONFIG')
  })
})

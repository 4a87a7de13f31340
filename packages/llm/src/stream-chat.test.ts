import { describe, expect, test } from 'vitest'
import { chatChunk, scriptedFetch, sse, sseResponse, watchedBody } from '../test/support/streams.js'
import { chat } from './chat.js'
import type { JsonObject } from './json.js'
import { LlmError } from './llm-error.js'
import type { ChatRequest } from './message.js'
import { type ChatEvent, collectChat, streamChat } from './stream-chat.js'
import { httpTransport, type Transport } from './transport.js'

const request: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] }
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5, og: { payment_hash: '0xabc' }, cost: '1' }
const usageChunk = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 7, model: 'm', choices: [], usage }

function transportOf(response: Response): Transport {
  return { send: async () => response }
}

async function collect(
  text: string | readonly (string | Uint8Array)[],
): Promise<Awaited<ReturnType<typeof collectChat>>> {
  const pieces = typeof text === 'string' ? [text] : text
  return collectChat(streamChat(transportOf(sseResponse(pieces)), request))
}

async function failure(promise: Promise<unknown>): Promise<LlmError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof LlmError) return error
    throw error
  }
  throw new Error('expected an LlmError')
}

const hello = sse(
  chatChunk({ role: 'assistant', content: '' }),
  chatChunk({ content: 'Bon' }),
  chatChunk({ content: 'jour 🦊' }),
  chatChunk({}, 'stop'),
  usageChunk,
  '[DONE]',
)

describe('streamChat', () => {
  test('default', async () => {
    const events: ChatEvent[] = []
    for await (const event of streamChat(transportOf(sseResponse([hello])), request)) events.push(event)
    expect(events.map((event) => event.type)).toEqual(['start', 'text-delta', 'text-delta', 'finish', 'usage', 'end'])
    const result = await collect(hello)
    expect(result).toMatchObject({
      text: 'Bonjour 🦊',
      finishReason: 'stop',
      usage,
      model: 'm',
      id: 'chatcmpl-1',
      requestId: 'req-1',
    })
    expect(result.message).toEqual({ role: 'assistant', content: 'Bonjour 🦊' })
  })

  test('behavior: checkChunk sees every chunk that may say something new, and what it throws is the cause', async () => {
    const seen: JsonObject[] = []
    const checkChunk = (chunk: JsonObject): void => {
      if (chunk['extra'] === 'unwanted') throw new RangeError('refused')
      seen.push(chunk)
    }
    const checked = (text: string) => collectChat(streamChat(transportOf(sseResponse([text])), request, { checkChunk }))
    expect((await checked(hello)).text).toBe('Bonjour 🦊')
    expect(seen).toContainEqual(chatChunk({ role: 'assistant', content: '' }))
    expect(seen.slice(-2)).toEqual([chatChunk({}, 'stop'), usageChunk])
    const odd = { id: 'x', choices: [{ index: 0, delta: { content: 'c' }, finish_reason: null }], extra: 'unwanted' }
    const unwanted = sse(chatChunk({ content: 'a' }), chatChunk({ content: 'b' }), odd)
    expect((await failure(checked(unwanted + hello))).cause).toEqual(new RangeError('refused'))
  })

  test('behavior: asks for a stream with usage and keeps the rest of the request', async () => {
    const { fetch, requests } = scriptedFetch(() => sseResponse([hello]))
    const transport = httpTransport({ baseUrl: 'http://host/v1/', fetch, headers: { authorization: 'Bearer k' } })
    const result = await collectChat(
      streamChat(transport, { ...request, temperature: 0 }, { headers: { 'OG-Inference-Mode': 'TEE' } }),
    )
    const [sent] = requests
    const body = { ...request, temperature: 0, stream: true, stream_options: { include_usage: true } }
    expect(sent?.url).toBe('http://host/v1/chat/completions')
    expect(JSON.parse(String(sent?.init.body))).toEqual(body)
    expect(result.request).toEqual(body)
    expect(sent?.init).toMatchObject({
      method: 'POST',
      redirect: 'error',
      headers: { authorization: 'Bearer k', 'OG-Inference-Mode': 'TEE', 'content-type': 'application/json' },
    })
  })

  test('behavior: cut at every byte border', async () => {
    const bytes = new TextEncoder().encode(hello.replaceAll('\n', '\r\n'))
    const whole = await collect(hello)
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const result = await collect([bytes.subarray(0, cut), bytes.subarray(cut)])
      expect(result.body, `cut at ${cut}`).toEqual(whole.body)
    }
  })

  test('behavior: the rebuilt body equals the unstreamed one', async () => {
    const call = (index: number, id: string): JsonObject => ({
      index,
      id,
      type: 'function',
      function: { name: 'f', arguments: '' },
    })
    const streamed = await collect(
      sse(
        chatChunk({ role: 'assistant', content: null, tool_calls: [call(0, 'a')] }),
        chatChunk({ tool_calls: [{ index: 0, function: { arguments: '{"x":' } }] }),
        chatChunk({ tool_calls: [{ index: 0, function: { arguments: '1}' } }] }),
        chatChunk({ tool_calls: [call(1, 'b')] }),
        { ...(chatChunk({}, 'tool_calls') as object), system_fingerprint: 'fp', service_tier: null },
        usageChunk,
        '[DONE]',
      ),
    )
    const body = {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 7,
      model: 'm',
      system_fingerprint: 'fp',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: null,
            refusal: null,
            tool_calls: [
              { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
              { id: 'b', type: 'function', function: { name: 'f', arguments: '{}' } },
            ],
          },
          logprobs: null,
          finish_reason: 'tool_calls',
        },
      ],
      usage,
    }
    expect(streamed.body).toEqual(body)
    const unstreamed = await chat(transportOf(Response.json(body)), request)
    expect({ ...streamed, headers: 0, request: 0, requestId: 0 }).toEqual({
      ...unstreamed,
      headers: 0,
      request: 0,
      requestId: 0,
    })
  })

  const finish = chatChunk({}, 'stop')
  const text = chatChunk({ content: 'ok' })
  test.each<[string, string]>([
    ['no [DONE], usage chunk seen', sse(text, finish, usageChunk)],
    ['no role', sse(text, finish, '[DONE]')],
    ['no blank line at the end', `${sse(text, finish)}data: [DONE]`],
    ['comments and heartbeats', `: ping\n\n${sse(text)}:\n\n: ping\n\n${sse(finish, '[DONE]')}`],
    ['named message events and ids', sse(text, finish, '[DONE]').replaceAll('data:', 'event: message\nid: 1\ndata:')],
    [
      'events of other names',
      `event: og.receipt\ndata: {"choices":"?"}\n\nevent: ping\ndata: pong\n\n${sse(text, finish, '[DONE]')}`,
    ],
    ['Azure first chunk', sse({ choices: [], prompt_filter_results: [] }, text, finish, '[DONE]')],
    ['usage without choices', sse(text, finish, { usage }, '[DONE]')],
    ['usage on the finish chunk', sse(text, { ...(finish as object), usage })],
    ['content as parts', sse(chatChunk({ content: [{ type: 'text', text: 'ok' }] }), finish, '[DONE]')],
    ['an unstreamed body', JSON.stringify({ choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }] })],
    ['data lines without space', sse(text, finish, '[DONE]').replaceAll('data: ', 'data:')],
  ])('behavior: tolerates %s', async (_name, stream) => {
    expect((await collect(stream)).text).toBe('ok')
  })

  test('behavior: reasoning, refusals and odd finish reasons', async () => {
    const result = await collect(
      sse(
        chatChunk({ reasoning: 'hm' }),
        chatChunk({ reasoning_content: 'm' }),
        chatChunk({ refusal: 'No.' }),
        chatChunk({}, 'eos'),
        '[DONE]',
      ),
    )
    expect(result).toMatchObject({ reasoning: 'hmm', refusal: 'No.', text: '', finishReason: 'other' })
    expect(result.message).toEqual({ role: 'assistant', content: null, refusal: 'No.', reasoning_content: 'hmm' })
  })

  test('behavior: stop with tool calls means tool_calls', async () => {
    const call = { index: 0, id: 'a', function: { name: 'f', arguments: { x: 1 } } }
    const result = await collect(sse(chatChunk({ tool_calls: [call] }), chatChunk({}, 'stop'), '[DONE]'))
    expect(result.finishReason).toBe('tool_calls')
    expect(result.toolCalls[0]?.function.arguments).toBe('{"x":1}')
  })

  test.each<[string, string]>([
    ['nothing at all', ''],
    ['text only', sse(text)],
    ['[DONE] without finish reason', sse(text, '[DONE]')],
    ['neither [DONE] nor the usage asked for', sse(text, finish)],
  ])('error: truncated stream: %s', async (_name, stream) => {
    const error = await failure(collect(stream))
    expect(error.code).toBe('STREAM_TRUNCATED')
    expect(error.requestId).toBe('req-1')
    expect(error.partial?.text).toBe(stream === '' ? undefined : 'ok')
  })

  test('error: the connection breaks', async () => {
    const broken = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(sse(text)))
      },
      pull(controller) {
        controller.error(new TypeError('terminated'))
      },
    })
    const error = await failure(collectChat(streamChat(transportOf(new Response(broken)), request)))
    expect(error).toMatchObject({ code: 'STREAM_TRUNCATED', isRetryable: false })
    expect(error.cause).toBeInstanceOf(TypeError)
  })

  test.each<[string, string]>([
    ['plain', sse(text, { error: { message: 'overloaded', type: 'server_error', param: null, code: 'busy' } })],
    ['named', `${sse(text)}event: error\ndata: {"error":{"message":"overloaded","code":"busy"}}\n\n`],
  ])('error: an error inside the stream, %s', async (_name, stream) => {
    const error = await failure(collect(stream))
    expect(error).toMatchObject({
      code: 'STREAM_ERROR',
      message: 'overloaded',
      api: { code: 'busy' },
      partial: { text: 'ok' },
    })
  })

  test('error: status 200 with an error body', async () => {
    const error = await failure(collect(JSON.stringify({ error: { message: 'no', code: 'x' } })))
    expect(error).toMatchObject({ code: 'STREAM_ERROR', message: 'no', partial: undefined, isRetryable: true })
  })

  test.each<[string, string]>([
    ['malformed JSON', `${sse(text)}data: {"choices":[\n\n`],
    ['an array', sse(text, [1])],
    ['a second choice', sse(text, { choices: [{ index: 1, delta: { content: 'x' } }] })],
    [
      'a call without a name',
      sse(text, chatChunk({ tool_calls: [{ index: 0, id: 'a', function: { arguments: '{}' } }] }), finish, '[DONE]'),
    ],
  ])('error: invalid chunks: %s', async (_name, stream) => {
    expect(await failure(collect(stream))).toMatchObject({ code: 'INVALID_RESPONSE', partial: { text: 'ok' } })
  })

  test('error: a stream above the bound', async () => {
    const events = streamChat(transportOf(sseResponse([hello])), request, { maxResponseBytes: 100 })
    expect((await failure(collectChat(events))).code).toBe('RESPONSE_TOO_LARGE')
  })

  test('behavior: pulls only what is asked for, and leaving the loop cancels', async () => {
    const pieces = Array.from({ length: 1000 }, () => sse(text))
    const watched = watchedBody(pieces)
    let seen = 0
    for await (const event of streamChat(transportOf(new Response(watched.body)), request)) {
      if (event.type === 'text-delta') seen += 1
      if (seen === 10) break
    }
    expect(watched.pulled()).toBeLessThanOrEqual(12)
    expect(watched.isCancelled()).toBe(true)
  })

  test('behavior: leaving at the start event cancels', async () => {
    const watched = watchedBody([sse(text)], { ends: false })
    for await (const _event of streamChat(transportOf(new Response(watched.body)), request)) break
    expect(watched.isCancelled()).toBe(true)
  })

  test('error: abort in the middle carries what had arrived', async () => {
    const watched = watchedBody([sse(text)], { ends: false })
    const controller = new AbortController()
    const events = streamChat(transportOf(new Response(watched.body)), request, { signal: controller.signal })
    const error = await failure(
      (async () => {
        for await (const event of events) if (event.type === 'text-delta') setTimeout(() => controller.abort(), 5)
      })(),
    )
    expect(error).toMatchObject({ code: 'ABORTED', isRetryable: false, partial: { text: 'ok' } })
    expect(watched.isCancelled()).toBe(true)
  })

  test('error: a deadline', async () => {
    const watched = watchedBody([], { ends: false })
    const events = streamChat(transportOf(new Response(watched.body)), request, { signal: AbortSignal.timeout(5) })
    expect(await failure(collectChat(events))).toMatchObject({ code: 'TIMEOUT', partial: undefined })
  })

  test('behavior: leaves no listener on a long-lived signal', async () => {
    const { signal } = new AbortController()
    let listeners = 0
    let added = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = ((...parameters: Parameters<typeof add>) => {
      listeners += 1
      added += 1
      add(...parameters)
    }) as typeof signal.addEventListener
    signal.removeEventListener = ((...parameters: Parameters<typeof remove>) => {
      listeners -= 1
      remove(...parameters)
    }) as typeof signal.removeEventListener
    for (let call = 0; call < 50; call += 1)
      await collectChat(streamChat(transportOf(sseResponse([hello])), request, { signal }))
    expect(added).toBeGreaterThan(0)
    expect(listeners).toBe(0)
  })
})

describe('collectChat', () => {
  test('error: events without an end', async () => {
    async function* none(): AsyncIterable<ChatEvent> {
      yield { type: 'text-delta', text: 'a' }
    }
    expect((await failure(collectChat(none()))).code).toBe('STREAM_TRUNCATED')
  })
})

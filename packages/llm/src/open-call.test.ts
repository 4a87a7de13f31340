import { describe, expect, test } from 'vitest'
import { chatChunk, scriptedFetch, sse, sseResponse, watchedBody } from '../test/support/streams.js'
import { createTestTimers, settle, type TestTimers } from '../test/support/timers.js'
import type { EndInfo, RequestInfo, RetryInfo, Timeouts } from './call-policy.js'
import { chat } from './chat.js'
import { LlmError } from './llm-error.js'
import { streamChat } from './stream-chat.js'
import { type Fetch, httpTransport, type Transport } from './transport.js'

const request = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] }
const body = { id: 'a', choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }] }
const whole = sse(chatChunk({ content: 'ok' }), chatChunk({}, 'stop'), '[DONE]')
const good = (): Response => Response.json(body)
const bad =
  (status: number, headers: Record<string, string> = {}) =>
  (): Response =>
    new Response('', { status, headers })

function transportOf(fetch: Fetch, timers: TestTimers, timeouts: Timeouts = {}): Transport {
  return httpTransport({ baseUrl: 'https://host/v1', fetch, timers, timeouts, logLevel: 'off' })
}

async function failureOf(promise: Promise<unknown>): Promise<LlmError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof LlmError) return error
    throw error
  }
  throw new Error('expected an LlmError')
}

describe('retries', () => {
  test('default: two, with growing delays and the very same body', async () => {
    const timers = createTestTimers({ isInstant: true })
    const { fetch, requests } = scriptedFetch(bad(500), bad(503), good)
    expect((await chat(transportOf(fetch, timers), request)).text).toBe('ok')
    expect(timers.waits).toEqual([500, 1000])
    const bodies = requests.map(({ init }) => init.body)
    expect(new Set(bodies).size).toBe(1)
    expect(typeof bodies[0]).toBe('string')
    expect(timers.running()).toBe(0)
  })

  test('behavior: a body that changes while it is retried is sent as it was', async () => {
    const messages = [{ role: 'user' as const, content: 'first' }]
    const { fetch, requests } = scriptedFetch(bad(500), good)
    const changing: Fetch = async (url, init) => {
      const answer = await fetch(url, init)
      messages[0] = { role: 'user', content: 'second' }
      return answer
    }
    await chat(transportOf(changing, createTestTimers({ isInstant: true })), { model: 'm', messages })
    expect(requests[1]?.init.body).toBe(requests[0]?.init.body)
  })

  test.each([408, 409, 429, 500, 502, 503, 529])('behavior: status %i is repeated', async (status) => {
    const { fetch, requests } = scriptedFetch(bad(status), good)
    await chat(transportOf(fetch, createTestTimers({ isInstant: true })), request)
    expect(requests).toHaveLength(2)
  })

  test.each([400, 401, 402, 403, 404, 413, 422])('behavior: status %i is not', async (status) => {
    const { fetch, requests } = scriptedFetch(bad(status), good)
    expect(await failureOf(chat(transportOf(fetch, createTestTimers({ isInstant: true })), request))).toMatchObject({
      status,
    })
    expect(requests).toHaveLength(1)
  })

  test.each<[string, number, string, number]>([
    ['never when the server says not to', 500, 'false', 1],
    ['where the server says so', 400, 'true', 2],
    ['never a 402, whatever the server says', 402, 'true', 1],
  ])('behavior: %s', async (_name, status, wish, count) => {
    const { fetch, requests } = scriptedFetch(bad(status, { 'x-should-retry': wish }), good)
    await chat(transportOf(fetch, createTestTimers({ isInstant: true })), request).catch(() => undefined)
    expect(requests).toHaveLength(count)
  })

  test.each<[string, Record<string, string>, number]>([
    ['milliseconds', { 'retry-after-ms': '120' }, 120],
    ['seconds', { 'retry-after': '3' }, 3000],
    ['a date', { 'retry-after': 'Thu, 01 Jan 2026 00:00:07 GMT' }, 7000],
    ['nonsense', { 'retry-after': '-1' }, 500],
  ])('behavior: waits as the server asks: %s', async (_name, headers, delay) => {
    const timers = createTestTimers({ isInstant: true })
    await chat(transportOf(scriptedFetch(bad(429, headers), good).fetch, timers), request)
    expect(timers.waits).toEqual([delay])
  })

  test('behavior: a server that asks for more than a minute gets its error through', async () => {
    const { fetch, requests } = scriptedFetch(bad(429, { 'retry-after': '61' }), good)
    const error = await failureOf(chat(transportOf(fetch, createTestTimers({ isInstant: true })), request))
    expect(error.retryAfterMs).toBe(61_000)
    expect(requests).toHaveLength(1)
  })

  test('behavior: what a fetch throws on purpose is not repeated, network failures are', async () => {
    const refused = Object.assign(new Error('too dear'), { name: 'X402Error', code: 'EXPIRED' })
    let calls = 0
    const failing =
      (error: Error): Fetch =>
      async () => {
        calls += 1
        throw error
      }
    const timers = createTestTimers({ isInstant: true })
    await expect(chat(transportOf(failing(refused), timers), request)).rejects.toBe(refused)
    expect(calls).toBe(1)
    calls = 0
    expect((await failureOf(chat(transportOf(failing(new TypeError('fetch failed')), timers), request))).code).toBe(
      'CONNECTION',
    )
    expect(calls).toBe(3)
    calls = 0
    const reset = Object.assign(new Error('read'), { code: 'ECONNRESET' })
    expect((await failureOf(chat(transportOf(failing(reset), timers), request))).code).toBe('CONNECTION')
    expect(calls).toBe(3)
  })

  test('behavior: a body that breaks off is asked for again', async () => {
    const broken = (): Response => {
      let isFirst = true
      return new Response(
        new ReadableStream({
          pull(controller) {
            if (isFirst) controller.enqueue(new TextEncoder().encode('{"id"'))
            else controller.error(new TypeError('terminated'))
            isFirst = false
          },
        }),
      )
    }
    const { fetch, requests } = scriptedFetch(broken, good)
    await chat(transportOf(fetch, createTestTimers({ isInstant: true })), request)
    expect(requests).toHaveLength(2)
  })

  test('behavior: a stream is repeated while nothing of it has come, and starts again', async () => {
    const { fetch, requests } = scriptedFetch(
      () => sseResponse([': ping\n\n']),
      () => sseResponse([whole]),
    )
    const types: string[] = []
    for await (const event of streamChat(transportOf(fetch, createTestTimers({ isInstant: true })), request))
      types.push(event.type)
    expect(types).toEqual(['start', 'start', 'text-delta', 'finish', 'end'])
    expect(requests[1]?.init.body).toBe(requests[0]?.init.body)
  })

  test('behavior: a stream of which something came is not', async () => {
    const { fetch, requests } = scriptedFetch(
      () => sseResponse([sse(chatChunk({ content: 'o' }))]),
      () => sseResponse([whole]),
    )
    const error = await failureOf(
      streamChat(transportOf(fetch, createTestTimers({ isInstant: true })), request).final(),
    )
    expect(error).toMatchObject({ code: 'STREAM_TRUNCATED', partial: { text: 'o' } })
    expect(requests).toHaveLength(1)
  })

  test('behavior: retries: 0, and a transport without a policy, send once', async () => {
    const once = scriptedFetch(bad(500), good)
    await failureOf(chat(transportOf(once.fetch, createTestTimers({ isInstant: true })), request, { retries: 0 }))
    expect(once.requests).toHaveLength(1)
    let sent = 0
    const bare: Transport = {
      async send() {
        sent += 1
        return bad(500)()
      },
    }
    await failureOf(chat(bare, request))
    expect(sent).toBe(1)
  })

  test('error: abort while waiting for the next attempt', async () => {
    const timers = createTestTimers()
    const controller = new AbortController()
    const { fetch, requests } = scriptedFetch(bad(500), good)
    const failure = failureOf(chat(transportOf(fetch, timers), request, { signal: controller.signal }))
    await settle()
    controller.abort()
    expect(await failure).toMatchObject({ code: 'ABORTED', name: 'AbortError' })
    expect(requests).toHaveLength(1)
    expect(timers.running()).toBe(0)
  })
})

describe('timeouts', () => {
  const never: Fetch = () => new Promise(() => undefined)

  test('error: connect, after every attempt', async () => {
    const timers = createTestTimers()
    let calls = 0
    const signals: (AbortSignal | null | undefined)[] = []
    const silent: Fetch = (url, init) => {
      calls += 1
      signals.push(init.signal)
      return never(url, init)
    }
    const failure = failureOf(chat(transportOf(silent, timers, { connectMs: 100 }), request, { retries: 1 }))
    await settle()
    await timers.advance(100)
    expect(signals[0]?.aborted).toBe(true)
    await timers.advance(500)
    expect(calls).toBe(2)
    await timers.advance(100)
    expect(await failure).toMatchObject({ code: 'TIMEOUT', phase: 'connect', name: 'TimeoutError' })
    expect(timers.running()).toBe(0)
  })

  test('error: total, over all attempts', async () => {
    const timers = createTestTimers()
    const { fetch, requests } = scriptedFetch(bad(500), bad(500), good)
    const failure = failureOf(chat(transportOf(fetch, timers, { totalMs: 700 }), request))
    await settle()
    await timers.advance(700)
    expect(await failure).toMatchObject({ code: 'TIMEOUT', phase: 'total' })
    expect(requests).toHaveLength(2)
  })

  test('error: first token: heartbeats do not count', async () => {
    const timers = createTestTimers()
    const beating = watchedBody([': ping\n\n', ': ping\n\n'], { ends: false })
    const transport = transportOf(async () => new Response(beating.body), timers, { firstTokenMs: 100 })
    const failure = failureOf(streamChat(transport, request, { retries: 0 }).final())
    await settle()
    await timers.advance(100)
    expect(await failure).toMatchObject({ code: 'TIMEOUT', phase: 'first-token' })
    expect(beating.isCancelled()).toBe(true)
  })

  test('error: idle, with what had come', async () => {
    const timers = createTestTimers()
    const stuck = watchedBody([sse(chatChunk({ content: 'o' }))], { ends: false })
    const failure = failureOf(
      streamChat(
        transportOf(async () => new Response(stuck.body), timers, { idleMs: 100 }),
        request,
      ).final(),
    )
    await settle()
    await timers.advance(99)
    expect(stuck.isCancelled()).toBe(false)
    await timers.advance(101)
    expect(await failure).toMatchObject({ code: 'TIMEOUT', phase: 'idle', partial: { text: 'o' } })
    expect(stuck.isCancelled()).toBe(true)
  })

  test('behavior: a slow reader is not a silent server', async () => {
    const timers = createTestTimers()
    const transport = transportOf(async () => sseResponse([sse(chatChunk({ content: 'o' })), whole]), timers, {
      idleMs: 100,
    })
    const texts: string[] = []
    for await (const event of streamChat(transport, request)) {
      await timers.advance(1000)
      if (event.type === 'text-delta') texts.push(event.text)
    }
    expect(texts).toEqual(['o', 'ok'])
    expect(timers.running()).toBe(0)
  })

  test('error: a transport that ignores its signal is left all the same', async () => {
    const controller = new AbortController()
    let isCancelled = false
    let answer: (response: Response) => void = () => undefined
    const deaf: Transport = {
      send: () =>
        new Promise((resolve) => {
          answer = resolve
        }),
    }
    const failure = failureOf(chat(deaf, request, { signal: controller.signal }))
    controller.abort()
    expect((await failure).code).toBe('ABORTED')
    answer(
      new Response(
        new ReadableStream({
          cancel() {
            isCancelled = true
          },
        }),
      ),
    )
    await settle()
    expect(isCancelled).toBe(true)
  })

  test('behavior: ten thousand calls on one signal leave nothing behind', async () => {
    const { signal } = new AbortController()
    let listeners = 0
    let most = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = ((...parameters: Parameters<typeof add>) => {
      listeners += 1
      most = Math.max(most, listeners)
      add(...parameters)
    }) as typeof signal.addEventListener
    signal.removeEventListener = ((...parameters: Parameters<typeof remove>) => {
      listeners -= 1
      remove(...parameters)
    }) as typeof signal.removeEventListener
    const transport = transportOf(async () => good(), createTestTimers())
    for (let call = 0; call < 10_000; call += 1) await chat(transport, request, { signal })
    expect(listeners).toBe(0)
    expect(most).toBe(1)
  })
})

describe('hooks', () => {
  test('default: requests, answers, retries and the end are told', async () => {
    const told: string[] = []
    const hooks = {
      onRequest: ({ attempt, path, method }: RequestInfo) => told.push(`${method} ${path} ${attempt}`),
      onResponse: ({ status, requestId }: { status: number; requestId: string | undefined }) =>
        told.push(`${status} ${requestId}`),
      onRetry: ({ error, delayMs }: RetryInfo) => told.push(`${error.code} ${delayMs}`),
      onEnd: ({ attempts, error }: EndInfo) => told.push(`end ${attempts} ${error}`),
    }
    const { fetch } = scriptedFetch(bad(500, { 'x-request-id': 'r1' }), good)
    await chat(transportOf(fetch, createTestTimers({ isInstant: true })), request, { hooks })
    expect(told).toEqual([
      'POST /chat/completions 1',
      '500 r1',
      'SERVER_ERROR 500',
      'POST /chat/completions 2',
      '200 undefined',
      'end 2 undefined',
    ])
  })

  test('behavior: what a hook throws does not reach the call', async () => {
    const hooks = {
      onRequest() {
        throw new Error('hook')
      },
    }
    const transport = httpTransport({ baseUrl: 'https://host/v1', fetch: async () => good(), hooks })
    expect((await chat(transport, request)).text).toBe('ok')
  })

  test('behavior: a stream that is left tells its end', async () => {
    const ends: unknown[] = []
    const transport = transportOf(async () => sseResponse([whole]), createTestTimers())
    for await (const _ of streamChat(transport, request, { hooks: { onEnd: ({ error }) => ends.push(error) } })) break
    expect(ends).toMatchObject([{ code: 'ABORTED' }])
  })
})

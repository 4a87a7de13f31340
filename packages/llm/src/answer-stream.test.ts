import { describe, expect, test } from 'vitest'
import { chatChunk, sse, sseResponse, watchedBody } from '../test/support/streams.js'
import { completion } from './completion.js'
import type { JsonObject } from './json.js'
import { AbortError, isAbortError, isStreamTruncatedError, LlmError } from './llm-error.js'
import type { ChatRequest } from './message.js'
import { streamChat } from './stream-chat.js'
import { streamCompletion } from './stream-completion.js'
import type { Transport } from './transport.js'

const request: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] }
const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, og: { payment_hash: '0xabc' } }
const usageChunk = { ...(chatChunk({}) as object), choices: [], usage }
const text = (content: string): unknown => chatChunk({ content })
const whole = sse(text('Bon'), text('jour'), chatChunk({}, 'stop'), usageChunk, '[DONE]')

function transportOf(response: Response): Transport {
  return { send: async () => response }
}

function streamOf(pieces: string | readonly string[]): ReturnType<typeof streamChat> {
  return streamChat(transportOf(sseResponse(typeof pieces === 'string' ? [pieces] : pieces)), request)
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

describe('final and text', () => {
  test('default', async () => {
    expect(await streamOf(whole).text()).toBe('Bonjour')
    expect(await streamOf(whole).final()).toMatchObject({ text: 'Bonjour', usage, status: 200 })
  })

  test('behavior: after a loop they return what the loop has read', async () => {
    const stream = streamOf(whole)
    for await (const _ of stream);
    expect(await stream.text()).toBe('Bonjour')
    expect((await stream.final()).usage).toEqual(usage)
  })

  test('behavior: in the middle they read what is left', async () => {
    const stream = streamOf(whole)
    await stream.next()
    await stream.next()
    expect(await stream.text()).toBe('Bonjour')
  })

  test('error: after a loop that was left, with what it had read', async () => {
    const stream = streamOf(whole)
    for await (const event of stream) if (event.type === 'text-delta') break
    const error = await failureOf(stream.final())
    expect(error).toBeInstanceOf(AbortError)
    expect(error).toMatchObject({ code: 'ABORTED', partial: { text: 'Bon' } })
  })

  test('error: the same error again and again', async () => {
    const stream = streamOf(sse(text('Bon')))
    const error = await failureOf(stream.final())
    expect(isStreamTruncatedError(error)).toBe(true)
    expect(await failureOf(stream.text())).toBe(error)
    expect(await stream.next()).toEqual({ done: true, value: undefined })
  })

  test('error: abort carries text and usage', async () => {
    const controller = new AbortController()
    const watched = watchedBody([sse(text('Bon'), usageChunk)], { ends: false })
    const stream = streamChat(transportOf(new Response(watched.body)), request, { signal: controller.signal })
    setTimeout(() => controller.abort(new Error('enough')), 5)
    const error = await failureOf(stream.final())
    expect(isAbortError(error) && error.partial).toEqual({ text: 'Bon', reasoning: '', toolCalls: [], usage })
    expect(watched.isCancelled()).toBe(true)
  })
})

describe('pulling', () => {
  test('behavior: at most two events wait while the reader rests, however many came at once', async () => {
    const pieces = Array.from({ length: 200 }, (_, index) => sse(text(`${index} `)))
    const watched = watchedBody(pieces)
    const stream = streamChat(transportOf(new Response(watched.body)), request)
    let seen = 0
    for await (const event of stream) {
      if (event.type === 'text-delta') seen += 1
      await new Promise((resolve) => setTimeout(resolve, 1))
      expect(watched.pulled() - seen).toBeLessThanOrEqual(2)
      if (seen === 50) break
    }
    expect(watched.isCancelled()).toBe(true)
  })

  test('behavior: events of one piece are parsed one by one', async () => {
    const parsed: string[] = []
    const parse = JSON.parse
    JSON.parse = ((...parameters: Parameters<typeof parse>) => {
      parsed.push(parameters[0])
      return parse(...parameters)
    }) as typeof parse
    try {
      const reasoning = Array.from({ length: 50 }, (_, index) => chatChunk({ reasoning: `${index}` }))
      const stream = streamOf(sse(...reasoning))
      let seen = 0
      for await (const event of stream) {
        if (event.type === 'reasoning-delta') seen += 1
        expect(parsed.length - seen).toBeLessThanOrEqual(2)
        if (seen === 10) break
      }
      expect(seen).toBe(10)
    } finally {
      JSON.parse = parse
    }
  })

  test('behavior: nothing is sent before the first read', async () => {
    let sent = 0
    const transport: Transport = {
      async send() {
        sent += 1
        return sseResponse([whole])
      },
    }
    const stream = streamChat(transport, request)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(sent).toBe(0)
    await stream.final()
    expect(sent).toBe(1)
  })

  test('behavior: reads that do not wait for each other come out in order', async () => {
    const stream = streamOf(whole)
    const reads = await Promise.all(Array.from({ length: 7 }, () => stream.next()))
    expect(reads.map(({ value }) => value?.type)).toEqual([
      'start',
      'text-delta',
      'text-delta',
      'finish',
      'usage',
      'end',
      undefined,
    ])
  })

  test('behavior: a stream that is left while it waits for the head cancels the answer', async () => {
    const watched = watchedBody([whole])
    let answer: (response: Response) => void = () => undefined
    const transport: Transport = {
      send: () =>
        new Promise((resolve) => {
          answer = resolve
        }),
    }
    const stream = streamChat(transport, request)
    const read = stream.next()
    await stream.return()
    answer(new Response(watched.body))
    expect((await read).done).toBe(true)
    expect(watched.isCancelled()).toBe(true)
  })
})

describe('toReadableStream and toResponse', () => {
  const call = (index: number, fn: JsonObject, rest: JsonObject = {}): unknown =>
    chatChunk({ tool_calls: [{ index, ...rest, function: fn }] })
  const rich = sse(
    chatChunk({ role: 'assistant', reasoning_content: 'hm' }),
    chatChunk({ reasoning_details: [{ type: 'reasoning.text', index: 0, text: 'hm' }] }),
    chatChunk({ reasoning_details: [{ type: 'reasoning.text', index: 0, signature: 'sig' }] }),
    text('Bon "jour" 🦊\n'),
    call(0, { name: 'f', arguments: '{"x"' }, { id: 'a', extra_content: { google: { thought_signature: 'ts' } } }),
    call(0, { arguments: ':1}' }),
    call(1, { name: 'g', arguments: '' }, { id: 'b' }),
    chatChunk({}, 'tool_calls'),
    usageChunk,
    '[DONE]',
  )

  test('default: what another client reads from it is the same answer', async () => {
    const first = await streamOf(rich).final()
    const forwarded = streamOf(rich).toResponse({ headers: { 'x-request-id': 'r' }, status: 201 })
    expect(forwarded.status).toBe(201)
    expect(forwarded.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const second = await streamChat(transportOf(forwarded), request).final()
    expect(second.body).toEqual(first.body)
    expect(second.message).toEqual(first.message)
    expect(second.requestId).toBe('r')
    expect(first.message.reasoning_details).toEqual([
      { type: 'reasoning.text', index: 0, text: 'hm', signature: 'sig' },
    ])
    expect(first.toolCalls[0]?.extra_content).toEqual({ google: { thought_signature: 'ts' } })
  })

  test('behavior: it is pulled, and cancelling it cancels the answer', async () => {
    const watched = watchedBody(Array.from({ length: 100 }, () => sse(text('a'))))
    const reader = streamChat(transportOf(new Response(watched.body)), request)
      .toReadableStream()
      .getReader()
    await reader.read()
    await reader.read()
    expect(watched.pulled()).toBeLessThanOrEqual(3)
    await reader.cancel()
    expect(watched.isCancelled()).toBe(true)
  })

  test.each<[string, string, string]>([
    ['a truncated stream', sse(text('a')), 'stream_truncated'],
    ['an error in the stream', sse(text('a'), { error: { message: 'late', code: 'busy' } }), 'busy'],
  ])('error: %s is an error for the next reader, too', async (_name, pieces, code) => {
    const forwarded = streamOf(pieces).toResponse()
    const error = await failureOf(streamChat(transportOf(forwarded), request).final())
    expect(error).toMatchObject({ code: 'STREAM_ERROR', api: { code }, partial: { text: 'a' } })
  })
})

describe('streamCompletion', () => {
  const chunk = (content: string, reason: string | null = null): unknown => ({
    id: 'cmpl-1',
    object: 'text_completion',
    created: 7,
    model: 'm',
    choices: [{ index: 0, text: content, logprobs: null, finish_reason: reason }],
  })
  const completed = sse(
    chunk('a'),
    chunk('b'),
    chunk('c "d"'),
    chunk('', 'stop'),
    { ...(chunk('') as object), choices: [], usage },
    '[DONE]',
  )
  const prompt = { model: 'm', prompt: 'Hi' }

  test('default', async () => {
    const stream = streamCompletion(transportOf(sseResponse([completed])), prompt)
    const types: string[] = []
    for await (const event of stream) types.push(event.type)
    expect(types).toEqual(['start', 'text-delta', 'text-delta', 'text-delta', 'finish', 'usage', 'end'])
    expect(await stream.text()).toBe('abc "d"')
  })

  test('behavior: cut at every byte border, and forwarded', async () => {
    const bytes = new TextEncoder().encode(completed)
    const first = await streamCompletion(transportOf(sseResponse([completed])), prompt).final()
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const response = sseResponse([bytes.subarray(0, cut), bytes.subarray(cut)])
      expect((await streamCompletion(transportOf(response), prompt).final()).body).toEqual(first.body)
    }
    const forwarded = streamCompletion(transportOf(sseResponse([completed])), prompt).toResponse()
    expect((await streamCompletion(transportOf(forwarded), prompt).final()).body).toEqual(first.body)
    expect((await completion(transportOf(Response.json(first.body)), prompt)).text).toBe(first.text)
  })

  test('error: truncated', async () => {
    const stream = streamCompletion(transportOf(sseResponse([sse(chunk('a'))])), prompt)
    expect(await failureOf(stream.final())).toMatchObject({ code: 'STREAM_TRUNCATED', partial: { text: 'a' } })
  })
})

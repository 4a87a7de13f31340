import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  type ChatMessage,
  chat,
  defineTool,
  type Fetch,
  httpTransport,
  isLlmError,
  LlmError,
  runTools,
  streamChat,
  type Transport,
} from '../src/index.js'
import { chatChunk, sse } from './support/streams.js'
import { createTestTimers } from './support/timers.js'
import { type Answer, answers, startWireServer, streams, type WireServer } from './support/wire-server.js'

/** What users of other clients complain about, as tests of this one. The matrix beside this file has the odd shapes of streams. */
let server: WireServer
beforeAll(async () => {
  server = await startWireServer()
})
afterAll(() => server.close())

const request = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] }
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
const text = chatChunk({ content: 'ok' })
const whole = sse(text, { ...(chatChunk({}, 'stop') as object), usage }, '[DONE]')
const good = JSON.stringify({ id: 'a', choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }], usage })
const eventStream = { 'content-type': 'text/event-stream' }

function transportTo(answer: Answer, fetch?: Fetch): Transport {
  const timers = createTestTimers({ isInstant: true })
  return httpTransport({ baseUrl: server.serve(answer), timers, ...(fetch ? { fetch } : {}) })
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

/** Answers with each of the messages in turn. */
function inTurn(...messages: readonly object[]): Answer {
  return (response, attempt) => {
    const message = messages[attempt - 1] ?? messages.at(-1)
    const reason = message && 'tool_calls' in message ? 'tool_calls' : 'stop'
    answers(200, JSON.stringify({ id: `a${attempt}`, choices: [{ message, finish_reason: reason }], usage }))(
      response,
      attempt,
      '',
    )
  }
}

const calling = (name: string, args: string, rest: object = {}): object => ({
  content: null,
  tool_calls: [{ id: 'c1', type: 'function', function: { name, arguments: args }, ...rest }],
})

describe('tool calls', () => {
  test('they are handed on while they grow, not when they are whole', async () => {
    let finish: () => void = () => undefined
    const held: Answer = (response: ServerResponse) => {
      response.writeHead(200, eventStream)
      const call = { index: 0, id: 'a', function: { name: 'write', arguments: '{"text":"' } }
      response.write(sse(chatChunk({ tool_calls: [call] })))
      finish = () =>
        response.end(
          sse(
            chatChunk({ tool_calls: [{ index: 0, function: { arguments: '"}' } }] }),
            chatChunk({}, 'tool_calls'),
            '[DONE]',
          ),
        )
    }
    const pieces: string[] = []
    for await (const event of streamChat(transportTo(held), request)) {
      if (event.type !== 'tool-call-delta') continue
      pieces.push(event.arguments)
      if (pieces.length === 1) finish()
    }
    expect(pieces).toEqual(['{"text":"', '"}'])
  })

  test('arguments that are no JSON never reach a tool', async () => {
    let ran = 0
    const pay = defineTool({ name: 'pay', parameters: z.object({}), execute: () => (ran += 1) })
    const run = await runTools(transportTo(inTurn(calling('pay', '{"to":'), { content: 'sorry' })), request, {
      tools: [pay],
    })
    expect(ran).toBe(0)
    expect(run.steps[0]?.toolResults[0]?.content).toContain('INVALID_JSON')
  })

  test('a model that calls again and again is stopped, and the result says so', async () => {
    const again = defineTool({ name: 'again', parameters: {}, execute: () => 'ok' })
    const run = await runTools(transportTo(inTurn(calling('again', '{}'))), request, { tools: [again], maxSteps: 3 })
    expect(run).toMatchObject({ stopReason: 'max_steps', usage: { promptTokens: 9 } })
    expect(run.steps).toHaveLength(3)
  })

  test('a run does not stop after its tools with an empty text', async () => {
    const now = defineTool({ name: 'now', parameters: {}, execute: () => 'noon' })
    const run = await runTools(transportTo(inTurn(calling('now', ''), { content: 'It is noon.' })), request, {
      tools: [now],
    })
    expect(run.text).toBe('It is noon.')
  })

  test('required becomes auto after the first step, or the run would never end', async () => {
    const choices: unknown[] = []
    const turns = inTurn(calling('now', ''), { content: 'done' })
    const watching: Answer = (response, attempt, body) => {
      choices.push(JSON.parse(body).tool_choice)
      return turns(response, attempt, body)
    }
    const now = defineTool({ name: 'now', parameters: {}, execute: () => 'noon' })
    await runTools(transportTo(watching), { ...request, tool_choice: 'required' }, { tools: [now] })
    expect(choices).toEqual(['required', 'auto'])
  })

  test('signatures of reasoning go back with the next step, unread', async () => {
    const details = [
      { type: 'reasoning.text', index: 0, text: 'hm', signature: 'c2ln', format: 'anthropic-claude-v1' },
      { type: 'reasoning.encrypted', index: 1, data: 'ZW5j', id: 'c1', format: 'google-gemini-v1' },
    ]
    const signed = { extra_content: { google: { thought_signature: 'dHM=' } } }
    const first = { ...calling('now', '{}', signed), reasoning_content: 'hm', reasoning_details: details }
    const turns = inTurn(first, { content: 'done' })
    const bodies: { messages: ChatMessage[] }[] = []
    const watching: Answer = (response, attempt, body) => {
      bodies.push(JSON.parse(body))
      return turns(response, attempt, body)
    }
    const now = defineTool({ name: 'now', parameters: {}, execute: () => 'noon' })
    await runTools(transportTo(watching), { ...request, reasoning_effort: 'high' }, { tools: [now] })
    expect(bodies[1]).toMatchObject({ reasoning_effort: 'high' })
    expect(bodies[1]?.messages[1]).toMatchObject({
      role: 'assistant',
      reasoning_content: 'hm',
      reasoning_details: details,
      tool_calls: [signed],
    })
  })
})

describe('streams', () => {
  test('leaving the loop is seen by the server', async () => {
    let closed: () => void = () => undefined
    const isClosed = new Promise<void>((resolve) => {
      closed = resolve
    })
    const endless: Answer = (response) => {
      response.writeHead(200, eventStream)
      const timer = setInterval(() => response.write(sse(text)), 1)
      response.on('close', () => {
        clearInterval(timer)
        closed()
      })
    }
    for await (const event of streamChat(transportTo(endless), request)) if (event.type === 'text-delta') break
    await isClosed
  })

  test('abort never ends a loop silently, and says what had come, usage included', async () => {
    const controller = new AbortController()
    const stuck: Answer = (response) => {
      response.writeHead(200, eventStream)
      response.write(sse({ ...(text as object), usage }))
    }
    const loop = async (): Promise<void> => {
      for await (const event of streamChat(transportTo(stuck), request, { signal: controller.signal }))
        if (event.type === 'text-delta') controller.abort()
    }
    expect(await failureOf(loop())).toMatchObject({ code: 'ABORTED', partial: { text: 'ok', usage } })
  })

  test('a connection that is closed before anything came is tried again', async () => {
    const flaky: Answer = (response, attempt) => {
      if (attempt === 1) response.writeHead(200, eventStream).write(': ping\n\n', () => response.destroy())
      else void streams([whole])(response, attempt, '')
    }
    expect(await streamChat(transportTo(flaky), request).text()).toBe('ok')
  })

  test('usage of an answer that was cut by the token limit is kept', async () => {
    const cut = streams([sse(text, { ...(chatChunk({}, 'length') as object), usage }, '[DONE]')])
    expect(await streamChat(transportTo(cut), request).final()).toMatchObject({ finishReason: 'length', usage })
  })

  test('heartbeats before the first token are life, and nothing to the reader', async () => {
    const slow = streams([...Array.from({ length: 20 }, () => ': ping\n\n'), whole])
    const types: string[] = []
    for await (const event of streamChat(transportTo(slow), request)) types.push(event.type)
    expect(types).toEqual(['start', 'text-delta', 'finish', 'usage', 'end'])
  })

  test('an error has the same code whether it comes before or inside the stream', async () => {
    const error = {
      error: { message: 'too long', type: 'invalid_request_error', param: null, code: 'context_length_exceeded' },
    }
    const before = await failureOf(streamChat(transportTo(answers(400, JSON.stringify(error))), request).final())
    const inside = await failureOf(streamChat(transportTo(streams([sse(text, error)])), request).final())
    expect(inside.api).toEqual(before.api)
    const numbered = { error: { message: 'slow down', code: 429 } }
    const named = await failureOf(streamChat(transportTo(streams([sse(text, numbered)])), request).final())
    expect(named).toMatchObject({ code: 'STREAM_ERROR', status: 429, api: { code: '429' } })
  })
})

describe('retries and payments', () => {
  /** A fetch that pays as the paying fetch of this project does: one payment for one body, sent again when it is tried again. */
  function payingFetch(): { readonly fetch: Fetch; readonly payments: () => number } {
    const paid = new Set<unknown>()
    const fetch: Fetch = (url, init) => {
      paid.add(`${url} ${init.body}`)
      return globalThis.fetch(url, init)
    }
    return { fetch, payments: () => paid.size }
  }

  const fails: readonly (readonly [string, (response: ServerResponse) => void])[] = [
    ['a 500', (response) => void response.writeHead(500).end()],
    ['a 502 with HTML', (response) => void response.writeHead(502, { 'content-type': 'text/html' }).end('<html>')],
    ['a reset before the head', (response) => void response.socket?.resetAndDestroy()],
    [
      'a reset inside the body',
      (response) =>
        void response.writeHead(200, { 'content-length': '99' }).write('{', () => response.socket?.resetAndDestroy()),
    ],
    ['silence', () => undefined],
  ]

  test.each(fails)(
    '%s, twice: one payment',
    async (name, fail) => {
      const paying = payingFetch()
      const baseUrl = server.serve((response, attempt) =>
        attempt < 3 ? fail(response) : answers(200, good)(response, attempt, ''),
      )
      // Only silence needs a limit; on a busy machine it would meet the others, too.
      const timeouts = name === 'silence' ? { connectMs: 800 } : {}
      const transport = httpTransport({ baseUrl, fetch: paying.fetch, timeouts })
      expect((await chat(transport, request)).text).toBe('ok')
      expect(server.attemptsOf(baseUrl)).toBe(3)
      expect(paying.payments()).toBe(1)
    },
    20_000,
  )

  test('what must not be repeated is not: 4xx, and a server that says so', async () => {
    const refusals: readonly (readonly [number, Record<string, string>])[] = [
      [400, {}],
      [402, {}],
      [404, {}],
      [422, {}],
      [500, { 'x-should-retry': 'false' }],
      [409, { 'x-should-retry': 'false' }],
    ]
    for (const [status, headers] of refusals) {
      const baseUrl = server.serve(answers(status, '{}', headers))
      const error = await failureOf(
        chat(httpTransport({ baseUrl, timers: createTestTimers({ isInstant: true }) }), request),
      )
      expect([error.status, server.attemptsOf(baseUrl)]).toEqual([status, 1])
    }
  })
})

describe('errors', () => {
  test('a model that does not exist, a context that is too long, and who to ask about it', async () => {
    const cases = [
      [404, 'model_not_found', 'NOT_FOUND'],
      [400, 'context_length_exceeded', 'BAD_REQUEST'],
    ] as const
    for (const [status, code, ours] of cases) {
      const body = JSON.stringify({ error: { message: 'words', type: 'invalid_request_error', param: 'model', code } })
      const error = await failureOf(chat(transportTo(answers(status, body)), request))
      expect(error).toMatchObject({ code: ours, status, requestId: 'req-1', api: { code, param: 'model' } })
      expect(isLlmError(error)).toBe(true)
    }
  })
})

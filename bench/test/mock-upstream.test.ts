import type { Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listen } from '../src/end-to-end/listen.js'
import { createMockUpstream, mockAnswer, slowAnswerMs, slowMark } from '../src/end-to-end/mock-upstream.js'
import { answerTextOf, promptOf } from '../src/end-to-end/side.js'

let server: Server
let url: string

beforeAll(async () => {
  server = createMockUpstream()
  url = await listen(server)
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

function ask(options: { readonly stream: boolean; readonly prompt: string }): Promise<Response> {
  const { stream, prompt } = options
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'gpt-4o', stream, messages: [{ role: 'user', content: prompt }] }),
  })
}

describe('createMockUpstream', () => {
  test('default: the same answer, streamed or not', async () => {
    const whole = await (await ask({ stream: false, prompt: 'hello' })).text()
    const streamed = await (await ask({ stream: true, prompt: 'hello' })).text()
    expect(answerTextOf(whole)).toBe(mockAnswer)
    expect(answerTextOf(streamed)).toBe(mockAnswer)
    expect(JSON.parse(whole)).toMatchObject({ model: 'gpt-4o', usage: { completion_tokens: 20 } })
    expect(streamed.endsWith('data: [DONE]\n\n')).toBe(true)
  })

  test('behavior: a slow answer begins at once and ends a second later', async () => {
    const started = performance.now()
    const response = await ask({ stream: true, prompt: promptOf(1, { stream: true }) })
    let first: number | undefined
    for await (const _ of response.body ?? []) first ??= performance.now() - started
    const total = performance.now() - started
    expect(total - (first ?? total)).toBeGreaterThan(slowAnswerMs / 2)
    expect(total).toBeGreaterThanOrEqual(slowAnswerMs * 0.95)
  })

  test('behavior: only streamed calls are slow', () => {
    expect(promptOf(1, { stream: true })).toContain(slowMark)
    expect(promptOf(1, { stream: false })).not.toContain(slowMark)
  })

  test('error: anything else is not found', async () => {
    expect((await fetch(`${url}/v1/models`)).status).toBe(404)
    expect((await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: '{' })).status).toBe(404)
  })
})

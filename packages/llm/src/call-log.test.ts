import { afterEach, describe, expect, test, vi } from 'vitest'
import { scriptedFetch } from '../test/support/streams.js'
import { createTestTimers } from '../test/support/timers.js'
import type { LogLine, LogOptions } from './call-log.js'
import { chat } from './chat.js'
import { httpTransport } from './transport.js'

const prompt = 'the patient is called Ada'
const key = 'sk-very-secret'
const payment = 'eyJ4NDAyIjoic2VjcmV0In0'
const request = { model: 'm', messages: [{ role: 'user' as const, content: prompt }] }
const body = { choices: [{ message: { content: 'also secret' }, finish_reason: 'stop' }] }

async function linesOf(options: LogOptions): Promise<readonly LogLine[]> {
  const lines: LogLine[] = []
  const refusal = { error: { message: `cannot answer "${prompt}"`, code: 'busy' } }
  const { fetch } = scriptedFetch(
    () => Response.json(refusal, { status: 500, headers: { 'set-cookie': key, 'x-request-id': 'r1' } }),
    () => Response.json(body),
    () => Response.json(refusal, { status: 400 }),
  )
  const transport = httpTransport({
    baseUrl: 'https://host/v1',
    fetch,
    apiKey: key,
    headers: { 'payment-signature': payment },
    timers: createTestTimers({ isInstant: true }),
    logger: (line) => lines.push(line),
    ...options,
  })
  await chat(transport, request)
  await chat(transport, request).catch(() => undefined)
  return lines
}

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('logging', () => {
  test('default: nothing is written', async () => {
    vi.stubEnv('OG_LOG', '')
    expect(await linesOf({})).toEqual([])
  })

  test.each<[string, readonly string[]]>([
    ['error', ['failed']],
    ['warn', ['retry', 'failed']],
    ['info', ['retry', 'done', 'failed']],
    ['DEBUG', ['request', 'response', 'retry', 'request', 'response', 'done', 'request', 'response', 'failed']],
    ['nonsense', []],
  ])('behavior: OG_LOG=%s', async (setting, messages) => {
    vi.stubEnv('OG_LOG', setting)
    expect((await linesOf({})).map((line) => line.message)).toEqual(messages)
  })

  test('behavior: no prompt, key, payment, cookie, or word of a server is in any line', async () => {
    const text = JSON.stringify(await linesOf({ logLevel: 'debug' }))
    for (const secret of [prompt, key, payment, 'also secret', 'cannot answer']) expect(text).not.toContain(secret)
    expect(text).toContain('"model":"m"')
    expect(text).toContain('"apiCode":"busy"')
    expect(text).toContain('"requestId":"r1"')
  })

  test('behavior: content is written when it is asked for, keys never', async () => {
    vi.stubEnv('OG_LOG', 'debug,content')
    const text = JSON.stringify(await linesOf({}))
    expect(text).toContain(prompt)
    for (const secret of [key, payment]) expect(text).not.toContain(secret)
  })

  test('behavior: lines go to standard error', async () => {
    const write = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const transport = httpTransport({
      baseUrl: 'https://host/v1',
      fetch: async () => Response.json(body),
      logLevel: 'info',
    })
    await chat(transport, request)
    expect(write.mock.calls[0]?.[0]).toMatch(/^og-llm info done \{"path":"\/chat\/completions","attempts":1,/)
    write.mockRestore()
  })
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestUpstream, type TestUpstream } from '../../devnet/test/start-test-upstream.js'
import { leastConfig } from '../test/least-config.js'
import { parseConfig } from './config.js'
import { createConfiguredUpstreams } from './configured-upstreams.js'

let provider: TestUpstream
beforeAll(async () => {
  provider = await startTestUpstream()
})
afterAll(() => provider?.close())

test.each(['openai-responses', 'x-ai-responses'] as const)(
  '%s: chats go to the Responses API of the provider, and come back as the same events',
  async (api) => {
    provider.behave((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const send = (event: { readonly type: string }): void =>
        void response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
      send({ type: 'response.created', response: { id: 'r', model: 'gpt-5' } } as never)
      send({ type: 'response.output_text.delta', output_index: 0, delta: 'hello' } as never)
      const usage = { input_tokens: 5, output_tokens: 2, total_tokens: 7 }
      const whole = { id: 'r', model: 'gpt-5', status: 'completed', output: [], usage }
      send({ type: 'response.completed', response: whole } as never)
      response.end()
    })
    const upstreams = [{ id: 'one', api, baseUrl: provider.baseUrl, apiKey: 'sk-test-key' }]
    const configured = createConfiguredUpstreams(parseConfig({ ...leastConfig, upstreams }))
    const upstream = configured.members[0]?.upstream()
    const messages = [{ role: 'user', content: 'hi' }]
    const sent = await upstream?.send(
      { endpoint: 'chat.completions', model: 'gpt-5', body: { model: 'gpt-5', messages, max_tokens: 9 } },
      { signal: AbortSignal.timeout(10_000) },
    )
    const events = []
    for await (const event of sent?.events ?? []) events.push(event)
    expect(events).toMatchObject([
      { type: 'text-delta', text: 'hello' },
      { type: 'finish', reason: 'stop' },
      { type: 'usage', usage: { promptTokens: 5, completionTokens: 2 } },
    ])
    const asked = provider.calls.at(-1)?.body
    expect(asked).toMatchObject({ model: 'gpt-5', max_output_tokens: 9 })
    expect(asked).not.toHaveProperty('messages')
    await configured.close()
  },
)

test('a provider without its key cannot be asked, until it gets one', async () => {
  const upstreams = [{ id: 'one', api: 'openai-responses', baseUrl: provider.baseUrl }]
  const configured = createConfiguredUpstreams(parseConfig({ ...leastConfig, upstreams }))
  expect(configured.members[0]?.upstream()).toBeUndefined()
  expect([configured.setKey('other', 'sk-x'), configured.setKey('one', 'sk-x')]).toEqual([false, true])
  expect(configured.members[0]?.upstream()?.id).toBe('one')
  await configured.close()
})

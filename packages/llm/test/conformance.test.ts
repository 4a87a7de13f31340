import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { scanEndpoint } from 'compatcanary'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { chatParsed, defineTool, embed, httpTransport, runTools, streamTools } from '../src/index.js'
import { type JsonObject, objectAt, objectsAt } from '../src/json.js'
import { createSseDecoder } from '../src/stream/sse-decoder.js'
import { scriptedModel, scriptedUpstream } from '../src/upstream/index.js'
import { gatewayFetch } from './support/gateway-fetch.js'
import { complaintsAbout, complaintsAboutKind } from './support/openai-schemas.js'

const model = 'openai/gpt-4.1'
const user = (content: string): readonly [{ readonly role: 'user'; readonly content: string }] => [
  { role: 'user', content },
]
const gateway = gatewayFetch(scriptedUpstream())

async function post(path: string, body: JsonObject): Promise<Response> {
  return gateway.fetch(`http://node.test/v1${path}`, { method: 'POST', body: JSON.stringify(body) })
}

/** Every JSON object that an answer consists of. */
async function objectsOf(response: Response): Promise<readonly JsonObject[]> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return [await response.json()]
  const decoder = createSseDecoder({ maxEventChars: 1e6 })
  const bytes = new Uint8Array(await response.arrayBuffer())
  const events = [...decoder.push(bytes), ...decoder.end()].filter(({ data }) => data !== '[DONE]')
  return events.map(({ data }) => JSON.parse(data))
}

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}
const schema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}
const chats: readonly (readonly [string, JsonObject])[] = [
  ['text', { messages: user('Hello, how are you?') }],
  ['text that is cut', { messages: user('one two three four five six'), max_tokens: 2 }],
  ['tool calls', { messages: user('Weather in Dallas and in Seattle?'), tools: [weather] }],
  ['a forced tool', { messages: user('Weather in Dallas?'), tools: [weather], tool_choice: 'required' }],
  [
    'structured output',
    {
      messages: user('Which city? Dallas.'),
      response_format: { type: 'json_schema', json_schema: { name: 'c', schema, strict: true } },
    },
  ],
]

describe('the answers of the scripted upstream against the OpenAI API description', () => {
  const streams: readonly (readonly [string, JsonObject])[] = [
    ['unstreamed', {}],
    ['streamed', { stream: true }],
    ['streamed with usage', { stream: true, stream_options: { include_usage: true } }],
  ]
  for (const [how, options] of streams) {
    test.each(chats)(`${how}: chat with %s`, async (_name, body) => {
      const objects = await objectsOf(await post('/chat/completions', { model, ...body, ...options }))
      expect(objects.length).toBeGreaterThan(0)
      expect(objects.flatMap((object) => complaintsAbout(object))).toEqual([])
    })

    test(`${how}: completion`, async () => {
      const objects = await objectsOf(await post('/completions', { model, prompt: 'Hello', ...options }))
      expect(objects.flatMap((object) => complaintsAboutKind(object, 'text_completion'))).toEqual([])
    })
  }

  test.each(['float', 'base64'])('embeddings in %s', async (format) => {
    const [body] = await objectsOf(
      await post('/embeddings', { model: 'e', input: ['a', 'b'], encoding_format: format }),
    )
    expect(body && complaintsAboutKind(body, 'list of embeddings')).toEqual([])
  })

  test.each<[string, JsonObject]>([
    ['text', { input: 'Hello, how are you?' }],
    ['text that is cut', { input: 'one two three four five six seven eight', max_output_tokens: 2 }],
    ['tool calls', { input: 'Weather in Dallas and in Seattle?', tools: [{ type: 'function', name: 'get_weather' }] }],
  ])('responses, unstreamed and in the events of a stream: %s', async (_name, body) => {
    const [whole, ...others] = await objectsOf(await post('/responses', { model, ...body }))
    expect([whole && complaintsAbout(whole), others]).toEqual([[], []])
    const events = await objectsOf(await post('/responses', { model, ...body, stream: true }))
    const responses = events.map((event) => objectAt(event, 'response')).filter((response) => response !== undefined)
    expect(responses.length).toBeGreaterThanOrEqual(3)
    expect(responses.flatMap((response) => complaintsAbout(response))).toEqual([])
  })

  test('errors', async () => {
    const [body] = await objectsOf(await post('/chat/completions', { model, messages: [] }))
    expect(body && complaintsAboutKind(body, 'error')).toEqual([])
  })

  test.each<[string, JsonObject]>([
    [
      'chat.completion',
      {
        id: 'a',
        object: 'chat.completion',
        created: 1,
        model: 'm',
        choices: [{ index: 0, message: { role: 'assistant', content: 'a' }, logprobs: null, finish_reason: 'stop' }],
      },
    ],
    [
      'chat.completion',
      { id: 'a', object: 'chat.completion', created: 1, model: 'm', system_fingerprint: null, choices: [] },
    ],
    [
      'chat.completion.chunk',
      {
        id: 'a',
        object: 'chat.completion.chunk',
        created: 1,
        model: 'm',
        choices: [{ index: 0, delta: { tool_calls: [{ id: 'a' }] }, finish_reason: null }],
      },
    ],
    ['text_completion', { id: 'a', object: 'text_completion', created: 1, model: 'm' }],
    ['response', { id: 'a', object: 'response', created_at: 1, model: 'm', status: 'completed', output: [] }],
    ['error', { error: 'text' }],
  ])('error: a faulty %s is noticed', (kind, json) => {
    expect(complaintsAboutKind(json, kind)).not.toEqual([])
  })
})

describe('our own client against it', () => {
  const transport = httpTransport({ baseUrl: 'http://node.test/v1', fetch: gateway.fetch })
  const lookUp = defineTool({
    name: 'get_weather',
    parameters: z.object({ city: z.string() }),
    execute: ({ city }) => `It is sunny in ${city}.`,
  })

  test('a loop of tools, unstreamed and streamed, with receipts', async () => {
    const request = { model, messages: user('What is the weather in Dallas?') }
    const run = await runTools(transport, request, { tools: [lookUp] })
    expect(run.text).toContain('It is sunny in Dallas.')
    expect(run).toMatchObject({ stopReason: 'finished', cost: '0.002', receipts: [{ payment_hash: '0xabc' }, {}] })
    const streamed = await streamTools(transport, request, { tools: [lookUp] }).final()
    expect(streamed.messages).toEqual(run.messages)
  })

  test('structured output', async () => {
    const output = z.object({ city: z.string(), note: z.string().optional() })
    const { parsed } = await chatParsed(transport, { model, messages: user('Which city? Dallas.') }, { schema: output })
    expect(parsed.city).toBe('Dallas')
  })

  test('embeddings in either encoding are the same vectors', async () => {
    const float = await embed(transport, { model: 'e', input: ['a', 'b'] })
    const base64 = await embed(transport, { model: 'e', input: ['a', 'b'], encoding_format: 'base64' })
    expect(float.embeddings).toHaveLength(2)
    expect(base64.embeddings[1]?.map((number) => number.toFixed(5))).toEqual(
      float.embeddings[1]?.map((number) => number.toFixed(5)),
    )
  })
})

test('compatcanary, profile modern: every probe passes', async () => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      if (request.url === '/v1/models') {
        const list = [{ id: scriptedModel, object: 'model', created: 1, owned_by: 'og' }]
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ object: 'list', data: list }))
        return
      }
      const answer = await gateway.fetch(`http://node.test${request.url}`, {
        method: 'POST',
        body: Buffer.concat(chunks),
      })
      response.writeHead(answer.status, Object.fromEntries(answer.headers))
      for await (const piece of answer.body ?? []) response.write(piece)
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    const report: JsonObject = await scanEndpoint({
      baseUrl: `http://127.0.0.1:${port}/v1`,
      model: scriptedModel,
      profile: 'modern',
    })
    const results = objectsAt(report, 'results').map((result) => [
      result['id'],
      result['status'],
      result['error'] ?? null,
    ])
    expect(results.filter(([, status]) => status !== 'pass')).toEqual([])
    expect(results).toHaveLength(7)
    expect(report['score']).toBe(100)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

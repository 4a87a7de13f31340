import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chat, type LlmErrorCode, streamChat } from '../src/index.js'
import { httpTransport } from '../src/transport.js'
import { chatChunk, sse } from './support/streams.js'
import { type Answer, answers, startWireServer, streams, type WireServer } from './support/wire-server.js'

/**
 * What servers of OpenAI's API are known to do. Each is either understood or a typed error; never a silently wrong answer.
 */
let server: WireServer
beforeAll(async () => {
  server = await startWireServer()
})
afterAll(() => server.close())

const request = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] }
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5, og: { payment_hash: '0xabc' } }
const role = chatChunk({ role: 'assistant', content: '' })
const text = chatChunk({ content: 'Bonjour 🦊' })
const stop = chatChunk({}, 'stop')
const usageChunk = { ...(chatChunk({}) as object), choices: [], usage }
const plain = sse(role, text, stop, usageChunk, '[DONE]')
const calls = (...list: readonly object[]): unknown => chatChunk({ tool_calls: list })
const fn = (name: string | undefined, args: string): object => ({
  function: { ...(name ? { name } : {}), arguments: args },
})
const callEnd = sse(chatChunk({}, 'tool_calls'), '[DONE]')
const weather = [{ name: 'weather', arguments: '{"city":"Oslo"}' }]
const both = [...weather, { name: 'time', arguments: '{"zone":1}' }]

interface Understood {
  readonly text?: string
  readonly reasoning?: string
  readonly finishReason?: string
  readonly usage?: object | null
  readonly calls?: readonly { readonly name: string; readonly arguments: string }[]
}

const hello: Understood = { text: 'Bonjour 🦊', finishReason: 'stop', usage }

describe('understood', () => {
  const cases: readonly (readonly [string, Answer, Understood])[] = [
    ['01 CRLF line ends', streams([plain.replaceAll('\n', '\r\n')]), hello],
    ['02 bare CR line ends', streams([plain.replaceAll('\n', '\r')]), hello],
    ['03 data without a space', streams([plain.replaceAll('data: ', 'data:')]), hello],
    ['04 comments and heartbeats', streams([`: hi\n\n${plain.replaceAll('data:', ':ping\n\ndata:')}`]), hello],
    ['05 every byte in a piece of its own', streams([...Buffer.from(plain)].map((byte) => Uint8Array.of(byte))), hello],
    ['06 gzip', streams([gzipSync(plain)], { headers: { 'content-encoding': 'gzip' } }), hello],
    ['07 a wrong content type', streams([plain], { headers: { 'content-type': 'application/octet-stream' } }), hello],
    ['08 no [DONE]', streams([plain.replace('data: [DONE]\n\n', '')]), hello],
    ['09 no blank line at the end', streams([plain.trimEnd()]), hello],
    ['10 a byte order mark', streams([`\uFEFF${plain}`]), hello],
    [
      "11 Azure's first chunk without choices",
      streams([sse({ choices: [], prompt_filter_results: [] }) + plain]),
      hello,
    ],
    ['12 usage on the finish chunk', streams([sse(text, { ...(stop as object), usage }, '[DONE]')]), hello],
    ['13 usage in a chunk without choices', streams([sse(text, stop, { usage }, '[DONE]')]), hello],
    [
      '14 usage in every chunk, growing',
      streams([sse({ ...(text as object), usage: { prompt_tokens: 3 } }, stop, usageChunk, '[DONE]')]),
      hello,
    ],
    [
      '15 unknown members at every level',
      streams([
        plain
          .replaceAll('"delta":{"content"', '"x":1,"delta":{"y":[2],"content"')
          .replaceAll('"model"', '"z":{},"model"'),
      ]),
      hello,
    ],
    [
      '16 events named message, with ids',
      streams([plain.replaceAll('data:', 'event: message\nid: 7\nretry: 9\ndata:')]),
      hello,
    ],
    [
      '17 events of other names',
      streams([`event: og.receipt\ndata: {"choices":1}\n\nevent: ping\ndata: {}\n\n${plain}`]),
      hello,
    ],
    ['18 no role in the first delta', streams([sse(text, stop, usageChunk, '[DONE]')]), hello],
    [
      '19 a role in every delta',
      streams([plain.replaceAll('"delta":{"content"', '"delta":{"role":"assistant","content"')]),
      hello,
    ],
    [
      '20 content in parts',
      streams([sse(chatChunk({ content: [{ type: 'text', text: 'Bonjour 🦊' }] }), stop, usageChunk, '[DONE]')]),
      hello,
    ],
    ['21 no id on chunks', streams([plain.replaceAll('"id":"chatcmpl-1",', '')]), hello],
    [
      '22 one JSON body for a stream',
      answers(200, JSON.stringify({ choices: [{ message: { content: 'Bonjour 🦊' }, finish_reason: 'stop' }], usage })),
      hello,
    ],
    [
      '23 an unknown finish reason',
      streams([sse(text, chatChunk({}, 'eos_token'), usageChunk, '[DONE]')]),
      { ...hello, finishReason: 'other' },
    ],
    [
      '24 reasoning under either name',
      streams([sse(chatChunk({ reasoning_content: 'a' }), chatChunk({ reasoning: 'b' })) + plain]),
      { ...hello, reasoning: 'ab' },
    ],
    [
      '25 stop with tool calls',
      streams([sse(calls({ index: 0, id: 'a', ...fn('weather', '{"city":"Oslo"}') }), stop, '[DONE]')]),
      { calls: weather, finishReason: 'tool_calls' },
    ],
    [
      '26 a whole call in one delta',
      streams([sse(calls({ index: 0, id: 'a', type: 'function', ...fn('weather', '{"city":"Oslo"}') })) + callEnd]),
      { calls: weather },
    ],
    [
      '27 interleaved calls',
      streams([
        sse(
          calls({ index: 0, id: 'a', ...fn('weather', '') }),
          calls({ index: 1, id: 'b', ...fn('time', '') }),
          calls({ index: 1, ...fn(undefined, '{"zone"') }),
          calls({ index: 0, ...fn(undefined, '{"city"') }),
          calls({ index: 0, ...fn(undefined, ':"Oslo"}') }, { index: 1, ...fn(undefined, ':1}') }),
        ) + callEnd,
      ]),
      { calls: both },
    ],
    [
      '28 calls without index',
      streams([
        sse(
          calls({ id: 'a', ...fn('weather', '{"city"') }),
          calls(fn(undefined, ':"Oslo"}')),
          calls({ id: 'b', ...fn('time', '{"zone":1}') }),
        ) + callEnd,
      ]),
      { calls: both },
    ],
    [
      '29 calls without id',
      streams([
        sse(
          calls({ index: 0, ...fn('weather', '{"city":"Oslo"}') }),
          calls({ index: 1, ...fn('time', '{"zone":1}') }),
        ) + callEnd,
      ]),
      { calls: both },
    ],
    [
      '30 ids repeated, and empty ones',
      streams([
        sse(
          calls({ index: 0, id: 'a', ...fn('weather', '{"city"') }),
          calls({ index: 0, id: 'a', ...fn('weather', ':') }),
          calls({ index: 0, id: '', ...fn('', '"Oslo"}') }),
        ) + callEnd,
      ]),
      { calls: weather },
    ],
    [
      '31 a late name',
      streams([
        sse(
          calls({ index: 0, id: 'a', ...fn(undefined, '{"city"') }),
          calls({ index: 0, ...fn('weather', ':"Oslo"}') }),
        ) + callEnd,
      ]),
      { calls: weather },
    ],
    [
      '32 indices from one',
      streams([
        sse(
          calls({ index: 1, id: 'a', ...fn('weather', '{"city":"Oslo"}') }),
          calls({ index: 2, id: 'b', ...fn('time', '{"zone":1}') }),
        ) + callEnd,
      ]),
      { calls: both },
    ],
    [
      '33 one index for two calls',
      streams([
        sse(
          calls({ index: 0, id: 'a', ...fn('weather', '{"city":"Oslo"}') }),
          calls({ index: 0, id: 'b', ...fn('time', '{"zone":1}') }),
        ) + callEnd,
      ]),
      { calls: both },
    ],
    [
      '34 no arguments',
      streams([sse(calls({ index: 0, id: 'a', ...fn('now', '') })) + callEnd]),
      { calls: [{ name: 'now', arguments: '{}' }] },
    ],
    [
      '35 arguments that are no JSON are handed on as they are',
      streams([sse(calls({ index: 0, id: 'a', ...fn('weather', '{"city":') })) + callEnd]),
      { calls: [{ name: 'weather', arguments: '{"city":' }] },
    ],
  ]

  test.each(cases)('%s', async (_name, answer, expected) => {
    const transport = httpTransport({ baseUrl: server.serve(answer), retries: 0 })
    const result = await streamChat(transport, request).final()
    const { text: said = '', reasoning = '', finishReason, calls: called = [] } = expected
    expect(result).toMatchObject({ text: said, reasoning })
    if (finishReason) expect(result.finishReason).toBe(finishReason)
    if (expected.usage) expect(result.usage).toEqual(expected.usage)
    expect(result.toolCalls.map((call) => call.function)).toEqual(called)
    const ids = result.toolCalls.map((call) => call.id)
    expect(ids.every((id) => id !== '')).toBe(true)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('typed errors', () => {
  const late = { error: { message: 'overloaded', type: 'server_error', param: null, code: 'busy' } }
  const cases: readonly (readonly [string, Answer, LlmErrorCode, string | undefined])[] = [
    ['36 a clean end without finish reason', streams([sse(role, text)]), 'STREAM_TRUNCATED', 'Bonjour 🦊'],
    ['37 a connection that is cut', streams([sse(role, text)], { cut: true }), 'STREAM_TRUNCATED', 'Bonjour 🦊'],
    ['38 a chunk that is no JSON', streams([`${sse(text)}data: {"choices":[\n\n`]), 'INVALID_RESPONSE', 'Bonjour 🦊'],
    ['39 an error inside the stream', streams([sse(text, late)]), 'STREAM_ERROR', 'Bonjour 🦊'],
    [
      '40 an error inside the stream, named',
      streams([`${sse(text)}event: error\n${sse(late)}`]),
      'STREAM_ERROR',
      'Bonjour 🦊',
    ],
    ['41 status 200 with an error for a body', answers(200, JSON.stringify(late)), 'STREAM_ERROR', undefined],
    ['42 [DONE] and nothing else', streams([sse('[DONE]')]), 'STREAM_TRUNCATED', undefined],
    ['43 an HTML page with status 200', answers(200, '<html>login</html>'), 'STREAM_TRUNCATED', undefined],
    [
      '44 a call that never gets a name',
      streams([sse(text, calls({ index: 0, id: 'a', ...fn(undefined, '{}') })) + callEnd]),
      'INVALID_RESPONSE',
      'Bonjour 🦊',
    ],
    ['45 bytes that are not UTF-8', streams([Uint8Array.of(0x64, 0xff, 0x0a, 0x0a)]), 'INVALID_RESPONSE', undefined],
  ]

  test.each(cases)('%s', async (_name, answer, code, partial) => {
    const transport = httpTransport({ baseUrl: server.serve(answer), retries: 0 })
    const error = await streamChat(transport, request)
      .final()
      .then(() => undefined)
      .catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code, requestId: 'req-1' })
    expect((error as { partial?: { text: string } }).partial?.text).toBe(partial)
  })

  test.each<[string, Answer, object]>([
    ['46 a 502 with an HTML page', answers(502, '<html>bad gateway</html>'), { code: 'SERVER_ERROR', status: 502 }],
    ['47 a 503 with nothing', answers(503, ''), { code: 'SERVER_ERROR', status: 503 }],
    [
      '48 an error that is a string',
      answers(400, '{"error":"no such thing"}'),
      { code: 'BAD_REQUEST', message: 'no such thing' },
    ],
    [
      '49 an error inside an error',
      answers(400, JSON.stringify({ error: { message: '{"error":{"message":"inner"}}', code: 400 } })),
      { code: 'BAD_REQUEST', api: { code: '400' } },
    ],
    [
      '50 a body that is cut',
      (response) => void response.writeHead(200, { 'content-length': '999', 'x-request-id': 'req-1' }).end('{"id":'),
      { code: 'STREAM_TRUNCATED' },
    ],
    ['51 an answer without choices', answers(200, '{"id":"a","choices":[]}'), { code: 'INVALID_RESPONSE' }],
    [
      '52 an answer without finish reason',
      answers(200, '{"choices":[{"message":{"content":"a"}}]}'),
      { code: 'INVALID_RESPONSE' },
    ],
  ])('%s', async (_name, answer, expected) => {
    const transport = httpTransport({ baseUrl: server.serve(answer), retries: 0 })
    await expect(chat(transport, request)).rejects.toMatchObject({ ...expected, requestId: 'req-1' })
  })
})

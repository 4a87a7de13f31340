import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { chatChunk, scriptedFetch, sse, sseResponse } from '../test/support/streams.js'
import { chatParsed, streamChatParsed } from './chat-parsed.js'
import type { JsonObject } from './json.js'
import type { StandardSchema } from './standard-schema.js'
import { isLengthError, isOutputError, isRefusalError, OutputError } from './structured-output.js'
import { httpTransport, type Transport } from './transport.js'

const request = { model: 'm', messages: [{ role: 'user' as const, content: 'Weather?' }] }
const schema = z.object({ city: z.string(), degrees: z.number().min(-90).default(0), note: z.string().optional() })

function answering(
  content: string | null,
  rest: JsonObject = {},
  finishReason = 'stop',
): { transport: Transport; sent: () => JsonObject } {
  const body = {
    id: 'a',
    choices: [{ message: { content, ...rest }, finish_reason: finishReason }],
    usage: { cost: 1 },
  }
  const { fetch, requests } = scriptedFetch(() => Response.json(body))
  return {
    transport: httpTransport({ baseUrl: 'https://host/v1', fetch }),
    sent: () => JSON.parse(String(requests[0]?.init.body)),
  }
}

async function failureOf(promise: Promise<unknown>): Promise<OutputError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof OutputError) return error
    throw error
  }
  throw new Error('expected an OutputError')
}

describe('chatParsed', () => {
  test('default', async () => {
    const { transport, sent } = answering('{"city":"Oslo","degrees":-3,"note":null}')
    const result = await chatParsed(transport, request, { schema, schemaName: 'weather' })
    expectTypeOf(result.parsed).toEqualTypeOf<{ city: string; degrees: number; note?: string | undefined }>()
    expect(result.parsed).toEqual({ city: 'Oslo', degrees: -3 })
    expect(sent()['response_format']).toEqual({
      type: 'json_schema',
      json_schema: {
        name: 'weather',
        strict: true,
        schema: {
          type: 'object',
          properties: {
            city: { type: 'string' },
            degrees: { anyOf: [{ type: 'number' }, { type: 'null' }] },
            note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
          },
          required: ['city', 'degrees', 'note'],
          additionalProperties: false,
        },
      },
    })
  })

  test('behavior: a default takes the place of a null that only strict mode allows', async () => {
    const { transport } = answering('{"city":"Oslo","degrees":null,"note":null}')
    expect((await chatParsed(transport, request, { schema })).parsed).toEqual({ city: 'Oslo', degrees: 0 })
  })

  test('behavior: a plain JSON Schema', async () => {
    const plain = {
      type: 'object',
      properties: { n: { type: 'integer' } },
      required: ['n'],
      additionalProperties: false,
    }
    const { transport, sent } = answering('{"n":4}')
    const { parsed } = await chatParsed<{ n: number }>(transport, request, { schema: plain })
    expect(parsed.n).toBe(4)
    expect(sent()['response_format']).toMatchObject({ json_schema: { strict: true, schema: plain } })
  })

  test('behavior: what cannot be said strictly is sent as it is', async () => {
    const records = z.record(z.string(), z.number())
    const { transport, sent } = answering('{"a":1}')
    expect((await chatParsed(transport, request, { schema: z.object({ records }).or(records) })).parsed).toEqual({
      a: 1,
    })
    expect(sent()['response_format']).toMatchObject({ json_schema: { strict: false } })
  })

  test('behavior: a schema that is no object travels inside one', async () => {
    const { transport, sent } = answering('{"value":["a","b"]}')
    expect((await chatParsed(transport, request, { schema: z.array(z.string()) })).parsed).toEqual(['a', 'b'])
    expect(sent()['response_format']).toMatchObject({
      json_schema: { schema: { type: 'object', properties: { value: { type: 'array' } }, required: ['value'] } },
    })
  })

  test('behavior: any Standard Schema, with its JSON Schema beside it', async () => {
    const even: StandardSchema<number> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) =>
          typeof value === 'number' && value % 2 === 0 ? { value } : { issues: [{ message: 'odd' }] },
      },
    }
    const { transport } = answering('{"value":4}')
    expect((await chatParsed(transport, request, { schema: even, jsonSchema: { type: 'number' } })).parsed).toBe(4)
    await expect(chatParsed(transport, request, { schema: even })).rejects.toMatchObject({ code: 'INVALID_TOOL' })
  })

  test('behavior: a Markdown fence around the JSON is no part of it', async () => {
    const { transport } = answering('```json\n{"city":"Oslo"}\n```')
    expect((await chatParsed(transport, request, { schema })).parsed).toEqual({ city: 'Oslo', degrees: 0 })
  })

  test('error: refusal', async () => {
    const error = await failureOf(chatParsed(answering(null, { refusal: 'I cannot.' }).transport, request, { schema }))
    expect(isRefusalError(error)).toBe(true)
    expect(error).toMatchObject({
      code: 'REFUSED',
      isRetryable: false,
      result: { refusal: 'I cannot.', usage: { cost: 1 } },
    })
  })

  test.each<[string, string, string, JsonObject]>([
    ['OUTPUT_TRUNCATED', '{"city":"Os', 'length', {}],
    ['OUTPUT_FILTERED', '{"city":"Os', 'content_filter', {}],
    ['INVALID_OUTPUT', 'It is cold.', 'stop', {}],
    ['INVALID_OUTPUT', '{"city":4}', 'stop', {}],
    ['INVALID_OUTPUT', '{"city":"Oslo","degrees":-100}', 'stop', {}],
    ['INVALID_OUTPUT', '', 'tool_calls', { tool_calls: [{ id: 'a', function: { name: 'f', arguments: '{}' } }] }],
  ])('error: %s for %s (%s)', async (code, content, reason, rest) => {
    const error = await failureOf(chatParsed(answering(content, rest, reason).transport, request, { schema }))
    expect(error.code).toBe(code)
    expect(isOutputError(error)).toBe(true)
    expect(isLengthError(error)).toBe(code === 'OUTPUT_TRUNCATED')
    expect(error.result.text).toBe(content)
    expect(error.message).not.toContain('Oslo')
  })
})

describe('streamChatParsed', () => {
  const streamed = (content: string, reason: string): Transport => ({
    send: async () => sseResponse([sse(chatChunk({ content }), chatChunk({}, reason), '[DONE]')]),
  })

  test('default: events as they come, and the typed value at the end', async () => {
    const stream = streamChatParsed(streamed('{"city":"Oslo"}', 'stop'), request, { schema })
    let text = ''
    for await (const event of stream) if (event.type === 'text-delta') text += event.text
    expect(text).toBe('{"city":"Oslo"}')
    const { parsed } = await stream.final()
    expectTypeOf(parsed.city).toEqualTypeOf<string>()
    expect(parsed).toEqual({ city: 'Oslo', degrees: 0 })
  })

  test('error: an answer that was cut', async () => {
    const error = await failureOf(streamChatParsed(streamed('{"ci', 'length'), request, { schema }).final())
    expect(error).toMatchObject({ code: 'OUTPUT_TRUNCATED', partial: { text: '{"ci' } })
  })
})

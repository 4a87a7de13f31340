import { describe, expect, test } from 'vitest'
import type { JsonObject, JsonValue } from '../json.js'
import { parseChatRequest, parseCompletionRequest } from './parse-request.js'
import { UpstreamRequestError } from './request-error.js'

const messages = [{ role: 'user', content: 'Hi' }]
const chat = (members: JsonObject = {}): JsonObject => ({ model: 'm', messages, ...members })
const tool = { type: 'function', function: { name: 'f', parameters: { type: 'object' } } }

function refusal(parse: () => unknown): { readonly param: string; readonly code: string } {
  try {
    parse()
  } catch (error) {
    if (!(error instanceof UpstreamRequestError)) throw error
    expect(error.toBody()).toEqual({
      error: { message: error.message, type: 'invalid_request_error', param: error.param, code: error.code },
    })
    expect(error.status).toBe(400)
    return { param: error.param, code: error.code }
  }
  throw new Error('expected a refusal')
}

describe('parseChatRequest', () => {
  test('default', () => {
    const body = chat({
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 100,
      temperature: 0,
      stop: 'END',
      tools: [tool],
      future_field: { x: 1 },
    })
    const request = parseChatRequest(body)
    expect(request).toMatchObject({
      endpoint: 'chat.completions',
      model: 'm',
      stream: true,
      includeUsage: true,
      maxTokens: 100,
      stop: ['END'],
      messages,
    })
    expect(request.body).toBe(body)
  })

  test('behavior: null means absent', () => {
    const request = parseChatRequest(
      chat({
        max_tokens: null,
        stop: null,
        n: null,
        temperature: null,
        tools: null,
        stream: null,
        stream_options: null,
        tool_choice: null,
      }),
    )
    expect(request).toMatchObject({ stream: false, includeUsage: false, maxTokens: undefined, stop: [], tools: [] })
  })

  test('behavior: the smaller of two token limits holds', () => {
    expect(parseChatRequest(chat({ max_tokens: 9, max_completion_tokens: 5 })).maxTokens).toBe(5)
  })

  test.each<[string, JsonValue]>([
    ['system with a name', { role: 'system', content: 'x', name: 'HAL' }],
    ['developer', { role: 'developer', content: 'x' }],
    [
      'parts',
      {
        role: 'user',
        content: [
          { type: 'text', text: 'x' },
          { type: 'image_url', image_url: { url: 'https://h/i.png' } },
        ],
      },
    ],
    [
      'assistant with calls and null',
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{' } }],
      },
    ],
    ['assistant refusal', { role: 'assistant', refusal: 'no' }],
    ['tool', { role: 'tool', tool_call_id: 'a', content: '72' }],
    ['empty text', { role: 'user', content: '' }],
  ])('behavior: accepts a message: %s', (_name, message) => {
    expect(parseChatRequest(chat({ messages: [message] })).messages).toEqual([message])
  })

  test.each<[string, string, JsonObject]>([
    ['model', 'missing_required_parameter', { messages }],
    ['model', 'invalid_type', { model: 1, messages }],
    ['model', 'empty_string', { model: '', messages }],
    ['model', 'string_above_max_length', { model: 'x'.repeat(257), messages }],
    ['messages', 'missing_required_parameter', { model: 'm' }],
    ['messages', 'invalid_type', chat({ messages: 'Hi' })],
    ['messages', 'empty_array', chat({ messages: [] })],
    [
      'messages',
      'array_above_max_length',
      chat({ messages: Array.from({ length: 4097 }, () => ({ role: 'user', content: '' })) }),
    ],
    ['messages[0]', 'invalid_type', chat({ messages: ['Hi'] })],
    ['messages[0].role', 'missing_required_parameter', chat({ messages: [{ content: 'Hi' }] })],
    ['messages[0].role', 'invalid_value', chat({ messages: [{ role: 'function', content: 'Hi' }] })],
    ['messages[1].content', 'missing_required_parameter', chat({ messages: [...messages, { role: 'user' }] })],
    ['messages[0].content', 'missing_required_parameter', chat({ messages: [{ role: 'assistant' }] })],
    ['messages[0].content', 'invalid_type', chat({ messages: [{ role: 'user', content: { text: 'x' } }] })],
    ['messages[0].content', 'empty_array', chat({ messages: [{ role: 'user', content: [] }] })],
    [
      'messages[0].content[0].type',
      'invalid_value',
      chat({ messages: [{ role: 'user', content: [{ type: 'video' }] }] }),
    ],
    [
      'messages[0].content[0].text',
      'missing_required_parameter',
      chat({ messages: [{ role: 'user', content: [{ type: 'text' }] }] }),
    ],
    [
      'messages[0].content[0].type',
      'invalid_value',
      chat({ messages: [{ role: 'system', content: [{ type: 'image_url', image_url: { url: 'https://h' } }] }] }),
    ],
    [
      'messages[0].content[0].image_url.url',
      'invalid_value',
      chat({
        messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'http://169.254.169.254/' } }] }],
      }),
    ],
    ['messages[0].tool_call_id', 'missing_required_parameter', chat({ messages: [{ role: 'tool', content: 'x' }] })],
    [
      'messages[0].tool_calls[0].id',
      'missing_required_parameter',
      chat({ messages: [{ role: 'assistant', tool_calls: [{ type: 'function' }] }] }),
    ],
    [
      'messages[0].tool_calls[0].function.arguments',
      'invalid_type',
      chat({
        messages: [
          { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: {} } }] },
        ],
      }),
    ],
    ['messages[0].name', 'invalid_type', chat({ messages: [{ role: 'user', content: 'x', name: 1 }] })],
    ['temperature', 'decimal_above_max_value', chat({ temperature: 2.1 })],
    ['temperature', 'decimal_below_min_value', chat({ temperature: -0.1 })],
    ['temperature', 'invalid_type', chat({ temperature: '0' })],
    ['top_p', 'decimal_above_max_value', chat({ top_p: 1.1 })],
    ['max_tokens', 'integer_below_min_value', chat({ max_tokens: 0 })],
    ['max_tokens', 'invalid_type', chat({ max_tokens: 1.5 })],
    ['max_completion_tokens', 'integer_above_max_value', chat({ max_completion_tokens: 10_000_001 })],
    ['n', 'unsupported_value', chat({ n: 2 })],
    ['n', 'integer_below_min_value', chat({ n: 0 })],
    ['stop', 'array_above_max_length', chat({ stop: ['a', 'b', 'c', 'd', 'e'] })],
    ['stop[0]', 'empty_string', chat({ stop: [''] })],
    ['stop', 'invalid_type', chat({ stop: 1 })],
    ['stream', 'invalid_type', chat({ stream: 'yes' })],
    ['stream_options.include_usage', 'invalid_type', chat({ stream_options: { include_usage: 1 } })],
    ['logprobs', 'unsupported_parameter', chat({ logprobs: true })],
    ['audio', 'unsupported_parameter', chat({ audio: {} })],
    ['functions', 'unsupported_parameter', chat({ functions: [] })],
    ['web_search_options', 'unsupported_parameter', chat({ web_search_options: {} })],
    ['prediction', 'unsupported_parameter', chat({ prediction: { type: 'content', content: 'x' } })],
    ['service_tier', 'invalid_value', chat({ service_tier: 'priority' })],
    ['modalities[1]', 'invalid_value', chat({ modalities: ['text', 'audio'] })],
    [
      'tools',
      'array_above_max_length',
      chat({
        tools: Array.from({ length: 129 }, (_, index) => ({ type: 'function', function: { name: `f${index}` } })),
      }),
    ],
    ['tools[0].type', 'invalid_value', chat({ tools: [{ type: 'custom' }] })],
    ['tools[0].function.name', 'invalid_value', chat({ tools: [{ type: 'function', function: { name: 'a b' } }] })],
    ['tools[1].function.name', 'invalid_value', chat({ tools: [tool, tool] })],
    ['tool_choice', 'invalid_value', chat({ tool_choice: 'auto' })],
    ['tool_choice', 'invalid_value', chat({ tools: [tool], tool_choice: 'any' })],
    [
      'tool_choice.function.name',
      'invalid_value',
      chat({ tools: [tool], tool_choice: { type: 'function', function: { name: 'g' } } }),
    ],
    ['response_format.type', 'invalid_value', chat({ response_format: { type: 'grammar' } })],
    ['response_format.json_schema', 'missing_required_parameter', chat({ response_format: { type: 'json_schema' } })],
    ['logit_bias', 'decimal_above_max_value', chat({ logit_bias: { 1: 101 } })],
    [
      'metadata',
      'invalid_value',
      chat({ metadata: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, 'v'])) }),
    ],
  ])('error: %s: %s', (param, code, body) => {
    expect(refusal(() => parseChatRequest(body))).toEqual({ param, code })
  })
})

describe('parseCompletionRequest', () => {
  test('default', () => {
    expect(parseCompletionRequest({ model: 'm', prompt: 'Hi', max_tokens: 5 })).toMatchObject({
      endpoint: 'completions',
      prompt: 'Hi',
      maxTokens: 5,
    })
    expect(parseCompletionRequest({ model: 'm', prompt: ['Hi'] }).prompt).toBe('Hi')
  })

  test.each<[string, string, JsonObject]>([
    ['prompt', 'missing_required_parameter', { model: 'm' }],
    ['prompt', 'invalid_type', { model: 'm', prompt: 1 }],
    ['prompt', 'invalid_type', { model: 'm', prompt: [1] }],
    ['prompt', 'array_above_max_length', { model: 'm', prompt: ['a', 'b'] }],
    ['best_of', 'unsupported_value', { model: 'm', prompt: 'x', best_of: 2 }],
    ['echo', 'unsupported_parameter', { model: 'm', prompt: 'x', echo: true }],
    ['suffix', 'unsupported_parameter', { model: 'm', prompt: 'x', suffix: 'y' }],
    ['logprobs', 'unsupported_parameter', { model: 'm', prompt: 'x', logprobs: 1 }],
  ])('error: %s: %s', (param, code, body) => {
    expect(refusal(() => parseCompletionRequest(body))).toEqual({ param, code })
  })
})

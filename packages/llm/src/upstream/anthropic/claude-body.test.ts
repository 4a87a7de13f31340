import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../json.js'
import { UpstreamError } from '../upstream-error.js'
import { claudeCallOf } from './claude-body.js'

const png = 'data:image/png;base64,AAAA'
const bodyOf = (members: JsonObject, model = 'claude-sonnet-4-5'): JsonObject =>
  claudeCallOf({
    endpoint: 'chat.completions',
    model,
    body: { model, messages: [{ role: 'user', content: 'hi' }], max_tokens: 20_000, ...members },
  }).body
const tool = { type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' } } }

describe('claudeCallOf', () => {
  test('default', () => {
    expect(bodyOf({ temperature: 0.5, stop: ['END', ' '], seed: 1, frequency_penalty: 1, user: 'u' })).toEqual({
      model: 'claude-sonnet-4-5',
      max_tokens: 20_000,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
      stream: true,
      stop_sequences: ['END'],
      temperature: 0.5,
    })
  })

  test('behavior: a conversation with instructions, tools, images and files', () => {
    const call = (id: string, args: string): JsonObject => ({
      id,
      type: 'function',
      function: { name: 'f', arguments: args },
    })
    const messages = [
      { role: 'system', content: 'one' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'text', text: '' },
          { type: 'image_url', image_url: { url: png } },
          { type: 'image_url', image_url: { url: 'https://h/a.png' } },
          { type: 'file', file: { file_data: 'data:application/pdf;base64,BBBB', filename: 'a.pdf' } },
          { type: 'file', file: { file_data: `data:text/plain;base64,${btoa('words')}` } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        reasoning_details: [
          { type: 'reasoning.text', text: 'hm', signature: 's', format: 'anthropic-claude-v1' },
          { type: 'reasoning.text', text: 'unsigned', format: 'anthropic-claude-v1' },
          { type: 'reasoning.encrypted', data: 'r', format: 'anthropic-claude-v1' },
          { type: 'reasoning.encrypted', data: 'other', format: 'google-gemini-v1' },
        ],
        tool_calls: [call('a:1', '{"x":1}'), call('b', 'no json')],
      },
      { role: 'tool', tool_call_id: 'a:1', content: 'A' },
      { role: 'tool', tool_call_id: 'b', content: '' },
      { role: 'user', content: 'and?' },
      { role: 'developer', content: 'two' },
      { role: 'assistant', content: 'So \n' },
    ]
    expect(bodyOf({ messages })).toMatchObject({
      system: [
        { type: 'text', text: 'one' },
        { type: 'text', text: 'two' },
      ],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'look' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
            { type: 'image', source: { type: 'url', url: 'https://h/a.png' } },
            {
              type: 'document',
              source: { type: 'base64', media_type: 'application/pdf', data: 'BBBB' },
              title: 'a.pdf',
            },
            { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'words' } },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: 's' },
            { type: 'redacted_thinking', data: 'r' },
            { type: 'tool_use', id: 'a_1', name: 'f', input: { x: 1 } },
            { type: 'tool_use', id: 'b', name: 'f', input: { invalid_arguments: 'no json' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'a_1', content: [{ type: 'text', text: 'A' }] },
            { type: 'tool_result', tool_use_id: 'b' },
            { type: 'text', text: 'and?' },
          ],
        },
        { role: 'assistant', content: [{ type: 'text', text: 'So' }] },
      ],
    })
  })

  test.each<[JsonObject, JsonObject | undefined]>([
    [{}, undefined],
    [{ tool_choice: 'auto' }, { type: 'auto' }],
    [{ tool_choice: 'none', parallel_tool_calls: false }, { type: 'none' }],
    [{ tool_choice: 'required' }, { type: 'any' }],
    [{ tool_choice: { type: 'function', function: { name: 'f' } } }, { type: 'tool', name: 'f' }],
    [{ parallel_tool_calls: false }, { type: 'auto', disable_parallel_tool_use: true }],
  ])('behavior: tool choice %j', (members, choice) => {
    const body = bodyOf({ tools: [tool], ...members })
    expect(body['tools']).toEqual([{ name: 'f', description: 'd', input_schema: { type: 'object' } }])
    expect(body['tool_choice']).toEqual(choice)
  })

  test('behavior: a schema steers newer models, and becomes a tool for older ones', () => {
    const schema = {
      $schema: 'x',
      type: 'object',
      properties: {
        n: { type: 'integer', minimum: 1 },
        s: { oneOf: [{ type: 'string', format: 'email' }, { type: 'null' }] },
      },
      required: ['n'],
    }
    const format = { response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } }
    expect(bodyOf(format)['output_config']).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          properties: { n: { type: 'integer' }, s: { anyOf: [{ type: 'string', format: 'email' }, { type: 'null' }] } },
          required: ['n'],
          additionalProperties: false,
        },
      },
    })
    const old = bodyOf(format, 'claude-3-5-haiku-latest')
    expect(old['output_config']).toBeUndefined()
    expect(old['tool_choice']).toEqual({ type: 'tool', name: 'json_answer' })
    expect(bodyOf({ response_format: { type: 'json_object' } })['system']).toHaveLength(1)
  })

  test.each<[string, JsonObject, JsonObject]>([
    [
      'claude-opus-4-8',
      { reasoning_effort: 'high' },
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
    ],
    ['claude-opus-4-8', { reasoning_effort: 'minimal' }, { output_config: { effort: 'low' } }],
    ['claude-opus-4-8', { reasoning_effort: 'none' }, { thinking: { type: 'disabled' } }],
    ['claude-sonnet-4-5', { reasoning_effort: 'medium' }, { thinking: { type: 'enabled', budget_tokens: 8192 } }],
    [
      'claude-sonnet-4-5',
      { reasoning_effort: 'high', max_tokens: 2000 },
      { thinking: { type: 'enabled', budget_tokens: 1999 } },
    ],
  ])('behavior: %s with %j', (model, members, expected) => {
    expect(bodyOf(members, model)).toMatchObject(expected)
  })

  test.each<[string, JsonObject, string]>([
    ['claude-sonnet-4-5', { reasoning_effort: 'high', max_tokens: 1000 }, 'thinking'],
    ['claude-sonnet-4-5', { reasoning_effort: 'high', tools: [tool], tool_choice: 'required' }, 'thinking'],
    ['claude-sonnet-4-5', { reasoning_effort: 'low', temperature: 0 }, 'temperature'],
    ['claude-sonnet-4-5', { top_p: 0.5, temperature: 0 }, 'top_p'],
    ['claude-opus-4-8', { temperature: 0 }, 'temperature'],
    ['claude-something-6', { top_p: 0.5 }, 'top_p'],
    ['claude-fable-5', { reasoning_effort: 'none' }, 'thinking'],
    ['claude-3-5-haiku-latest', { reasoning_effort: 'high' }, 'thinking'],
  ])('behavior: %s with %j has no %s', (model, members, key) => {
    expect(bodyOf(members, model)).not.toHaveProperty(key)
  })

  test('behavior: limits', () => {
    expect(bodyOf({ max_tokens: 9, max_completion_tokens: 5, temperature: 2 })).toMatchObject({
      max_tokens: 5,
      temperature: 1,
    })
    expect(bodyOf({ max_tokens: null })['max_tokens']).toBe(8192)
  })

  test('behavior: completions', () => {
    const { body } = claudeCallOf({
      endpoint: 'completions',
      model: 'claude-opus-4-8',
      body: { prompt: ['Once'], max_tokens: 3 },
    })
    expect(body['messages']).toEqual([{ role: 'user', content: [{ type: 'text', text: 'Once' }] }])
  })

  test.each<[string, JsonObject]>([
    ['sound', { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } }],
    ['a file of another kind', { type: 'file', file: { file_data: 'data:application/zip;base64,AA' } }],
    ['a stored file', { type: 'file', file: { file_id: 'f' } }],
    ['a plain URL', { type: 'image_url', image_url: { url: 'http://h/a.png' } }],
    ['a data URL that is none', { type: 'image_url', image_url: { url: 'data:image/png,AA' } }],
    ['a part that nobody knows', { type: 'hologram' }],
  ])('error: %s', (_name, part) => {
    const messages = [{ role: 'user', content: [part] }]
    expect(() => bodyOf({ messages })).toThrow(new UpstreamError('UPSTREAM_UNSUPPORTED'))
  })
})

import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../json.js'
import { UpstreamError } from '../upstream-error.js'
import { geminiBodyOf } from './gemini-body.js'
import { geminiSchemaOf } from './gemini-schema.js'

const bodyOf = (members: JsonObject, model = 'gemini-2.5-flash'): JsonObject =>
  geminiBodyOf({
    endpoint: 'chat.completions',
    model,
    body: { model, messages: [{ role: 'user', content: 'hi' }], ...members },
  })
const call = (id: string): JsonObject => ({ id, type: 'function', function: { name: `f_${id}`, arguments: '{"x":1}' } })

describe('geminiBodyOf', () => {
  test('default', () => {
    expect(
      bodyOf({
        temperature: 0,
        top_p: 1,
        seed: 7,
        max_tokens: 9,
        max_completion_tokens: 5,
        stop: 'END',
        presence_penalty: 1,
      }),
    ).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
      generationConfig: { temperature: 0, topP: 1, seed: 7, maxOutputTokens: 5, stopSequences: ['END'] },
    })
    expect(bodyOf({})).toEqual({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] })
  })

  test('behavior: results of parallel calls are one content', () => {
    const messages = [
      { role: 'system', content: 'be brief' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'image_url', image_url: { url: 'data:image/webp;base64,AA' } },
          { type: 'image_url', image_url: { url: 'https://h/a.png?x' } },
          { type: 'input_audio', input_audio: { data: 'BB', format: 'wav' } },
        ],
      },
      {
        role: 'assistant',
        content: 'Well',
        tool_calls: [call('a'), call('b')],
        reasoning_details: [
          { type: 'reasoning.encrypted', data: 'sa', id: 'a', format: 'google-gemini-v1' },
          { type: 'reasoning.encrypted', data: 'st', format: 'google-gemini-v1' },
          { type: 'reasoning.text', text: 'x', signature: 'y', format: 'anthropic-claude-v1' },
        ],
      },
      { role: 'tool', tool_call_id: 'a', content: '{"sky":"blue"}' },
      { role: 'tool', tool_call_id: 'b', content: 'sunny' },
    ]
    expect(bodyOf({ messages })).toEqual({
      systemInstruction: { parts: [{ text: 'be brief' }] },
      contents: [
        {
          role: 'user',
          parts: [
            { text: 'look' },
            { inlineData: { mimeType: 'image/webp', data: 'AA' } },
            { fileData: { mimeType: 'image/png', fileUri: 'https://h/a.png?x' } },
            { inlineData: { mimeType: 'audio/wav', data: 'BB' } },
          ],
        },
        {
          role: 'model',
          parts: [
            { text: 'Well', thoughtSignature: 'st' },
            { functionCall: { id: 'a', name: 'f_a', args: { x: 1 } }, thoughtSignature: 'sa' },
            { functionCall: { id: 'b', name: 'f_b', args: { x: 1 } } },
          ],
        },
        {
          role: 'user',
          parts: [
            { functionResponse: { id: 'a', name: 'f_a', response: { sky: 'blue' } } },
            { functionResponse: { id: 'b', name: 'f_b', response: { result: 'sunny' } } },
          ],
        },
      ],
    })
  })

  test('behavior: newer models get a mark where the signature of a call is lost', () => {
    const messages = [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: null, tool_calls: [call('a'), call('b')] },
    ]
    const marks = (model: string): unknown[] =>
      (bodyOf({ messages }, model)['contents'] as { parts: { thoughtSignature?: string }[] }[])[1]?.parts.map(
        (part) => part.thoughtSignature,
      ) ?? []
    expect(marks('gemini-3-pro')).toEqual(['skip_thought_signature_validator', undefined])
    expect(marks('gemini-2.5-pro')).toEqual([undefined, undefined])
  })

  test('behavior: tools, their choice and structured output', () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } }, additionalProperties: false }
    const tools = [
      { type: 'function', function: { name: 'f', description: 'd', parameters } },
      { type: 'function', function: { name: 'g', parameters: { type: 'object', properties: {} } } },
    ]
    const body = bodyOf({ tools, tool_choice: { type: 'function', function: { name: 'f' } } })
    expect(body['tools']).toEqual([
      {
        functionDeclarations: [
          { name: 'f', description: 'd', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
          { name: 'g', description: '' },
        ],
      },
    ])
    expect(body['toolConfig']).toEqual({ functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } })
    for (const [choice, mode] of [
      ['auto', 'AUTO'],
      ['none', 'NONE'],
      ['required', 'ANY'],
    ] as const) {
      expect(bodyOf({ tools, tool_choice: choice })['toolConfig']).toEqual({ functionCallingConfig: { mode } })
    }
    const format = { type: 'json_schema', json_schema: { name: 'x', schema: parameters } }
    expect(bodyOf({ response_format: format })['generationConfig']).toEqual({
      responseMimeType: 'application/json',
      responseSchema: { type: 'object', properties: { city: { type: 'string' } } },
    })
    expect(bodyOf({ response_format: { type: 'json_object' } })['generationConfig']).toEqual({
      responseMimeType: 'application/json',
    })
  })

  test.each<[string, string, JsonObject | undefined]>([
    ['gemini-2.5-flash', 'low', { thinkingBudget: 1024, includeThoughts: true }],
    ['gemini-2.5-flash', 'none', { thinkingBudget: 0 }],
    ['gemini-2.5-pro', 'none', { thinkingBudget: 128 }],
    ['gemini-3-pro', 'medium', { thinkingLevel: 'medium', includeThoughts: true }],
    ['gemini-3-pro', 'xhigh', { thinkingLevel: 'high', includeThoughts: true }],
    ['gemini-3-pro', 'none', { thinkingLevel: 'low' }],
    ['gemini-2.0-flash', 'high', undefined],
    ['gemma-3', 'high', undefined],
  ])('behavior: %s thinks with effort %s', (model, effort, config) => {
    const generation = bodyOf({ reasoning_effort: effort, temperature: 1 }, model)['generationConfig'] as JsonObject
    expect(generation['thinkingConfig']).toEqual(config)
  })
})

describe('geminiSchemaOf', () => {
  test('default: what the form does not know is said in its words or left out', () => {
    expect(
      geminiSchemaOf({
        $schema: 'x',
        $defs: { city: { type: 'string', minLength: 1 } },
        type: 'object',
        additionalProperties: false,
        required: ['city'],
        properties: {
          city: { $ref: '#/$defs/city', description: 'where' },
          unit: { enum: ['c', 'f', null] },
          level: { type: 'integer', enum: [1, 2], exclusiveMinimum: 0 },
          kind: { const: 'x' },
          note: { type: ['string', 'null'], format: 'email' },
          either: { type: ['string', 'number'] },
          maybe: { anyOf: [{ type: 'number' }, { type: 'null' }], description: 'm' },
          one: { oneOf: [{ type: 'string' }, { type: 'boolean' }] },
          both: {
            allOf: [
              { type: 'object', properties: { a: {} }, required: ['a'] },
              { properties: { b: {} }, required: ['b'] },
            ],
          },
          list: { type: 'array' },
          at: { type: 'string', format: 'date-time' },
        },
      }),
    ).toEqual({
      type: 'object',
      required: ['city'],
      properties: {
        city: { type: 'string', minLength: 1, description: 'where' },
        unit: { type: 'string', enum: ['c', 'f'], nullable: true },
        level: { type: 'integer', description: 'One of: 1, 2.' },
        kind: { type: 'string', enum: ['x'] },
        note: { type: 'string', nullable: true },
        either: { anyOf: [{ type: 'string' }, { type: 'number' }] },
        maybe: { type: 'number', nullable: true, description: 'm' },
        one: { anyOf: [{ type: 'string' }, { type: 'boolean' }] },
        both: { type: 'object', properties: { a: {}, b: {} }, required: ['a', 'b'] },
        list: { type: 'array', items: {} },
        at: { type: 'string', format: 'date-time' },
      },
    })
  })

  test('behavior: a schema that refers to itself goes as it is', () => {
    const tree = { type: 'object', properties: { next: { $ref: '#' } } }
    expect(geminiSchemaOf(tree)).toBeUndefined()
    const tools = [{ type: 'function', function: { name: 'f', parameters: tree } }]
    expect(bodyOf({ tools })['tools']).toEqual([
      { functionDeclarations: [{ name: 'f', description: '', parametersJsonSchema: tree }] },
    ])
  })

  test('error: references that explode, nest or lead nowhere', () => {
    const $defs: Record<string, JsonObject> = { d0: { type: 'string' } }
    for (let level = 1; level < 30; level += 1) {
      const half = { $ref: `#/$defs/d${level - 1}` }
      $defs[`d${level}`] = { type: 'object', properties: { a: half, b: half } }
    }
    const unsupported = new UpstreamError('UPSTREAM_UNSUPPORTED')
    expect(() => geminiSchemaOf({ $ref: '#/$defs/d29', $defs })).toThrow(unsupported)
    let deep: JsonObject = { type: 'string' }
    for (let level = 0; level < 70; level += 1) deep = { type: 'array', items: deep }
    expect(() => geminiSchemaOf(deep)).toThrow(unsupported)
    expect(() => geminiSchemaOf({ $ref: '#/$defs/none' })).toThrow(unsupported)
    expect(() => geminiSchemaOf({ $ref: 'https://evil/schema' })).toThrow(unsupported)
  })
})

import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../json.js'
import { responsesToChatRequest } from '../responses/responses-request.js'
import { UpstreamError } from '../upstream-error.js'
import { responsesBodyOf } from './responses-body.js'

const bodyOf = (members: JsonObject): JsonObject =>
  responsesBodyOf({ endpoint: 'chat.completions', model: 'gpt-5.1', body: { messages: [], ...members } })

describe('responsesBodyOf', () => {
  test('default', () => {
    const schema = { type: 'object', properties: {} }
    expect(
      bodyOf({
        messages: [
          { role: 'system', content: 'be brief' },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'look' },
              { type: 'image_url', image_url: { url: 'https://h/a.png' } },
              { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } },
              { type: 'file', file: { file_data: 'data:application/pdf;base64,BB', filename: 'a.pdf' } },
            ],
          },
          {
            role: 'assistant',
            content: 'Well',
            tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
            reasoning_details: [{ type: 'reasoning.encrypted', data: 'd', id: 'rs_1', format: 'openai-responses-v1' }],
          },
          { role: 'tool', tool_call_id: 'c', content: 'y' },
        ],
        tools: [{ type: 'function', function: { name: 'f', parameters: schema, strict: true } }],
        tool_choice: { type: 'function', function: { name: 'f' } },
        response_format: { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } },
        reasoning_effort: 'low',
        verbosity: 'low',
        max_tokens: 50,
        temperature: 0,
        seed: 1,
      }),
    ).toEqual({
      model: 'gpt-5.1',
      stream: true,
      store: false,
      input: [
        { role: 'system', content: 'be brief' },
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'look' },
            { type: 'input_image', image_url: 'https://h/a.png' },
            { type: 'input_image', image_url: 'data:image/png;base64,AA' },
            { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,BB' },
          ],
        },
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'd' },
        { role: 'assistant', content: [{ type: 'output_text', text: 'Well' }] },
        { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c', output: 'y' },
      ],
      tools: [{ type: 'function', name: 'f', parameters: schema, strict: true }],
      tool_choice: { type: 'function', name: 'f' },
      text: { format: { type: 'json_schema', name: 'x', schema, strict: true }, verbosity: 'low' },
      reasoning: { effort: 'low' },
      include: ['reasoning.encrypted_content'],
      max_output_tokens: 50,
      temperature: 0,
    })
  })

  test('behavior: there and back again is the same request', () => {
    const messages = [
      { role: 'system', content: [{ type: 'text', text: 'be brief' }] },
      { role: 'user', content: [{ type: 'text', text: 'hi' }] },
      {
        role: 'assistant',
        content: [{ type: 'text', text: 'Well' }],
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
      },
      { role: 'tool', tool_call_id: 'c', content: 'y' },
    ]
    const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' }, strict: false } }]
    const chat = { messages, tools, tool_choice: 'required', max_completion_tokens: 9, reasoning_effort: 'low' }
    expect(responsesToChatRequest(bodyOf(chat)).chatBody).toEqual({ model: 'gpt-5.1', ...chat })
  })

  test('error: what that API has no place for', () => {
    const audio = { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } }] }
    expect(() => bodyOf({ messages: [audio] })).toThrow(new UpstreamError('UPSTREAM_UNSUPPORTED'))
    expect(() => responsesBodyOf({ endpoint: 'completions', model: 'm', body: { prompt: 'x' } })).toThrow(UpstreamError)
  })
})

import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../json.js'
import { parseChatRequest } from '../parse-request.js'
import { UpstreamRequestError } from '../request-error.js'
import { responsesToChatRequest } from './responses-request.js'

const chatOf = (members: JsonObject): JsonObject =>
  parseChatRequest(responsesToChatRequest({ model: 'm', input: 'hi', ...members }).chatBody).body

describe('responsesToChatRequest', () => {
  test('default', () => {
    expect(
      chatOf({
        instructions: 'be brief',
        max_output_tokens: 9,
        temperature: 0.5,
        reasoning: { effort: 'low', summary: 'auto' },
        text: {
          verbosity: 'low',
          format: { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: true },
        },
        tools: [{ type: 'function', name: 'f', parameters: { type: 'object' }, strict: null }],
        tool_choice: { type: 'function', name: 'f' },
        parallel_tool_calls: false,
        store: false,
        unknown: 1,
      }),
    ).toEqual({
      model: 'm',
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'user', content: 'hi' },
      ],
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
      tool_choice: { type: 'function', function: { name: 'f' } },
      temperature: 0.5,
      parallel_tool_calls: false,
      max_completion_tokens: 9,
      reasoning_effort: 'low',
      response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' }, strict: true } },
      verbosity: 'low',
    })
  })

  test('behavior: items become messages; one turn of the assistant is one message', () => {
    const input = [
      { role: 'developer', content: 'd' },
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'look' },
          { type: 'input_image', image_url: 'data:image/png;base64,AA==', detail: 'low' },
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' },
        ],
      },
      { type: 'reasoning', id: 'r', summary: [] },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'I look', annotations: [] }] },
      { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
      { type: 'function_call', call_id: 'b', name: 'f', arguments: '{}' },
      { type: 'function_call_output', call_id: 'a', output: 'A' },
      { type: 'function_call_output', call_id: 'b', output: [{ type: 'input_text', text: 'B' }] },
    ]
    const call = (id: string): JsonObject => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })
    expect(chatOf({ input })['messages']).toEqual([
      { role: 'developer', content: [{ type: 'text', text: 'd' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==', detail: 'low' } },
          { type: 'file', file: { file_data: 'data:application/pdf;base64,AA==', filename: 'a.pdf' } },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'I look' }], tool_calls: [call('a'), call('b')] },
      { role: 'tool', tool_call_id: 'a', content: 'A' },
      { role: 'tool', tool_call_id: 'b', content: 'B' },
    ])
  })

  test.each<[string, JsonObject, string]>([
    ['no input', { input: null }, 'input'],
    ['an empty input', { input: [] }, 'input'],
    ['an input of reasoning only', { input: [{ type: 'reasoning', summary: [] }] }, 'input'],
    ['stored responses', { previous_response_id: 'resp_1' }, 'previous_response_id'],
    ['conversations', { conversation: 'c' }, 'conversation'],
    ['prompt templates', { prompt: { id: 'p' } }, 'prompt'],
    ['storing', { store: true }, 'store'],
    ['background', { background: true }, 'background'],
    ['log probabilities', { top_logprobs: 2 }, 'top_logprobs'],
    ['log probabilities by include', { include: ['message.output_text.logprobs'] }, 'include[0]'],
    ['too many includes', { include: Array(33).fill('x') }, 'include'],
    ['tools of the provider', { tools: [{ type: 'web_search' }] }, 'tools[0].type'],
    ['a choice of such a tool', { tool_choice: { type: 'web_search' } }, 'tool_choice.type'],
    ['a tool without a name', { tools: [{ type: 'function' }] }, 'tools[0].name'],
    ['references', { input: [{ type: 'item_reference', id: 'x' }] }, 'input[0].type'],
    ['unknown items', { input: [{ type: 'computer_call' }] }, 'input[0].type'],
    ['unknown roles', { input: [{ role: 'robot', content: 'x' }] }, 'input[0].role'],
    ['unknown parts', { input: [{ role: 'user', content: [{ type: 'x' }] }] }, 'input[0].content[0].type'],
    [
      'stored files',
      { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] },
      'input[0].content[0].file_id',
    ],
    ['calls without an id', { input: [{ type: 'function_call', name: 'f', arguments: '' }] }, 'input[0].call_id'],
    [
      'results that are images',
      { input: [{ type: 'function_call_output', call_id: 'a', output: [{ type: 'input_image', image_url: 'u' }] }] },
      'input[0].output[0].type',
    ],
    [
      "another server's encrypted reasoning",
      { input: [{ type: 'reasoning', encrypted_content: 'gAAA' }] },
      'input[0].encrypted_content',
    ],
    [
      'packed reasoning that is no list',
      { input: [{ type: 'reasoning', encrypted_content: `ogr1.${btoa('{}')}` }] },
      'input[0].encrypted_content',
    ],
    ['a wrong format', { text: { format: { type: 'xml' } } }, 'text.format.type'],
    ['a schema without a name', { text: { format: { type: 'json_schema', schema: {} } } }, 'text.format.name'],
    ['a limit below one', { max_output_tokens: 0 }, 'max_output_tokens'],
  ])('error: %s', (_name, members, param) => {
    let thrown: unknown
    try {
      chatOf(members)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(UpstreamRequestError)
    expect(thrown).toMatchObject({ param, status: 400 })
  })
})

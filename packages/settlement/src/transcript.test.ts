import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { encodeTranscript, hashTranscript, type Transcript, transcriptOf } from './transcript.js'

const call = { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Dallas"}' } }

function chat(message: object, rest: object = {}): unknown {
  return { model: 'm-1', choices: [{ message: { role: 'assistant', ...message }, finish_reason: 'stop', ...rest }] }
}

describe('transcriptOf', () => {
  test('default: chat', () => {
    const body = chat(
      { content: null, refusal: null, tool_calls: [call], reasoning_content: 'hm' },
      { finish_reason: 'tool_calls', logprobs: null },
    )
    expect(transcriptOf('chat.completions', body)).toEqual({
      endpoint: 'chat.completions',
      model: 'm-1',
      content: '',
      refusal: '',
      reasoning: 'hm',
      toolCalls: [{ id: 'call_1', name: 'get_weather', arguments: '{"city":"Dallas"}' }],
      finishReason: 'tool_calls',
    })
  })

  test('default: completion', () => {
    const body = {
      model: 'm-1',
      object: 'text_completion',
      choices: [{ text: ' x', index: 0, finish_reason: 'length' }],
    }
    expect(transcriptOf('completions', body)).toEqual({
      endpoint: 'completions',
      model: 'm-1',
      text: ' x',
      refusal: '',
      reasoning: '',
      toolCalls: [],
      finishReason: 'length',
    })
  })

  test('behavior: absent, null and empty are the same; identifiers and times do not count', () => {
    const hashes = [
      chat({ content: 'a' }),
      chat({ content: 'a', refusal: null, tool_calls: null, reasoning: null }),
      chat({ content: 'a', refusal: '', tool_calls: [], reasoning: '' }),
      Object.assign({ id: 'x', created: 5, usage: {} }, chat({ content: 'a' }, { index: 0, logprobs: null })),
    ].map((body) => hashTranscript(transcriptOf('chat.completions', body)))
    expect(new Set(hashes).size).toBe(1)
  })

  test('behavior: reasoning under either name, once', () => {
    for (const message of [
      { reasoning: 'r' },
      { reasoning_content: 'r' },
      { reasoning: 'r', reasoning_content: 'r' },
    ]) {
      expect(transcriptOf('chat.completions', chat(message)).reasoning).toBe('r')
    }
  })

  test.each<[string, unknown]>([
    ['no object', null],
    ['no choices', { model: 'm' }],
    ['empty choices', { model: 'm', choices: [] }],
    ['two choices', { model: 'm', choices: [1, 2] }],
    ['choice is no object', { model: 'm', choices: ['x'] }],
    ['no model', { choices: [{ message: { content: 'a' }, finish_reason: 'stop' }] }],
    ['no message', { model: 'm', choices: [{ finish_reason: 'stop' }] }],
    ['no finish reason', chat({ content: 'a' }, { finish_reason: null })],
    ['content parts', chat({ content: [{ type: 'text', text: 'a' }] })],
    ['two reasonings', chat({ reasoning: 'a', reasoning_content: 'b' })],
    ['legacy function call', chat({ function_call: { name: 'f', arguments: '' } })],
    ['audio', chat({ audio: { id: 'a' } })],
    ['tool call of another kind', chat({ tool_calls: [{ id: 'a', type: 'custom', custom: {} }] })],
    ['tool call without id', chat({ tool_calls: [{ type: 'function', function: { name: 'f', arguments: '' } }] })],
    ['tool call without name', chat({ tool_calls: [{ ...call, function: { arguments: '' } }] })],
    ['tool calls no array', chat({ tool_calls: {} })],
    ['too many tool calls', chat({ tool_calls: Array.from({ length: 1025 }, () => call) })],
  ])('error: INVALID_RESPONSE: %s', (_name, body) => {
    expect(() => transcriptOf('chat.completions', body)).toThrow(expect.objectContaining({ code: 'INVALID_RESPONSE' }))
  })
})

describe('hashTranscript', () => {
  const transcripts: fc.Arbitrary<Transcript> = fc.record({
    endpoint: fc.constant('chat.completions'),
    model: fc.constantFrom('a', 'b'),
    content: fc.string(),
    refusal: fc.constantFrom('', 'no'),
    reasoning: fc.constantFrom('', 'hm'),
    toolCalls: fc.array(
      fc.record({ id: fc.constantFrom('1', '2'), name: fc.constantFrom('f', 'g'), arguments: fc.string() }),
      {
        maxLength: 2,
      },
    ),
    finishReason: fc.constantFrom('stop', 'length'),
  })
  property.prop([transcripts, transcripts])('behavior: equal hashes only for equal transcripts', (left, right) => {
    const isSame = JSON.stringify(encodeTranscript(left)) === JSON.stringify(encodeTranscript(right))
    expect(hashTranscript(left) === hashTranscript(right)).toBe(isSame)
  })

  test('behavior: a chat answer is no completion', () => {
    const parts = { model: 'm', refusal: '', reasoning: '', toolCalls: [], finishReason: 'stop' }
    expect(hashTranscript({ ...parts, endpoint: 'completions', text: 'a' })).not.toBe(
      hashTranscript({ ...parts, endpoint: 'chat.completions', content: 'a' }),
    )
  })
})

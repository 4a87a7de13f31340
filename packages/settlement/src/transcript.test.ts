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
      expect(transcriptOf('chat.completions', chat(message))).toMatchObject({ reasoning: 'r' })
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

describe('transcriptOf embeddings', () => {
  const vectors = [
    [0.1, -1],
    [0, 2.5],
  ]
  const base64 = ['zczMPQAAgL8=', 'AAAAAAAAIEA=']
  const answer = (embeddings: readonly unknown[]): unknown => ({
    object: 'list',
    model: 'e-1',
    data: embeddings.map((embedding, index) => ({ object: 'embedding', index, embedding })),
  })

  test('default: both encodings have one transcript', () => {
    const transcript = transcriptOf('embeddings', answer(vectors))
    expect(transcript).toEqual({ endpoint: 'embeddings', model: 'e-1', embeddings: base64 })
    expect(transcriptOf('embeddings', answer(base64))).toEqual(transcript)
    expect(encodeTranscript(transcript)).toEqual(transcript)
    expect(hashTranscript(transcript)).not.toBe(
      hashTranscript(transcriptOf('embeddings', answer([...base64].reverse()))),
    )
  })

  test.each<[string, unknown]>([
    ['no model', { data: [{ index: 0, embedding: [1] }] }],
    ['no data', { model: 'm' }],
    ['no vectors', answer([])],
    ['too many vectors', answer(Array.from({ length: 2049 }, () => [1]))],
    ['no vector in an item', { model: 'm', data: [{ index: 0 }] }],
    ['out of order', { model: 'm', data: [{ index: 1, embedding: [1] }] }],
    ['an empty vector', answer([[]])],
    ['no number', answer([['1']])],
    ['neither list nor text', answer([{}])],
    ['beyond a 32-bit float', answer([[1e39]])],
    ['not base64', answer(['!'])],
    ['base64 in another form', answer(['zczMPQAAgL8'])],
    ['a cut float', answer(['AAAA'])],
    ['not a number in base64', answer(['AADAfw=='])],
  ])('error: INVALID_RESPONSE: %s', (_name, body) => {
    expect(() => transcriptOf('embeddings', body)).toThrow(expect.objectContaining({ code: 'INVALID_RESPONSE' }))
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

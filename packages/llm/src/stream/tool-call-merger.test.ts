import { describe, expect, test } from 'vitest'
import { createChatChunkReader } from './chat-chunk-reader.js'
import { createToolCallMerger, maxToolCalls, type RawToolCallDelta, type ToolCallDelta } from './tool-call-merger.js'

function merge(deltas: readonly RawToolCallDelta[]): {
  readonly calls: readonly (readonly [string, string, string])[]
  readonly emitted: readonly ToolCallDelta[]
} {
  const merger = createToolCallMerger({ fallbackId: (position) => `fallback_${position}` })
  const emitted = [...deltas.flatMap((delta) => merger.push(delta)), ...merger.end()]
  return { calls: merger.calls().map((call) => [call.id, call.function.name, call.function.arguments]), emitted }
}

const two = [
  ['a', 'f', '{"x":1}'],
  ['b', 'g', '{"y":2}'],
]

describe('createToolCallMerger', () => {
  test('default', () => {
    const { calls, emitted } = merge([
      { index: 0, id: 'a', name: 'f', arguments: '' },
      { index: 0, arguments: '{"x"' },
      { index: 0, arguments: ':1}' },
    ])
    expect(calls).toEqual([['a', 'f', '{"x":1}']])
    expect(emitted).toEqual([
      { type: 'tool-call-delta', index: 0, id: 'a', name: 'f', arguments: '{"x"' },
      { type: 'tool-call-delta', index: 0, arguments: ':1}' },
    ])
  })

  test.each<[string, readonly RawToolCallDelta[]]>([
    [
      'whole calls at once',
      [
        { index: 0, id: 'a', name: 'f', arguments: '{"x":1}' },
        { index: 1, id: 'b', name: 'g', arguments: '{"y":2}' },
      ],
    ],
    [
      'interleaved',
      [
        { index: 0, id: 'a', name: 'f', arguments: '{"x"' },
        { index: 1, id: 'b', name: 'g', arguments: '{"y"' },
        { index: 0, arguments: ':1}' },
        { index: 1, arguments: ':2}' },
      ],
    ],
    [
      'index from 1',
      [
        { index: 1, id: 'a', name: 'f', arguments: '{"x":1}' },
        { index: 2, id: 'b', name: 'g', arguments: '{"y":2}' },
      ],
    ],
    [
      'no index, ids repeated',
      [
        { id: 'a', name: 'f', arguments: '{"x"' },
        { id: 'a', arguments: ':1}' },
        { id: 'b', name: 'g', arguments: '{"y"' },
        { id: 'b', arguments: ':2}' },
      ],
    ],
    [
      'no index, id only first',
      [
        { id: 'a', name: 'f', arguments: '{"x"' },
        { arguments: ':1}' },
        { id: 'b', name: 'g', arguments: '' },
        { arguments: '{"y":2}' },
      ],
    ],
    [
      'one index for two ids',
      [
        { index: 0, id: 'a', name: 'f', arguments: '{"x"' },
        { index: 0, arguments: ':1}' },
        { index: 0, id: 'b', name: 'g', arguments: '{"y"' },
        { index: 0, id: 'b', arguments: ':2}' },
      ],
    ],
    [
      'name repeated with each piece, id empty later',
      [
        { index: 0, id: 'a', name: 'f', arguments: '{"x"' },
        { index: 0, id: '', name: 'f', arguments: ':1}' },
        { index: 1, id: 'b', name: 'g', arguments: '{"y":2}' },
      ],
    ],
    [
      'name late',
      [
        { index: 0, id: 'a', arguments: '{"x"' },
        { index: 0, name: 'f' },
        { index: 0, arguments: ':1}' },
        { index: 1, id: 'b', arguments: '' },
        { index: 1, name: 'g', arguments: '{"y":2}' },
      ],
    ],
  ])('behavior: %s', (_name, deltas) => {
    expect(merge(deltas).calls).toEqual(two)
  })

  test('behavior: missing ids and repeated ids get a fallback of their own', () => {
    expect(merge([{ index: 0, name: 'f', arguments: '{}' }]).calls).toEqual([['fallback_0', 'f', '{}']])
    const same = merge([
      { index: 0, id: 'x', name: 'f', arguments: '{}' },
      { index: 1, id: 'x', name: 'g', arguments: '{}' },
    ])
    expect(same.calls).toEqual([
      ['x', 'f', '{}'],
      ['fallback_1', 'g', '{}'],
    ])
  })

  test('behavior: a name in pieces', () => {
    expect(
      merge([
        { index: 0, id: 'a', name: 'get_' },
        { index: 0, name: 'weather' },
        { index: 0, arguments: '{}' },
      ]).calls,
    ).toEqual([['a', 'get_weather', '{}']])
  })

  test('behavior: a call without arguments gets an empty object', () => {
    const { calls, emitted } = merge([{ index: 0, id: 'a', name: 'now', arguments: '' }])
    expect(calls).toEqual([['a', 'now', '{}']])
    expect(emitted).toEqual([{ type: 'tool-call-delta', index: 0, id: 'a', name: 'now', arguments: '{}' }])
  })

  test('behavior: the first argument piece is not held back', () => {
    const merger = createToolCallMerger({ fallbackId: String })
    merger.push({ index: 0, id: 'a', name: 'f', arguments: '' })
    expect(merger.push({ index: 0, arguments: '{' })).toHaveLength(1)
  })

  test('error: a call that never gets a name', () => {
    const merger = createToolCallMerger({ fallbackId: String })
    merger.push({ index: 0, id: 'a', arguments: '{}' })
    expect(merger.end()).toEqual([])
    expect(merger.hasUnnamed()).toBe(true)
  })

  test('error: more calls than the bound', () => {
    const merger = createToolCallMerger({ fallbackId: String })
    for (let index = 0; index < maxToolCalls; index += 1) merger.push({ index, id: `i${index}`, name: 'f' })
    expect(() => merger.push({ index: maxToolCalls, id: 'more', name: 'f' })).toThrow('more than 128 tool calls')
  })
})

describe('what comes with every piece', () => {
  test('behavior: members without number cost no more than their bytes, and few are kept', { timeout: 20_000 }, () => {
    const reader = createChatChunkReader()
    const odd = '{"__proto__":{"a":1},"constructor":1}'
    for (let index = 0; index < 20_000; index += 1) {
      const extra = index === 0 ? JSON.parse(odd) : { [`k${index}`]: index, k1: index }
      const call = { index: 0, id: 'a', function: { name: 'f' }, extra_content: extra }
      const detail = { type: 't', index: 0, [`k${index}`]: 1, text: 'x' }
      const delta = { extra_content: extra, reasoning_details: [detail], tool_calls: [call] }
      reader.push({ choices: [{ index: 0, delta, logprobs: { content: [index] } }] })
    }
    reader.end()
    const { toolCalls, messageExtra, logprobs } = reader.output()
    const kept = messageExtra['extra_content'] as Record<string, unknown>
    expect([Object.keys(kept).length, kept['k1'], Object.hasOwn(kept, '__proto__')]).toEqual([100, 19_999, false])
    expect(toolCalls[0]).toMatchObject({ extra_content: kept })
    expect(messageExtra['reasoning_details']).toEqual([expect.objectContaining({ text: 'x'.repeat(20_000) })])
    expect(logprobs?.['content']).toHaveLength(20_000)
  })
})

import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { QuoteError } from '../quote-error.js'
import { parseStrictJson, type StrictJson } from './strict-json.js'

function plain(value: StrictJson): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, member]) => [key, plain(member)]))
  return Array.isArray(value) ? value.map(plain) : value
}

describe('parseStrictJson', () => {
  it('default', () => {
    const { value, slices } = parseStrictJson(' {"a": [1, -2, true], "b":{"c":"\\u00e9\\n"} , "d":null}\n')
    expect(plain(value)).toEqual({ a: [1, -2, true], b: { c: 'é\n' }, d: null })
    expect([...slices]).toEqual([
      ['a', '[1, -2, true]'],
      ['b', '{"c":"\\u00e9\\n"}'],
      ['d', 'null'],
    ])
  })

  it('behavior: __proto__ is a key like any other', () => {
    const { value } = parseStrictJson('{"__proto__":{"x":1},"constructor":2}')
    expect([...value.keys()]).toEqual(['__proto__', 'constructor'])
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  it.each([
    '',
    '[]',
    'null',
    '{',
    '{"a":1,}',
    '{"a":1}x',
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '{"a":01}',
    '{"a":1.5}',
    '{"a":1e2}',
    '{"a":-0}',
    '{"a":9007199254740993}',
    '{"a":"\u0001"}',
    '{"a":"\\x"}',
    '{"a":"\\ud800"}',
    '{"a":\'b\'}',
    '{a:1}',
    '{"a":NaN}',
    '{"a":[1,]}',
    '{"a":"b}',
    '\ufeff{}',
  ])('error: %j', (text) => {
    expect(() => parseStrictJson(text)).toThrow(QuoteError)
  })

  it('error: too deep, too long', () => {
    expect(() => parseStrictJson(`{"a":${'['.repeat(40)}${']'.repeat(40)}}`)).toThrow('too deep')
    expect(() => parseStrictJson(`{"a":${'['.repeat(200_000)}`)).toThrow(QuoteError)
    expect(() => parseStrictJson(`{"a":"${'x'.repeat(300_000)}"}`)).toThrow('JSON of')
    expect(() => parseStrictJson(`{"a":[${'1,'.repeat(60_000)}1]}`)).toThrow('too long')
  })

  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', maxDepth: 8 },
      fc.constant(null),
      fc.boolean(),
      fc.integer(),
      fc.string(),
      tie('list'),
      tie('object'),
    ),
    list: fc.array(tie('value'), { maxLength: 4 }),
    object: fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
  }))

  test.prop([json.object, fc.constantFrom(undefined, 1, '\t')])(
    'property: reads what JSON.stringify wrote',
    (object, space) => {
      const text = JSON.stringify(object, null, space)
      expect(plain(parseStrictJson(text).value)).toEqual(JSON.parse(text))
    },
  )

  test.prop([fc.string()])('property: what it accepts JSON.parse accepts', (text) => {
    let value: unknown
    try {
      value = plain(parseStrictJson(text).value)
    } catch (error) {
      expect(error).toBeInstanceOf(QuoteError)
      return
    }
    expect(value).toEqual(JSON.parse(text))
  })
})

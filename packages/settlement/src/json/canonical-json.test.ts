import { readFileSync } from 'node:fs'
import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { canonicalize, MAX_CANONICAL_DEPTH } from './canonical-json.js'
import type { JsonValue } from './json-value.js'
import { parseStrictJson } from './strict-json.js'

function vectors(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../test/vectors/rfc8785/${name}`, import.meta.url), 'utf8'))
}

interface Samples {
  readonly sample: { readonly input: string; readonly canonicalUtf8Hex: string }
  readonly sorting: { readonly input: string; readonly valuesInOrder: readonly string[] }
}
const { sample, sorting } = vectors('samples.json') as Samples
const numbers = vectors('numbers.json') as readonly { readonly bits: string; readonly json: string | null }[]

/** Compares key by key, without relying on the sort of the implementation. */
function isSorted(keys: readonly string[]): boolean {
  return keys.every((key, i) => i === 0 || (keys[i - 1] ?? '') < key)
}

describe('canonicalize', () => {
  test('RFC 8785 §3.2.2 to §3.2.4: sample object, byte for byte', () => {
    const text = canonicalize(JSON.parse(sample.input))
    expect(Buffer.from(text, 'utf8').toString('hex')).toBe(sample.canonicalUtf8Hex)
  })

  test('RFC 8785 §3.2.3: order of keys', () => {
    const text = canonicalize(parseStrictJson(sorting.input))
    expect(Object.values(JSON.parse(text)).sort()).toEqual([...sorting.valuesInOrder].sort())
    // JSON.parse would move the key "1" to the front: read the order from the text.
    const places = sorting.valuesInOrder.map((value) => text.indexOf(`"${value}"`))
    expect(places.every((place, i) => place > (places[i - 1] ?? 0))).toBe(true)
  })

  test.each(numbers)('RFC 8785 appendix B: $bits', ({ bits, json }) => {
    const number = Buffer.from(bits, 'hex').readDoubleBE()
    if (json === null) expect(() => canonicalize(number)).toThrow(expect.objectContaining({ code: 'NOT_JSON' }))
    else expect(canonicalize(number)).toBe(json)
  })

  test.each([
    ['locale is ignored', { pêche: 1, péché: 2, sin: 3, peach: 4 }, '{"peach":4,"péché":2,"pêche":1,"sin":3}'],
    ['integer-like keys are text', { '10': null, '9': 1, '1': [] }, '{"1":[],"10":null,"9":1}'],
    ['no normalisation', { k: 'A\u030a' }, '{"k":"A\u030a"}'],
    [
      'control characters',
      '\u0000\u001f\b\t\n\f\r"\\/\u007f\u2028',
      '"\\u0000\\u001f\\b\\t\\n\\f\\r\\"\\\\/\u007f\u2028"',
    ],
    ['empty key', { a: {}, '': '' }, '{"":"","a":{}}'],
  ])('behavior: %s', (_name, value, text) => {
    expect(canonicalize(value)).toBe(text)
  })

  property.prop([fc.jsonValue()])('behavior: the same value, once, with sorted keys', (value) => {
    const json = JSON.parse(JSON.stringify(value)) as JsonValue
    const text = canonicalize(json)
    expect(JSON.parse(text)).toEqual(json)
    expect(canonicalize(JSON.parse(text))).toBe(text)
  })

  property.prop([fc.uniqueArray(fc.string({ unit: 'grapheme' }), { maxLength: 12 })])(
    'behavior: insertion order does not matter, keys come in UTF-16 order',
    (keys) => {
      const entries = keys.map((key): [string, number] => [key, 1])
      const text = canonicalize(Object.fromEntries(entries))
      expect(canonicalize(Object.fromEntries(entries.reverse()))).toBe(text)
      const written = [...text.matchAll(/("(?:[^"\\]|\\.)*"):1/g)].map((match) => JSON.parse(match[1] ?? '') as string)
      expect(written).toHaveLength(keys.length)
      expect(isSorted(written)).toBe(true)
    },
  )

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['undefined field', { a: undefined }],
    ['hole in an array', Array(2)],
    ['bigint', { a: 1n }],
    ['NaN', Number.NaN],
    ['date', new Date(0)],
    ['map', new Map([['a', 1]])],
    ['bytes', new Uint8Array(2)],
    ['symbol', Symbol('a')],
    ['function', () => 1],
  ])('error: NOT_JSON: %s', (_name, value) => {
    expect(() => canonicalize(value as JsonValue)).toThrow(expect.objectContaining({ code: 'NOT_JSON' }))
  })

  test.each(['\ud800', 'a\udc00b', '\udc00\ud800'])('error: LONE_SURROGATE in text and key', (text) => {
    expect(() => canonicalize([text])).toThrow(expect.objectContaining({ code: 'LONE_SURROGATE' }))
    expect(() => canonicalize({ [text]: 1 })).toThrow(expect.objectContaining({ code: 'LONE_SURROGATE' }))
  })

  test('error: LIMIT_EXCEEDED for a cycle and for depth', () => {
    const cycle: { self?: JsonValue } = {}
    cycle.self = cycle as JsonValue
    expect(() => canonicalize(cycle as JsonValue)).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }))
    const nested = (depth: number): JsonValue => JSON.parse('['.repeat(depth) + ']'.repeat(depth))
    expect(canonicalize(nested(MAX_CANONICAL_DEPTH))).toHaveLength(2 * MAX_CANONICAL_DEPTH)
    expect(() => canonicalize(nested(MAX_CANONICAL_DEPTH + 1))).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
    )
  })

  test('behavior: objects of another realm and without prototype are plain', () => {
    expect(canonicalize(Object.assign(Object.create(null), { b: 1, a: 2 }))).toBe('{"a":2,"b":1}')
  })

  test('behavior: __proto__ is a key like any other', () => {
    expect(canonicalize(parseStrictJson('{"a":1,"__proto__":{"x":2}}'))).toBe('{"__proto__":{"x":2},"a":1}')
  })
})

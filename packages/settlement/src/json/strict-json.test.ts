import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import type { SettlementErrorCode } from '../settlement-error.js'
import { parseStrictJson } from './strict-json.js'

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return (error as { code: string }).code
  }
  return 'accepted'
}

describe('parseStrictJson', () => {
  test('default', () => {
    const text = ' {"a" : [1, -2.5e3, "\\u00e9\\n\\ud83d\\ude00", true, false, null, {}, []] }\r\n\t'
    expect(parseStrictJson(text)).toEqual({ a: [1, -2500, 'é\n😀', true, false, null, {}, []] })
    expect(parseStrictJson(new TextEncoder().encode(text))).toEqual(parseStrictJson(text))
  })

  property.prop([fc.jsonValue({ noUnicodeString: false })])('behavior: reads what JSON.stringify writes', (value) => {
    const text = JSON.stringify(value)
    expect(parseStrictJson(text)).toEqual(JSON.parse(text))
  })

  property.prop([fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0019eE+-. \ntrufalsn') })], { numRuns: 2000 })(
    'behavior: accepts no text that JSON.parse refuses, and reads the rest alike',
    (text) => {
      let strict: unknown
      try {
        strict = parseStrictJson(text)
      } catch (error) {
        expect(error).toHaveProperty('name', 'SettlementError')
        return
      }
      expect(strict).toEqual(JSON.parse(text))
    },
  )

  property.prop([fc.double({ noNaN: true, noDefaultInfinity: true })])('behavior: reads each double', (number) => {
    expect(parseStrictJson(String(number))).toBe(number === 0 ? Number(String(number)) : number)
  })

  test.each<[SettlementErrorCode, string]>([
    ['DUPLICATE_KEY', '{"a":1,"a":1}'],
    ['DUPLICATE_KEY', '{"a":1,"\\u0061":2}'],
    ['DUPLICATE_KEY', '{"__proto__":1,"__proto__":2}'],
    ['DUPLICATE_KEY', '[{"x":{"toString":1,"toString":2}}]'],
    ['LONE_SURROGATE', '"\\ud800"'],
    ['LONE_SURROGATE', '"\\udc00\\ud800"'],
    ['LONE_SURROGATE', '{"\\ud83d":1}'],
    ['LONE_SURROGATE', '"\ud800"'],
    ['LONE_SURROGATE', '"\ud83d\\ude00"'],
    ['NUMBER_NOT_EXACT', '1e400'],
    ['NUMBER_NOT_EXACT', '-1e400'],
    ['NUMBER_NOT_EXACT', '1e-400'],
    ['NUMBER_NOT_EXACT', '1e-99999999999999999999'],
    ['NUMBER_NOT_EXACT', '0.1000000000000000055511151231257827'],
    ['NUMBER_NOT_EXACT', '0.30000000000000000001'],
    ['NUMBER_NOT_EXACT', '9007199254740993'],
    ['NUMBER_NOT_EXACT', '333333333.33333329'],
    ['NUMBER_NOT_EXACT', '123456789012345678901234567890'],
    ['INVALID_JSON', ''],
    ['INVALID_JSON', '   '],
    ['INVALID_JSON', '{} {}'],
    ['INVALID_JSON', '1 2'],
    ['INVALID_JSON', '[1,]'],
    ['INVALID_JSON', '{"a":1,}'],
    ['INVALID_JSON', '{a:1}'],
    ['INVALID_JSON', "{'a':1}"],
    ['INVALID_JSON', '{"a" 1}'],
    ['INVALID_JSON', '[1 2]'],
    ['INVALID_JSON', '[1'],
    ['INVALID_JSON', '{"a":1'],
    ['INVALID_JSON', '"a'],
    ['INVALID_JSON', '"a\nb"'],
    ['INVALID_JSON', '"\\x41"'],
    ['INVALID_JSON', '"\\u12g4"'],
    ['INVALID_JSON', '"\\u+123"'],
    ['INVALID_JSON', '01'],
    ['INVALID_JSON', '-'],
    ['INVALID_JSON', '+1'],
    ['INVALID_JSON', '.5'],
    ['INVALID_JSON', '1.'],
    ['INVALID_JSON', '0x10'],
    ['INVALID_JSON', '0.1+0.2'],
    ['INVALID_JSON', 'NaN'],
    ['INVALID_JSON', 'Infinity'],
    ['INVALID_JSON', 'tru'],
    ['INVALID_JSON', 'nulll'],
    ['INVALID_JSON', '// c\n1'],
    ['INVALID_JSON', '\ufeff{}'],
    ['INVALID_JSON', '\u00a01'],
    ['INVALID_JSON', '1\u0000'],
  ])('error: %s: %j', (code, text) => {
    expect(codeOf(() => parseStrictJson(text))).toBe(code)
    if (code !== 'LONE_SURROGATE') expect(codeOf(() => parseStrictJson(new TextEncoder().encode(text)))).toBe(code)
  })

  test.each([
    '0',
    '-0',
    '0.0',
    '0e999999999',
    '4.50',
    '1E30',
    '1e+2',
    '0.1',
    '1e23',
    '5e-324',
    '9007199254740992',
    '100000000000000000000',
  ])('behavior: keeps the exact number %s', (text) => {
    expect(parseStrictJson(text)).toBe(Number(text))
  })

  test.each([
    ['overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['cut character', [0x22, 0xe2, 0x82, 0x22]],
    ['byte order mark', [0xef, 0xbb, 0xbf, 0x31]],
  ])('error: INVALID_JSON: bytes with %s', (_name, bytes) => {
    expect(codeOf(() => parseStrictJson(Uint8Array.from(bytes)))).toBe('INVALID_JSON')
  })

  test('behavior: __proto__ never reaches a prototype', () => {
    const value = parseStrictJson('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}')
    expect(Object.hasOwn(Object(value), '__proto__')).toBe(true)
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect(Reflect.get(Object(value), 'polluted')).toBeUndefined()
  })

  test('error: LIMIT_EXCEEDED at each bound, and not before it', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
    expect(parseStrictJson(nested(128))).toBeInstanceOf(Array)
    expect(codeOf(() => parseStrictJson(nested(129)))).toBe('LIMIT_EXCEEDED')
    expect(codeOf(() => parseStrictJson('{"a":'.repeat(100_000)))).toBe('LIMIT_EXCEEDED')
    expect(parseStrictJson('[1]', { maxBytes: 3, maxDepth: 1, maxNodes: 2 })).toEqual([1])
    expect(codeOf(() => parseStrictJson('[1]', { maxBytes: 2 }))).toBe('LIMIT_EXCEEDED')
    expect(codeOf(() => parseStrictJson('[1]', { maxDepth: 0 }))).toBe('LIMIT_EXCEEDED')
    expect(codeOf(() => parseStrictJson('[1]', { maxNodes: 1 }))).toBe('LIMIT_EXCEEDED')
  })

  test('error: every truncation of a document', () => {
    const text = '{"a":[1.5,true,null,"\\u00e9x"],"b":{"c":-2e3}}'
    for (let length = 0; length < text.length; length += 1) {
      expect(codeOf(() => parseStrictJson(text.slice(0, length)))).toBe('INVALID_JSON')
    }
  })
})

import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { bytesOfHexDigits } from '../bytes/hex.js'
import { QuoteError } from '../quote-error.js'
import { type CborValue, parseCbor } from './cbor-reader.js'
import { encodeCborArray, encodeCborBytes, encodeCborHead, encodeCborMap, encodeCborText } from './cbor-writer.js'

describe('parseCbor', () => {
  // RFC 8949, appendix A.
  it.each<readonly [string, CborValue]>([
    ['00', 0n],
    ['17', 23n],
    ['1818', 24n],
    ['1903e8', 1000n],
    ['1a000f4240', 1_000_000n],
    ['1bffffffffffffffff', 18_446_744_073_709_551_615n],
    ['20', -1n],
    ['3822', -35n],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    ['4401020304', Uint8Array.of(1, 2, 3, 4)],
    ['62c3bc', '\u00fc'],
    ['83010203', [1n, 2n, 3n]],
    [
      'a201020304',
      new Map([
        [1n, 2n],
        [3n, 4n],
      ]),
    ],
    [
      'a26161016162820203',
      new Map<string, CborValue>([
        ['a', 1n],
        ['b', [2n, 3n]],
      ]),
    ],
    [
      'bf6161016162820203ff',
      new Map<string, CborValue>([
        ['a', 1n],
        ['b', [2n, 3n]],
      ]),
    ],
  ])('default: %s', (hex, value) => {
    expect(parseCbor(bytesOfHexDigits(hex))).toEqual(value)
  })

  it.each([
    ['nothing', ''],
    ['bytes after the item', '0000'],
    ['a number in two bytes that fits one', '1817'],
    ['a number in three bytes that fits two', '1900ff'],
    ['a number in five bytes that fits three', '1a0000ffff'],
    ['a number in nine bytes that fits five', '1b00000000ffffffff'],
    ['a length in two bytes that fits one', '580100'],
    ['reserved information', '1c'],
    ['a cut-off number', '19ff'],
    ['a cut-off string', '4201'],
    ['a length of 2^64 - 1', '5bffffffffffffffff'],
    ['an array of 2^32 - 1', '9affffffff'],
    ['text that is no UTF-8', '61ff'],
    ['a string of indefinite length', '5f4100ff'],
    ['an array of indefinite length', '9f00ff'],
    ['a break without a start', 'ff'],
    ['a map that does not end', 'bf6161'],
    ['a key twice', 'a2616101616102'],
    ['a key twice in a map of indefinite length', 'bf616101616102ff'],
    ['a break in place of a value', 'bf6161ff'],
    ['a key of bytes', 'a1410001'],
    ['a tag', 'c100'],
    ['a float', 'f93c00'],
    ['undefined', 'f7'],
    ['a simple value', 'f8ff'],
    ['seven levels', '81818181818181818100'],
  ])('error: %s', (_, hex) => {
    expect(() => parseCbor(bytesOfHexDigits(hex))).toThrow(QuoteError)
  })

  it('error: more values than a document needs', () => {
    const zeros = Array.from({ length: 600 }, () => Uint8Array.of(0))
    expect(() => parseCbor(encodeCborArray(zeros))).toThrow('too deep or too long')
  })

  test.prop([fc.uint8Array({ maxLength: 64 })])('property: never throws anything else', (bytes) => {
    try {
      parseCbor(bytes)
    } catch (error) {
      expect(error).toBeInstanceOf(QuoteError)
    }
  })

  const item: fc.Arbitrary<{ value: CborValue; bytes: Uint8Array }> = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => ({ value, bytes: encodeCborHead(0, value) })),
    fc.uint8Array({ maxLength: 300 }).map((value) => ({ value, bytes: encodeCborBytes(value) })),
    fc.string({ unit: 'binary', maxLength: 40 }).map((value) => ({ value, bytes: encodeCborText(value) })),
  )
  test.prop([fc.dictionary(fc.string({ maxLength: 8 }), item)])('property: reads what was written', (members) => {
    const entries = Object.entries(members)
    const bytes = encodeCborMap(entries.map(([name, member]) => [encodeCborText(name), member.bytes]))
    expect(parseCbor(bytes)).toEqual(new Map(entries.map(([name, { value }]) => [name, value])))
  })
})

import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { vectorFile } from '../../test/vector-files.js'
import { bytesOfHexDigits, hexOf } from '../bytes/hex.js'
import { QuoteError } from '../quote-error.js'
import { encodeDer, encodeInteger, encodeOid, encodeSequence, encodeTime } from '../simulator/der-writer.js'
import { openDer, parseDer } from './der-reader.js'
import { booleanOf, oidOf, smallNumberOf, timeOf, unsignedOf, wholeBitStringOf } from './der-values.js'

const der = (digits: string) => parseDer(bytesOfHexDigits(digits))

describe('parseDer', () => {
  it('default', () => {
    const sequence = openDer(der('30060201050101ff'))
    expect(smallNumberOf(sequence.next(), 10)).toBe(5)
    expect(booleanOf(sequence.next())).toBe(true)
    expect(() => sequence.end()).not.toThrow()
    expect(() => sequence.next()).toThrow(QuoteError)
  })

  it.each([
    ['empty', ''],
    ['no length', '30'],
    ['indefinite length', '30800000'],
    ['length not minimal', '30810100'],
    ['length with leading zero', '30820001ff'],
    ['length of four bytes', '308400000000'],
    ['content cut off', '300201'],
    ['bytes after it', '300000'],
    ['multi-byte tag', '1f810100'],
  ])('error: %s', (_, digits) => {
    expect(() => der(digits)).toThrow(QuoteError)
  })

  it('error: members left over, another tag', () => {
    expect(() => openDer(der('3003020105')).end()).toThrow(QuoteError)
    expect(() => openDer(der('020105'))).toThrow(QuoteError)
    expect(() => openDer(der('3003020105')).next(0x04)).toThrow(QuoteError)
  })

  test.prop([fc.uint8Array({ maxLength: 70_000 })], { numRuns: 30 })(
    'property: reads what the writer wrote',
    (bytes) => {
      const written = encodeSequence(encodeDer(0x04, bytes))
      expect(openDer(parseDer(written)).next(0x04).content).toEqual(bytes)
    },
  )

  it('behavior: the certificates of Intel truncated anywhere', () => {
    const list = vectorFile('real', 'near-mpc-v4', 'root_ca_crl.der')
    for (let length = 0; length < list.length; length += 1) {
      expect(() => parseDer(list.subarray(0, length))).toThrow(QuoteError)
    }
  })
})

describe('unsignedOf', () => {
  it.each(['0200', '0201ff', '02020005', '0101ff'])('error: %s', (digits) => {
    expect(() => unsignedOf(der(digits))).toThrow(QuoteError)
  })

  test.prop([fc.uint8Array({ minLength: 1, maxLength: 40 })])('property: reads what the writer wrote', (bytes) => {
    const value = unsignedOf(parseDer(encodeInteger(bytes)))
    expect(BigInt(hexOf(value))).toBe(BigInt(hexOf(bytes)))
  })
})

describe('smallNumberOf', () => {
  it('error: above its maximum', () => {
    expect(smallNumberOf(der('020200ff'), 255)).toBe(255)
    expect(() => smallNumberOf(der('02020100'), 255)).toThrow(QuoteError)
    expect(() => smallNumberOf(der('02090100000000000000ff'), 255)).toThrow(QuoteError)
  })
})

describe('booleanOf', () => {
  it('error: other than 00 and FF', () => {
    expect(booleanOf(der('010100'))).toBe(false)
    for (const digits of ['010101', '0100', '01020000', '020100'])
      expect(() => booleanOf(der(digits))).toThrow(QuoteError)
  })
})

describe('oidOf', () => {
  it.each(['1.2.840.113741.1.13.1', '2.5.29.15', '1.2.840.10045.4.3.2', '0.9', '2.999.3'])('default: %s', (dotted) => {
    if (dotted !== '2.999.3') expect(oidOf(parseDer(encodeOid(dotted)))).toBe(dotted)
    else expect(oidOf(der('0603883703'))).toBe(dotted)
  })

  it('error: cut, not minimal, oversized', () => {
    for (const digits of ['0600', '0601ff', '06032a8001', '06072affffffffff7f']) {
      expect(() => oidOf(der(digits))).toThrow(QuoteError)
    }
  })
})

describe('wholeBitStringOf', () => {
  it('error: unused bits', () => {
    expect(wholeBitStringOf(der('03020005'))).toEqual(Uint8Array.of(5))
    for (const digits of ['03020105', '0300', '040105']) expect(() => wholeBitStringOf(der(digits))).toThrow(QuoteError)
  })
})

describe('timeOf', () => {
  const text = (tag: string, value: string) =>
    der(tag + value.length.toString(16).padStart(2, '0') + hexOf(new TextEncoder().encode(value)).slice(2))

  it('default', () => {
    expect(timeOf(text('17', '180521105010Z'))).toBe(1526899810n)
    expect(timeOf(text('17', '500101000000Z'))).toBe(-631152000n)
    expect(timeOf(text('18', '20500101000000Z'))).toBe(2524608000n)
    expect(timeOf(parseDer(encodeTime(1526899810n)))).toBe(1526899810n)
  })

  it.each([
    ['17', '1805211050Z'],
    ['17', '180521105010+0000'],
    ['17', '180230000000Z'],
    ['17', '181321105010Z'],
    ['17', '180521246010Z'],
    ['18', '20180521105010Z'],
    ['18', '20500101000000.5Z'],
    ['0c', '180521105010Z'],
  ])('error: tag %s, %s', (tag, value) => {
    expect(() => timeOf(text(tag, value))).toThrow(QuoteError)
  })
})

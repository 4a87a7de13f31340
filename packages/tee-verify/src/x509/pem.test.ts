import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { QuoteError } from '../quote-error.js'
import { encodePemChain, parsePemChain } from './pem.js'

const chain = encodePemChain([new Uint8Array(100).fill(7), new Uint8Array(48).fill(9)])

describe('parsePemChain', () => {
  it('default', () => {
    expect(parsePemChain(chain).map(({ length }) => length)).toEqual([100, 48])
  })

  it('behavior: LF or CRLF, lines of another width, with or without an end of line and a NUL at the end', () => {
    const bare = chain.slice(0, -1)
    const narrow = chain.replace(/(\w{32})(\w{32})\n/g, '$1\n$2\n')
    expect(narrow).not.toBe(chain)
    for (const text of [bare, narrow, `${chain}\0`, `${bare}\0`, chain.replaceAll('\n', '\r\n')]) {
      expect(parsePemChain(text)).toEqual(parsePemChain(chain))
    }
  })

  it.each([
    ['nothing', ''],
    ['only NUL', '\0'],
    ['text before', `x${chain}`],
    ['text after', `${chain}x`],
    ['empty line after', `${chain}\n`],
    ['two NUL', `${chain}\0\0`],
    ['empty line between', chain.replace('-----\n-----', '-----\n\n-----')],
    ['a lone carriage return', chain.replace('\n', '\r')],
    ['another label', chain.replaceAll('CERTIFICATE', 'X509 CRL')],
    ['a long line', chain.replace(/(\w{64})\n/, '$1')],
    ['an empty line inside', chain.replace(/(\w{64})\n/, '$1\n\n')],
    ['a space', chain.replace('BwcH', 'Bw H')],
    ['bits after the last byte', chain.replace(/Bw==/, 'Bx==')],
    ['no end', chain.slice(0, 100)],
  ])('error: %s', (_, text) => {
    expect(() => parsePemChain(text)).toThrow(QuoteError)
  })

  it('error: too large', () => {
    expect(() => parsePemChain(encodePemChain([new Uint8Array(40_000)]))).toThrow('PEM of')
  })

  test.prop([fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 4 })])(
    'property: reads what was written',
    (certificates) => {
      expect(parsePemChain(encodePemChain(certificates))).toEqual(certificates)
    },
  )
})

import { describe, expect, it } from 'vitest'
import { vectorFile, vectorJson, vectorNames } from '../../test/vector-files.js'
import { QuoteError } from '../quote-error.js'
import { parseEnclaveQuote, parseQuote } from './quote.js'

interface Described {
  readonly version: number
  readonly bytes: number
  readonly teeTcbSvn: string
  readonly tdAttributes: string
  readonly xfam: string
  readonly mrTd: string
  readonly reportData: string
}

describe('parseQuote', () => {
  // Intel's TDX sample of 2021 has PEM lines that end in two carriage returns, which nothing real does.
  const isTdx = (name: string): boolean => vectorFile('real', name, 'quote.bin')[0] !== 3 && name !== 'intel-tdx-v4'
  const names = vectorNames('real').filter(isTdx)

  it.each(names)('default: %s has the fields that were recorded for it', (name) => {
    const { version, td } = parseQuote(vectorFile('real', name, 'quote.bin'), { trailingBytes: 'any' })
    const quote = vectorJson('real', name, 'vector.json')['quote'] as Described
    expect(version).toBe(quote.version)
    expect(td.teeTcbSvn.map((svn) => svn.toString(16).padStart(2, '0')).join('')).toBe(quote.teeTcbSvn)
    expect(td).toMatchObject({
      attributes: `0x${quote.tdAttributes}`,
      xfam: `0x${quote.xfam}`,
      mrTd: `0x${quote.mrTd}`,
      reportData: `0x${quote.reportData}`,
    })
    expect(td.teeTcbSvn2 === null).toBe(version === 4)
  })

  it('behavior: names the attributes', () => {
    expect(parseQuote(vectorFile('real', 'near-mpc-v4', 'quote.bin')).td.attributeNames).toEqual(['SEPT_VE_DISABLE'])
    const debug = parseQuote(vectorFile('synthetic', 'D01', 'quote.bin')).td
    expect(debug).toMatchObject({ debug: true, attributeNames: expect.arrayContaining(['DEBUG']) })
  })

  it('error: an SGX quote, bytes of another kind, too many', () => {
    expect(() => parseQuote(vectorFile('real', 'phala-sgx-v3', 'quote.bin'))).toThrow('parseEnclaveQuote')
    expect(() => parseQuote('0x04' as unknown as Uint8Array)).toThrow(QuoteError)
    expect(() => parseQuote(new Uint8Array(70_000))).toThrow('quote of 70000 bytes')
  })
})

describe('parseEnclaveQuote', () => {
  it('default', () => {
    const { version, enclave } = parseEnclaveQuote(vectorFile('real', 'phala-sgx-v3', 'quote.bin'))
    expect([version, enclave.debug, enclave.isvSvn]).toEqual([3, false, expect.any(Number)])
  })

  it('error: a TDX quote, a quote without its chain', () => {
    expect(() => parseEnclaveQuote(vectorFile('real', 'near-mpc-v4', 'quote.bin'))).toThrow('parseQuote')
    expect(() => parseEnclaveQuote(vectorFile('real', 'intel-sgx-v3', 'quote.bin'))).toThrow('pass pckChain')
  })

  it('error: truncated at any length', () => {
    const bytes = vectorFile('real', 'phala-sgx-v3', 'quote.bin')
    const authLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(432, true)
    for (let length = 0; length < 436 + authLength; length += 1) {
      expect(() => parseEnclaveQuote(bytes.subarray(0, length))).toThrow(QuoteError)
    }
  })
})

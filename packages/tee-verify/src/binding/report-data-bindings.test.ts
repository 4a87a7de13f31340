import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseQuote } from '../quote/quote.js'
import { QuoteError } from '../quote-error.js'
import { nodeReportData } from './node-report-data.js'
import {
  dstackReportData,
  nearReportData,
  nitridingUserData,
  nonceReportData,
  teekitReportData,
  tinfoilReportData,
} from './report-data-bindings.js'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const digest = (name: string, ...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash(name)
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}
const key = `0x${'c3'.repeat(32)}` as const
const nonce = `0x${'b2'.repeat(32)}` as const

describe('nodeReportData', () => {
  it('default', () => {
    expect(nodeReportData({ nodeId: key, nonce })).toBe(`0x${'c3'.repeat(32)}${'b2'.repeat(32)}`)
  })
})

describe('dstackReportData', () => {
  it('default: SHA-512 of the tagged data', () => {
    expect(dstackReportData({ data: utf8('x') })).toBe(`0x${digest('sha512', 'app-data:x')}`)
    expect(dstackReportData({ data: utf8('x'), tag: 'ratls-cert' })).toBe(`0x${digest('sha512', 'ratls-cert:x')}`)
  })

  it('behavior: shorter hashes and raw data have zeros behind them', () => {
    const zeros = (text: string): string => `0x${text.padEnd(128, '0')}`
    const data = utf8('x')
    expect(dstackReportData({ data, hash: 'sha256' })).toBe(zeros(digest('sha256', 'app-data:x')))
    expect(dstackReportData({ data, hash: 'sha384' })).toBe(zeros(digest('sha384', 'app-data:x')))
    expect(dstackReportData({ data: Uint8Array.of(0x12, 0x34), hash: 'raw' })).toBe(zeros('1234'))
    expect(dstackReportData({ data, hash: 'keccak256' })).toMatch(/^0x[0-9a-f]{64}0{64}$/)
  })

  it("behavior: the report data of the quote in dstack's own fixture", () => {
    const path = join(import.meta.dirname, '../../test/vectors/eventlog/dstack-quote-report/quote.bin')
    const { td } = parseQuote(new Uint8Array(readFileSync(path)))
    expect(dstackReportData({ data: Uint8Array.of(0x12, 0x34), hash: 'raw' })).toBe(td.reportData)
  })

  it('error: too long, or another hash', () => {
    expect(() => dstackReportData({ data: new Uint8Array(65), hash: 'raw' })).toThrow(QuoteError)
    expect(() => dstackReportData({ data: utf8('x'), hash: 'toString' as never })).toThrow(QuoteError)
  })
})

describe('nearReportData', () => {
  it('default', () => {
    const expected = `0x${'d4'.repeat(20)}${'00'.repeat(12)}${'b2'.repeat(32)}`
    expect(nearReportData({ signingAddress: `0x${'d4'.repeat(20)}`, nonce })).toBe(expected)
  })

  it('error: another size', () => {
    expect(() => nearReportData({ signingAddress: key, nonce })).toThrow(QuoteError)
    expect(() => nearReportData({ signingAddress: `0x${'d4'.repeat(20)}`, nonce: '0x00' })).toThrow(QuoteError)
  })
})

describe('tinfoilReportData', () => {
  it('default', () => {
    const tlsPublicKeyInfo = utf8('a public key')
    const expected = `0x${digest('sha256', 'a public key')}${'c3'.repeat(32)}`
    expect(tinfoilReportData({ tlsPublicKeyInfo, hpkeKey: key })).toBe(expected)
    expect(() => tinfoilReportData({ tlsPublicKeyInfo, hpkeKey: '0x00' })).toThrow(QuoteError)
  })
})

describe('teekitReportData', () => {
  it('default', () => {
    const input = { nonce: utf8('n'), issuedAt: utf8('i'), publicKey: key }
    expect(teekitReportData(input)).toBe(`0x${digest('sha512', 'ni', Buffer.alloc(32, 0xc3))}`)
    expect(() => teekitReportData({ ...input, publicKey: '0x00' })).toThrow(QuoteError)
  })
})

describe('nonceReportData', () => {
  it("default: the quote of Google's sample has its nonce", () => {
    const folder = join(import.meta.dirname, '../../test/vectors/eventlog/gcp-cos113-ccel')
    const { td } = parseQuote(new Uint8Array(readFileSync(join(folder, 'quote.bin'))))
    const sample = readFileSync(join(folder, 'nonce.bin')).toString('hex')
    expect(nonceReportData(`0x${sample}`)).toBe(td.reportData)
    expect(nonceReportData('0x01')).toBe(`0x01${'00'.repeat(63)}`)
    expect(() => nonceReportData(`0x${'00'.repeat(65)}`)).toThrow(QuoteError)
  })
})

describe('nitridingUserData', () => {
  it('default', () => {
    const expected = `0x1220${digest('sha256', 'tls')}1220${digest('sha256', 'key')}`
    expect(nitridingUserData({ tlsCertificate: utf8('tls'), signingKeyInfo: utf8('key') })).toBe(expected)
  })
})

import { describe, expect, it } from 'vitest'
import { hexOf } from '../bytes/hex.js'
import { QuoteError } from '../quote-error.js'
import { reportDataFor } from './report-data.js'

const nodeId = `0x${'a1'.repeat(32)}` as const
const nonce = `0x${'b2'.repeat(32)}` as const

describe('reportDataFor', () => {
  it('default', () => {
    expect(hexOf(reportDataFor({ nodeId, nonce }))).toBe(`0x${'a1'.repeat(32)}${'b2'.repeat(32)}`)
  })

  it('error: another size', () => {
    for (const short of ['0x', '0xa1', `0x${'a1'.repeat(33)}`, 'zz'] as const) {
      expect(() => reportDataFor({ nodeId: short as never, nonce })).toThrow(QuoteError)
      expect(() => reportDataFor({ nodeId, nonce: short as never })).toThrow(QuoteError)
    }
  })
})

import { describe, expect, test } from 'vitest'
import { parseInferenceMode, parseSettlementMode } from './request-modes.js'

describe('modes in header fields', () => {
  test('absent means the least', () => {
    expect(parseInferenceMode(undefined)).toBe('VANILLA')
    expect(parseSettlementMode(undefined)).toBe('SETTLE')
  })

  test.each(['VANILLA', 'TEE'] as const)('%s', (mode) => {
    expect(parseInferenceMode(mode)).toBe(mode)
  })

  test.each(['SETTLE', 'SETTLE_METADATA', 'SETTLE_BATCH'] as const)('%s', (mode) => {
    expect(parseSettlementMode(mode)).toBe(mode)
  })

  // A value that is not understood must not become the weaker default.
  test.each(['', 'tee', ' TEE', 'TEE, TEE', 'VANILLA,TEE', 'toString', '__proto__'])('refuses %j', (header) => {
    const coded = expect.objectContaining({ code: 'invalid_header' })
    expect(() => parseInferenceMode(header)).toThrow(coded)
    expect(() => parseSettlementMode(header)).toThrow(coded)
  })
})

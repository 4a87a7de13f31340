import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { decodeBase64, encodeBase64 } from './base64.js'

describe('base64', () => {
  test.prop([fc.uint8Array({ maxLength: 100 })])('property: reads what Node writes, and writes the same', (bytes) => {
    const text = Buffer.from(bytes).toString('base64')
    expect(encodeBase64(bytes)).toBe(text)
    expect(decodeBase64(text)).toEqual(bytes)
  })

  test.prop([fc.string({ maxLength: 12 })])('property: whatever it reads is written back the same', (text) => {
    let bytes: Uint8Array
    try {
      bytes = decodeBase64(text)
    } catch {
      return
    }
    expect(encodeBase64(bytes)).toBe(text)
  })

  it.each(['A', 'AA', 'AAA', 'AAAAA', 'AB==', 'AAB=', 'AAA\n', 'AA A', '====', 'A===', 'AA=A', '\u0100AAA', 'AAA-'])(
    'error: %j',
    (text) => {
      expect(() => decodeBase64(text)).toThrow(expect.objectContaining({ code: 'BAD_PEM' }))
    },
  )
})

import { fc, test as property } from '@fast-check/vitest'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { hexOf } from '../hex.js'
import { portableKeccak } from '../keccak.js'
import { createFastKeccak } from './create-fast-keccak.js'
import * as fastKeccak from './index.js'

const keccak = await createFastKeccak()

test('export names', () => {
  expect(Object.keys(fastKeccak).sort()).toMatchInlineSnapshot(`
    [
      "createFastKeccak",
      "portableKeccak",
    ]
  `)
})

describe('createFastKeccak', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  test('default: WebAssembly, with the published digests of Keccak-256', () => {
    expect(keccak).not.toBe(portableKeccak)
    const text = (value: string): Uint8Array => new TextEncoder().encode(value)
    for (const hash of [keccak, portableKeccak]) {
      expect(hexOf(hash(text('')))).toBe('0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470')
      expect(hexOf(hash(text('abc')))).toBe('0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45')
    }
  })

  test('behavior: equal to the portable one at every length from 0 to 600, and beyond the buffer of the module', () => {
    const bytes = Uint8Array.from({ length: 600 }, (_, i) => (i * 167 + 13) % 256)
    for (let length = 0; length <= bytes.length; length += 1) {
      const part = bytes.subarray(bytes.length - length)
      if (hexOf(keccak(part)) !== hexOf(portableKeccak(part))) expect.fail(`${length} bytes hash differently`)
    }
    for (const length of [16_383, 16_384, 16_385, 1_000_003]) {
      const long = new Uint8Array(length).fill(0xa5)
      expect(hexOf(keccak(long))).toBe(hexOf(portableKeccak(long)))
    }
  })

  property.prop([fc.uint8Array({ maxLength: 2000 })])('behavior: equal to the portable one on any bytes', (bytes) => {
    expect(keccak(bytes)).toEqual(portableKeccak(bytes))
  })

  test('behavior: digests are bytes of their own, and two instances do not meet', async () => {
    const other = await createFastKeccak()
    const first = keccak(Uint8Array.of(1))
    const copy = first.slice()
    other(Uint8Array.of(2))
    keccak(Uint8Array.of(3))
    expect(first).toEqual(copy)
    first.fill(0)
    expect(keccak(Uint8Array.of(1))).toEqual(copy)
  })

  test('behavior: an input that is no bytes spoils nothing', () => {
    expect(() => keccak(undefined as unknown as Uint8Array)).toThrow()
    expect(keccak(Uint8Array.of(1))).toEqual(portableKeccak(Uint8Array.of(1)))
  })

  test('behavior: without WebAssembly it is the portable one', async () => {
    vi.stubGlobal('WebAssembly', undefined)
    expect(await createFastKeccak()).toBe(portableKeccak)
  })
})

import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { medianOf, percentileOf, significant } from '../src/statistics.js'

describe('percentileOf', () => {
  test('default', () => {
    expect(percentileOf([4, 1, 3, 2], 0)).toBe(1)
    expect(percentileOf([4, 1, 3, 2], 1)).toBe(4)
    expect(percentileOf([10, 20], 0.95)).toBeCloseTo(19.5, 10)
    expect(percentileOf([7], 0.95)).toBe(7)
  })

  test('behavior: without samples there is no number', () => {
    expect(percentileOf([], 0.5)).toBeNull()
    expect(medianOf([])).toBeNull()
  })

  test.prop([
    fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  ])(
    'behavior: it lies among the samples, does not care for their order and leaves them as they are',
    (samples, fraction) => {
      const before = [...samples]
      const value = percentileOf(samples, fraction) ?? Number.NaN
      expect(value).toBeGreaterThanOrEqual(Math.min(...samples))
      expect(value).toBeLessThanOrEqual(Math.max(...samples))
      expect(percentileOf([...samples].reverse(), fraction)).toBe(value)
      expect(samples).toEqual(before)
    },
  )
})

describe('medianOf', () => {
  test('default', () => {
    expect(medianOf([3, 1, 2])).toBe(2)
    expect(medianOf([4, 1, 2, 3])).toBe(2.5)
  })
})

describe('significant', () => {
  test('default', () => {
    expect(significant(123.456)).toBe(123.5)
    expect(significant(0.00123456)).toBe(0.001235)
    expect(significant(98_765, 2)).toBe(99_000)
  })
})

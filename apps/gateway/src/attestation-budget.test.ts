import { describe, expect, test } from 'vitest'
import { createAttestationBudget } from './attestation-budget.js'

function budget(perMinute = 100) {
  let seconds = 60_000n
  const { take } = createAttestationBudget({ perMinute, now: () => seconds })
  return {
    takeAll: (address: string, times = 1000) =>
      Array.from({ length: times }, () => take(address)).filter(Boolean).length,
    next: () => {
      seconds += 60n
    },
  }
}

describe('attestations', () => {
  test('one caller cannot have what others need', () => {
    const { takeAll, next } = budget()
    expect(takeAll('192.0.2.1')).toBe(50)
    expect(takeAll('192.0.2.1')).toBe(0)
    expect([takeAll('192.0.2.2'), takeAll('192.0.2.3')]).toEqual([5, 5])
    next()
    expect(takeAll('192.0.2.1')).toBe(50)
  })

  test('many callers have all of them together, and no more', () => {
    const { takeAll } = budget()
    const had = Array.from({ length: 300 }, (_, index) => takeAll(`198.51.${index >> 8}.${index & 255}`, 1))
    expect(had.filter((count) => count === 1)).toHaveLength(100)
  })

  test.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '2001:DB8:1:2:3:4:5:6'],
    ['2001:db8::1', '2001:db8::ffff:9', '2001:db8:0:0:1::'],
    ['::ffff:192.0.2.1', '192.0.2.1', '::FFFF:192.0.2.1'],
    ['::1', '::2', '0:0:0:0:1::'],
  ])('the addresses of one network are one caller: %s, %s, %s', (...addresses) => {
    const { takeAll } = budget()
    expect(addresses.map((address) => takeAll(address))).toEqual([50, 0, 0])
    expect(takeAll('2001:db8:ffff::1')).toBe(5)
  })
})

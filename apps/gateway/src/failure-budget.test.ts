import { describe, expect, test } from 'vitest'
import { createFailureBudget } from './failure-budget.js'

describe('D10: failures that cost the node and not the payer', () => {
  test('a payer gets so many a minute, others are not touched', () => {
    let now = 600n
    const budget = createFailureBudget({ perMinute: 3, maxPayers: 10, now: () => now })
    for (const _ of [1, 2, 3]) {
      expect(budget.isSpent('a')).toBe(false)
      budget.countFailure('a')
    }
    expect([budget.isSpent('a'), budget.isSpent('b')]).toEqual([true, false])
    now = 660n
    expect(budget.isSpent('a')).toBe(false)
  })

  test('D14: payers without number take no memory without bound', () => {
    const budget = createFailureBudget({ perMinute: 1, maxPayers: 100, now: () => 0n })
    for (let index = 0; index < 10_000; index += 1) budget.countFailure(`payer ${index}`)
    expect([budget.isSpent('payer 9999'), budget.isSpent('payer 9900'), budget.isSpent('payer 9899')]).toEqual([
      true,
      true,
      false,
    ])
  })
})

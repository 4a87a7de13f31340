import { expect, test } from 'vitest'
import { createDebtors } from './debtors.js'

test('a debtor is known in any spelling; the oldest is forgotten first', () => {
  const debtors = createDebtors({ maxPayers: 2 })
  expect(debtors.has('0xAb')).toBe(false)
  debtors.add('0xAb')
  debtors.add('0xcd')
  debtors.add('0xaB')
  expect([debtors.has('0xab'), debtors.has('0xCD')]).toEqual([true, true])
  debtors.add('0xef')
  expect([debtors.has('0xAB'), debtors.has('0xcd'), debtors.has('0xef')]).toEqual([true, false, true])
})

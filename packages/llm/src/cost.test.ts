import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { addCost, costOf, receiptOf } from './cost.js'

describe('costOf', () => {
  test.each([
    [0.1, '0.1'],
    [1e-7, '0.0000001'],
    ['0.10', '0.1'],
    ['12', '12'],
    [1e21, '1000000000000000000000'],
    [0, '0'],
  ])('default: %s is %s', (cost, text) => {
    expect(costOf({ cost })).toBe(text)
  })

  test.each([[null], [-1], ['free'], [true], ['1e99'], ['']])('behavior: %s says nothing', (cost) => {
    expect(costOf({ cost })).toBeNull()
    expect(costOf(null)).toBeNull()
  })
})

describe('addCost', () => {
  test('default: exactly', () => {
    expect(addCost('0.1', '0.2')).toBe('0.3')
    expect(addCost(null, '0.2')).toBe('0.2')
    expect(addCost('0.1', null)).toBe('0.1')
    expect(addCost(null, null)).toBeNull()
  })

  const micros = fc.nat(10 ** 9)
  property.prop([micros, micros])('behavior: like integers of millionths', (left, right) => {
    const sum = addCost(String(left / 1e6), String(right / 1e6))
    expect(Math.round(Number(sum) * 1e6)).toBe(left + right)
  })
})

test('receiptOf', () => {
  expect(receiptOf({ og: { payment_hash: '0x1' } })).toEqual({ payment_hash: '0x1' })
  expect(receiptOf({ og: 'x' })).toBeNull()
  expect(receiptOf(null)).toBeNull()
})

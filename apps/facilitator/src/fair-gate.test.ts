import { describe, expect, test } from 'vitest'
import { createFairGate } from './fair-gate.js'

/** Work that ends when it is told. */
function slow() {
  const order: string[] = []
  const open: (() => void)[] = []
  const work = (name: string) => () =>
    new Promise<string>((resolve) => {
      order.push(name)
      open.push(() => resolve(name))
    })
  const end = async (): Promise<void> => {
    open.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { order, work, end }
}

describe('createFairGate', () => {
  test('default: so many at a time, and everybody is answered', async () => {
    const gate = createFairGate({ maxConcurrent: 2, maxWaiting: 10, maxPerPayer: 10 })
    const { order, work, end } = slow()
    const answers = ['a', 'b', 'c', 'd'].map((name) => gate.pass(name, work(name)))
    await new Promise((resolve) => setImmediate(resolve))
    expect([order, gate.running, gate.waiting]).toEqual([['a', 'b'], 2, 2])
    for (let index = 0; index < 4; index += 1) await end()
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c', 'd'])
    expect([gate.running, gate.waiting]).toEqual([0, 0])
  })

  test('behavior: who asks much does not push out who asks little', async () => {
    const gate = createFairGate({ maxConcurrent: 1, maxWaiting: 100, maxPerPayer: 100 })
    const { order, work, end } = slow()
    for (let index = 0; index < 5; index += 1) void gate.pass('greedy', work(`greedy ${index}`))
    void gate.pass('modest', work('modest'))
    void gate.pass('other', work('other'))
    for (let index = 0; index < 7; index += 1) await end()
    expect(order.slice(0, 4)).toEqual(['greedy 0', 'greedy 1', 'modest', 'other'])
    expect(order).toHaveLength(7)
  })

  test('error: above a payer’s share, and above everybody’s', async () => {
    const gate = createFairGate({ maxConcurrent: 1, maxWaiting: 2, maxPerPayer: 2 })
    const { work, end } = slow()
    const first = [gate.pass('a', work('a')), gate.pass('a', work('a'))]
    await expect(gate.pass('a', work('a'))).rejects.toMatchObject({ name: 'BusyError', scope: 'payer' })
    const second = gate.pass('b', work('b'))
    await expect(gate.pass('c', work('c'))).rejects.toMatchObject({ scope: 'all' })
    for (let index = 0; index < 3; index += 1) await end()
    await Promise.all([...first, second])
    // Who was refused has used up nothing.
    const again = gate.pass('c', work('c'))
    await new Promise((resolve) => setImmediate(resolve))
    await end()
    expect(await again).toBe('c')
  })

  test('error: a caller with many payers leaves room for others', async () => {
    const gate = createFairGate({ maxConcurrent: 1, maxWaiting: 3, maxPerPayer: 1, maxPerCaller: 2 })
    const { work, end } = slow()
    const asked = [gate.pass('a', work('a'), 'greedy'), gate.pass('b', work('b'), 'greedy')]
    await expect(gate.pass('c', work('c'), 'greedy')).rejects.toMatchObject({ scope: 'caller' })
    // Its payer has not lost its place by that.
    asked.push(gate.pass('c', work('c'), 'modest'))
    for (let index = 0; index < 3; index += 1) await end()
    expect(await Promise.all(asked)).toEqual(['a', 'b', 'c'])
  })

  test('error: work that fails gives its place back', async () => {
    const gate = createFairGate({ maxConcurrent: 1, maxWaiting: 1, maxPerPayer: 1 })
    for (let index = 0; index < 3; index += 1) {
      await expect(gate.pass('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    }
    expect(gate.running).toBe(0)
  })
})

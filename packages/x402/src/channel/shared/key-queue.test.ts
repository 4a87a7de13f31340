import { expect, test } from 'vitest'
import { createKeyQueue } from './key-queue.js'

test('behavior: one at a time per key, in the order of asking; keys do not wait for each other', async () => {
  const queue = createKeyQueue()
  const order: number[] = []
  const first = await queue.enter('a')
  const waiting = [1, 2, 3].map(async (name) => {
    const leave = await queue.enter('a')
    order.push(name)
    leave?.()
    // Leaving twice lets nobody else in.
    leave?.()
  })
  const other = await queue.enter('b')
  expect(order).toEqual([])
  other?.()
  first?.()
  await Promise.all(waiting)
  expect(order).toEqual([1, 2, 3])
})

test('behavior: whoever gives up leaves the queue in order', async () => {
  const queue = createKeyQueue()
  const leave = await queue.enter('a')
  const late = await queue.enter('a', { timeoutMs: 10 })
  expect(late).toBeUndefined()
  const controller = new AbortController()
  const aborted = queue.enter('a', { caller: controller })
  const next = queue.enter('a')
  controller.abort()
  expect(await aborted).toBeUndefined()
  expect(await queue.enter('a', { caller: controller })).toBeUndefined()
  expect(await queue.enter('a', { maxWaiting: 1 })).toBeUndefined()
  leave?.()
  const turn = await next
  expect(turn).toBeTypeOf('function')
  turn?.()
  expect(await queue.enter('a')).toBeTypeOf('function')
})

test('behavior: idle keys are forgotten in the end, busy ones never', async () => {
  const queue = createKeyQueue()
  const leave = await queue.enter('busy')
  let isIn = false
  const next = queue.enter('busy').then((turn) => {
    isIn = true
    return turn
  })
  for (let index = 0; index < 5_000; index += 1) (await queue.enter(`key ${index}`))?.()
  expect(isIn).toBe(false)
  expect(await queue.enter('busy', { maxWaiting: 1 })).toBeUndefined()
  leave?.()
  expect(await next).toBeTypeOf('function')
})

import { expect, test } from 'vitest'
import { createCircuitBreaker } from './circuit-breaker.js'

test('opens after failures in a row, rests, lets one probe through, and closes on its success', () => {
  let now = 0
  const breaker = createCircuitBreaker({ threshold: 3, restMs: 1000, clock: () => now })
  for (const _ of [1, 2]) {
    expect(breaker.tryEnter()).toBe(true)
    breaker.failed()
  }
  breaker.succeeded()
  for (const _ of [1, 2, 3]) {
    expect(breaker.tryEnter()).toBe(true)
    breaker.failed()
  }
  expect([breaker.isOpen(), breaker.tryEnter()]).toEqual([true, false])
  now = 1000
  expect(breaker.tryEnter()).toBe(true)
  expect(breaker.tryEnter()).toBe(false)
  breaker.failed()
  expect(breaker.tryEnter()).toBe(false)
  now = 2000
  expect(breaker.tryEnter()).toBe(true)
  // The probe was the caller's mistake: it says nothing, and the next one is a probe again.
  breaker.abstained()
  expect(breaker.tryEnter()).toBe(true)
  breaker.succeeded()
  expect([breaker.isOpen(), breaker.tryEnter(), breaker.tryEnter()]).toEqual([false, true, true])
})

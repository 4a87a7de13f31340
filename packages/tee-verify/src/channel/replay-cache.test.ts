import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { createReplayCache } from './replay-cache.js'

const NOW = 1_800_000_000n
const create = (maxEntries = 100) => createReplayCache({ windowSeconds: 300, maxEntries })

describe('createReplayCache', () => {
  it('default: a request is accepted once', () => {
    const cache = create()
    cache.accept({ id: 'a', time: NOW, now: NOW })
    expect(() => cache.accept({ id: 'a', time: NOW, now: NOW })).toThrow(expect.objectContaining({ code: 'REPLAYED' }))
    cache.accept({ id: 'b', time: NOW, now: NOW })
    expect(cache.size()).toBe(2)
  })

  it('behavior: both edges of the window are inside, one second beyond is stale', () => {
    create().accept({ id: 'a', time: NOW - 300n, now: NOW })
    create().accept({ id: 'a', time: NOW + 300n, now: NOW })
    for (const time of [NOW - 301n, NOW + 301n]) {
      expect(() => create().accept({ id: 'a', time, now: NOW })).toThrow(expect.objectContaining({ code: 'STALE' }))
    }
  })

  it('behavior: a request from the future is remembered for its whole life', () => {
    const cache = create()
    cache.accept({ id: 'a', time: NOW + 300n, now: NOW })
    for (const later of [1n, 300n, 599n, 600n]) {
      cache.accept({ id: `other ${later}`, time: NOW + later, now: NOW + later })
      expect(() => cache.accept({ id: 'a', time: NOW + 300n, now: NOW + later })).toThrow(
        expect.objectContaining({ code: 'REPLAYED' }),
      )
    }
    expect(() => cache.accept({ id: 'a', time: NOW + 300n, now: NOW + 601n })).toThrow(
      expect.objectContaining({ code: 'STALE' }),
    )
  })

  it('behavior: a full cache refuses, and serves again once entries leave the window', () => {
    const cache = create(3)
    for (const id of ['a', 'b', 'c']) cache.accept({ id, time: NOW, now: NOW })
    expect(() => cache.accept({ id: 'd', time: NOW, now: NOW + 300n })).toThrow(
      expect.objectContaining({ code: 'REPLAY_CACHE_FULL' }),
    )
    expect(() => cache.accept({ id: 'a', time: NOW, now: NOW + 300n })).toThrow(
      expect.objectContaining({ code: 'REPLAYED' }),
    )
    cache.accept({ id: 'd', time: NOW + 301n, now: NOW + 301n })
    expect(cache.size()).toBe(1)
  })

  it('behavior: a clock that steps back does not revive what was forgotten', () => {
    const cache = create()
    cache.accept({ id: 'a', time: NOW, now: NOW })
    cache.accept({ id: 'b', time: NOW + 400n, now: NOW + 400n })
    expect(cache.size()).toBe(1)
    expect(() => cache.accept({ id: 'a', time: NOW, now: NOW })).toThrow(expect.objectContaining({ code: 'STALE' }))
  })

  test.prop([
    fc.array(
      fc.record({
        id: fc.constantFrom('a', 'b', 'c', 'd'),
        time: fc.bigInt({ min: 0n, max: 9n }),
        now: fc.bigInt({ min: 0n, max: 12n }),
      }),
      { minLength: 20, maxLength: 60, size: 'max' },
    ),
    fc.integer({ min: 1, max: 8 }),
  ])('behavior: nothing is accepted twice and the bound holds, whatever the clock does', (steps, maxEntries) => {
    const cache = createReplayCache({ windowSeconds: 2, maxEntries })
    const accepted = new Set<string>()
    for (const step of steps) {
      try {
        cache.accept(step)
      } catch {
        continue
      }
      expect(accepted.has(`${step.id}@${step.time}`)).toBe(false)
      accepted.add(`${step.id}@${step.time}`)
      expect(cache.size()).toBeLessThanOrEqual(maxEntries)
    }
  })
})

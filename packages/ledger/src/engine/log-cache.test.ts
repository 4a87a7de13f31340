import { createLog } from '@og/settlement'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Hex } from '../ledger.js'
import { createLogCache } from './log-cache.js'

const LOG: Hex = `0x${'11'.repeat(32)}`
const leaf = fc.integer({ min: 0, max: 3 }).map((value): Hex => `0x${value.toString(16).padStart(64, '0')}`)

describe('logOf', () => {
  test('behavior: whatever was asked before, the root is that of the given leaves', () => {
    fc.assert(
      fc.property(fc.array(fc.array(leaf, { maxLength: 9 }), { maxLength: 6 }), (questions) => {
        const cache = createLogCache()
        for (const leaves of questions) {
          const log = cache.logOf(LOG, leaves)
          expect(log.size).toBe(leaves.length)
          expect(log.root()).toBe(createLog(leaves).root())
        }
      }),
    )
  })

  test('behavior: a grown log is the same object, a changed one is not', () => {
    const cache = createLogCache()
    const [a, b, c]: Hex[] = [1, 2, 3].map((value): Hex => `0x${value.toString(16).padStart(64, '0')}`)
    if (a === undefined || b === undefined || c === undefined) throw new Error('three leaves')
    const first = cache.logOf(LOG, [a, b])
    expect(cache.logOf(LOG, [a, b, c])).toBe(first)
    expect(cache.logOf(LOG, [c, b, c])).not.toBe(first)
    expect(cache.logOf(`0x${'22'.repeat(32)}`, [a])).not.toBe(first)
  })
})

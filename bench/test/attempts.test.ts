import { describe, expect, test } from 'vitest'
import { createAttempts } from '../src/end-to-end/attempts.js'

const idle = new AbortController().signal

describe('createAttempts', () => {
  test('default: failures are counted by side and reason, and change nothing else', async () => {
    const attempts = createAttempts(idle)
    const failing = (): Promise<never> => Promise.reject(new Error('nonce too low'))
    expect(await attempts.run('ours', async () => 'answer')).toBe('answer')
    expect(await attempts.run('peer', failing)).toBeUndefined()
    expect(await attempts.run('peer', failing)).toBeUndefined()
    expect(attempts.config()).toEqual({
      calls: { ours: 1, peer: 2 },
      failures: { ours: { count: 0 }, peer: { count: 2, reasons: { 'nonce too low': 2 } } },
    })
  })

  test('behavior: a code comes first, and a reason is never long', async () => {
    const attempts = createAttempts(idle)
    await attempts.run('ours', () => Promise.reject(Object.assign(new Error('x'.repeat(500)), { code: 'NETWORK' })))
    const { failures } = attempts.config() as { failures: { ours: { reasons: Record<string, number> } } }
    const [reason = ''] = Object.keys(failures.ours.reasons)
    expect(reason).toMatch(/^NETWORK: x+$/)
    expect(reason).toHaveLength(120)
  })

  test('error: an aborted run is no failure of a side', async () => {
    const stop = new AbortController()
    const attempts = createAttempts(stop.signal)
    stop.abort(new Error('interrupted'))
    await expect(attempts.run('ours', () => Promise.reject(new Error('aborted')))).rejects.toThrow('interrupted')
    expect(attempts.config()).toMatchObject({ failures: { ours: { count: 0 } } })
  })
})

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { measureCalls, measureThroughput } from '../src/end-to-end/phases.js'
import type { Side } from '../src/end-to-end/side.js'

const signal = new AbortController().signal

function sideOf(
  log: string[],
  options: { readonly name: string; readonly failEvery?: number; readonly ms?: number },
): Side & { readonly mostAtOnce: () => number } {
  let calls = 0
  let underWay = 0
  let most = 0
  const call = async (): Promise<{ totalMs: number; firstByteMs: number }> => {
    calls += 1
    const number = calls
    log.push(options.name)
    underWay += 1
    most = Math.max(most, underWay)
    await sleep(options.ms ?? 0)
    underWay -= 1
    if (options.failEvery !== undefined && number % options.failEvery === 0) throw new Error('refused')
    return { totalMs: number, firstByteMs: number / 2 }
  }
  return {
    call,
    mostAtOnce: () => most,
    callUntilSettled: async () => (await call()).totalMs,
    drain: async () => void log.push(`${options.name} done`),
  }
}

describe('measureCalls', () => {
  test('default: a side has finished everything before the other one begins', async () => {
    const log: string[] = []
    const sides = { ours: sideOf(log, { name: 'ours' }), peer: sideOf(log, { name: 'peer' }) }
    const samples = await measureCalls(sides, {
      rounds: 2,
      callsPerRound: 2,
      stream: true,
      sampleOf: ({ firstByteMs }) => firstByteMs,
      signal,
    })
    expect(log.join(', ')).toBe(
      'ours, ours, ours done, peer, peer, peer done, peer, peer, peer done, ours, ours, ours done',
    )
    expect(samples.ours).toEqual([0.5, 1, 1.5, 2])
    expect(samples.peer).toEqual([0.5, 1, 1.5, 2])
  })

  test('behavior: failed calls give no sample and are told', async () => {
    const sides = { ours: sideOf([], { name: 'ours' }), peer: sideOf([], { name: 'peer', failEvery: 2 }) }
    const samples = await measureCalls(sides, {
      rounds: 1,
      callsPerRound: 4,
      stream: false,
      sampleOf: ({ totalMs }) => totalMs,
      signal,
    })
    expect(samples.peer).toEqual([1, 3])
    expect(samples.config).toEqual({
      calls: { ours: 4, peer: 4 },
      failures: { ours: { count: 0 }, peer: { count: 2, reasons: { refused: 2 } } },
    })
  })
})

describe('measureThroughput', () => {
  test('default: callers run at the same time, failed calls do not count, settling counts in its own row', async () => {
    const fast = sideOf([], { name: 'ours', ms: 50 })
    const slow = sideOf([], { name: 'peer', ms: 50, failEvery: 2 })
    const sides = { ours: fast, peer: { ...slow, drain: async () => void (await sleep(200)) } }
    const { answered, settled } = await measureThroughput(sides, { rounds: 1, callers: 4, callsPerCaller: 2, signal })
    const [ours = 0] = answered.ours
    const [peer = 0] = answered.peer
    expect(fast.mostAtOnce()).toBe(4)
    // Eight calls of 50 ms by four callers take 100 ms at least; of the peer's only half were answered.
    expect(ours).toBeLessThanOrEqual(82)
    expect(peer).toBeLessThanOrEqual(41)
    expect(peer).toBeGreaterThan(0)
    expect(settled.peer[0]).toBeLessThan(peer)
    expect(answered.config).toMatchObject({ calls: { ours: 8, peer: 8 }, failures: { peer: { count: 4 } } })
  })
})

import { describe, expect, test } from 'vitest'
import { takeTurns } from '../src/take-turns.js'

describe('takeTurns', () => {
  test('default: both once a round, the first one swapped', async () => {
    const seen: string[] = []
    await takeTurns(3, async (side, round) => void seen.push(`${side} ${round}`))
    expect(seen).toEqual(['ours 0', 'peer 0', 'peer 1', 'ours 1', 'ours 2', 'peer 2'])
  })

  test('error: an aborted run ends before the next turn', async () => {
    const stop = new AbortController()
    const seen: string[] = []
    const run = takeTurns(
      3,
      async (side) => {
        seen.push(side)
        stop.abort(new Error('enough'))
      },
      stop.signal,
    )
    await expect(run).rejects.toThrow('enough')
    expect(seen).toEqual(['ours'])
  })
})

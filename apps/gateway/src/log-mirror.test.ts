import { createLog, type Hex, verifyInclusion } from '@og/settlement'
import { describe, expect, test } from 'vitest'
import { createLogMirror } from './log-mirror.js'

const leafAt = (index: number): Hex => `0x${index.toString(16).padStart(64, '0')}`

function ledgerOf(count: () => number) {
  const read: (readonly [number, number])[] = []
  const leaves = async (_logId: Hex, from: number, to: number): Promise<readonly Hex[]> => {
    read.push([from, to])
    return Array.from({ length: Math.max(0, Math.min(to, count()) - from) }, (_, index) => leafAt(from + index))
  }
  return { leaves, read }
}

describe('createLogMirror', () => {
  test('reads every leaf once, whoever asks and in whatever order', async () => {
    let count = 100
    const ledger = ledgerOf(() => count)
    const mirror = createLogMirror({ ledger, logId: leafAt(0) })
    const [first, second] = await Promise.all([mirror.upTo(100), mirror.upTo(40)])
    expect(ledger.read).toEqual([[0, 100]])
    expect(first).toBe(second)
    count = 150
    const grown = await mirror.upTo(150)
    expect(ledger.read).toEqual([
      [0, 100],
      [100, 150],
    ])
    const fresh = createLog(Array.from({ length: 150 }, (_, index) => leafAt(index)))
    expect([grown.root(), grown.rootAt(40)]).toEqual([fresh.root(), fresh.rootAt(40)])
    const proof = grown.inclusionProof(7, 40)
    expect(verifyInclusion({ leaf: leafAt(7), index: 7, size: 40, proof, root: fresh.rootAt(40) })).toBe(true)
  })

  test('a log that is shorter than was asked for is an error, and the next question is answered', async () => {
    let count = 3
    const mirror = createLogMirror({ ledger: ledgerOf(() => count), logId: leafAt(0) })
    await expect(mirror.upTo(4)).rejects.toThrow('3 leaves')
    count = 4
    expect((await mirror.upTo(4)).size).toBe(4)
  })
})

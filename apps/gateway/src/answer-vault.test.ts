import { describe, expect, test } from 'vitest'
import { createAnswerVault } from './answer-vault.js'
import { createReplayBudget } from './replay-budget.js'

const answer = {
  contentType: 'text/event-stream; charset=utf-8',
  bytes: new TextEncoder().encode('data: {"a":"\0é"}\n\n'),
}

describe('createAnswerVault', () => {
  test('gives back what it took, NUL bytes included', () => {
    const vault = createAnswerVault()
    const opened = vault.unlock(vault.lock(answer))
    expect(opened?.contentType).toBe(answer.contentType)
    expect(new Uint8Array(opened?.bytes ?? [])).toEqual(answer.bytes)
  })

  test('nothing of the answer is readable in what is stored, and no two are alike', () => {
    const vault = createAnswerVault()
    const [first, second] = [vault.lock(answer), vault.lock(answer)]
    expect(Buffer.from(first).toString('latin1')).not.toContain('data:')
    expect(Buffer.from(first)).not.toEqual(Buffer.from(second))
  })

  test('another process cannot read it', () => {
    expect(createAnswerVault().unlock(createAnswerVault().lock(answer))).toBeUndefined()
  })

  test('a changed byte anywhere is noticed, and so is a cut', () => {
    const vault = createAnswerVault()
    const locked = vault.lock(answer)
    for (let at = 0; at < locked.length; at += 1) {
      const changed = Uint8Array.from(locked)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(vault.unlock(changed)).toBeUndefined()
    }
    for (const length of [0, 1, 28, locked.length - 1]) expect(vault.unlock(locked.subarray(0, length))).toBeUndefined()
  })
})

test('D10: one answer is sent again only so often within a minute, others are not touched', () => {
  let now = 600n
  const replays = createReplayBudget({ now: () => now })
  const long = 8 * 1_048_576
  expect([1, 2, 3, 4, 5].map(() => replays.take('a', long))).toEqual([true, true, true, true, false])
  expect([replays.take('b', long), replays.take('a', 1000)]).toEqual([true, false])
  now += 60n
  expect(replays.take('a', long)).toBe(true)
})

import type { UpstreamEvent } from '@og/llm/upstream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { AnswerEncoder } from './answer-encoder.js'
import { beginGeneration } from './generation-time.js'
import { meterOf } from './meter.js'
import { passOn } from './pass-on.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const now = 1_700_000_000n

test.each([
  ['a payment with time to spare', 600n, 240_000],
  ['a payment from a channel, which has no end', 2n ** 48n - 1n - now, 240_000],
  ['one that was nearly too old when it came', 300n, 240_000],
  ['one that has waited for a minute', 240n, 180_000],
  ['one that leaves a second', 61n, 1000],
])('%s', async (_name, left, ms) => {
  const time = beginGeneration({ now, validBefore: now + left })
  await vi.advanceTimersByTimeAsync(ms - 1)
  expect(time.signal.aborted).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(time.signal.aborted).toBe(true)
})

test('one that could not be settled any more gets no time at all', async () => {
  for (const left of [60n, 0n, -1000n]) {
    const time = beginGeneration({ now, validBefore: now + left })
    await vi.advanceTimersByTimeAsync(1)
    expect(time.signal.aborted).toBe(true)
  }
})

test('what ended whole aborts nobody, what was broken off does', async () => {
  for (const isWhole of [true, false]) {
    const time = beginGeneration({ now, validBefore: now + 600n })
    time.end({ isWhole })
    await vi.advanceTimersByTimeAsync(600_000)
    expect(time.signal.aborted).toBe(!isWhole)
  }
})

/** An encoder that only remembers, and a reader that takes nothing from a certain piece on. */
function slowReader(taken: number) {
  const pushed: string[] = []
  let sends = 0
  let goOn = (): void => undefined
  const encoder: Pick<AnswerEncoder, 'push' | 'take'> = {
    push: (event) => pushed.push(event.type === 'text-delta' ? event.text : event.type),
    take: () => new Uint8Array(1),
  }
  const delivery = {
    room: () => 1,
    send: () => {
      sends += 1
      return sends <= taken ? Promise.resolve() : new Promise<void>((resolve) => (goOn = resolve))
    },
  }
  return { pushed, goOn: () => goOn(), options: { encoder, delivery } as never }
}

test('A14: who reads slowly cannot draw an answer out beyond its payment, nor gets more of it than the receipt says', async () => {
  const batch: readonly UpstreamEvent[] = ['a', 'b', 'c'].map((text) => ({ type: 'text-delta', text }))
  const time = beginGeneration({ now, validBefore: now + 300n })
  const meter = meterOf({ maxCompletionTokens: 100n, byteLimit: undefined })
  const { pushed, goOn, options } = slowReader(1)
  let ended: unknown = 'not yet'
  const passing = passOn(batch, { ...(options as object), meter, signal: time.signal } as never)
  void time.wait(passing).then((result) => {
    ended = result
  })
  await vi.advanceTimersByTimeAsync(239_999)
  expect([ended, pushed]).toEqual(['not yet', ['a', 'b']])
  await vi.advanceTimersByTimeAsync(1)
  expect(ended).toBeUndefined()
  // Here the receipt is written. When the reader goes on, nothing comes after what stands in it.
  goOn()
  expect(await passing).toBe(true)
  expect(pushed).toEqual(['a', 'b'])
})

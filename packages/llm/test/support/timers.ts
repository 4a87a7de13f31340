import type { Timers } from '../../src/defaults.js'

/** Time that stands still until it is moved. */
export interface TestTimers extends Timers {
  /** Lets time pass; timers that become due run in their order. */
  readonly advance: (ms: number) => Promise<void>
  /** Delays of timers that something waits for. */
  readonly waits: readonly number[]
  /** Timers that run. */
  readonly running: () => number
}

/** Creates time. With `isInstant`, whatever is waited for comes at once. */
export function createTestTimers(options: { readonly isInstant?: boolean } = {}): TestTimers {
  let now = 0
  let next = 0
  const pending = new Map<number, { readonly at: number; readonly callback: () => void }>()
  const waits: number[] = []
  const watch = (callback: () => void, delayMs: number): (() => void) => {
    const id = next++
    pending.set(id, { at: now + delayMs, callback })
    return () => pending.delete(id)
  }
  return {
    now: () => now,
    date: () => Date.UTC(2026, 0, 1) + now,
    random: () => 0,
    watch,
    start(callback, delayMs) {
      waits.push(delayMs)
      if (!options.isInstant) return watch(callback, delayMs)
      queueMicrotask(callback)
      return () => undefined
    },
    async advance(ms) {
      const end = now + ms
      for (;;) {
        const [due] = [...pending].filter(([, timer]) => timer.at <= end).sort(([, a], [, b]) => a.at - b.at)
        if (!due) break
        const [id, timer] = due
        pending.delete(id)
        now = timer.at
        timer.callback()
        await settle()
      }
      now = end
      await settle()
    },
    waits,
    running: () => pending.size,
  }
}

/** Lets promises that are ready run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
  await new Promise((resolve) => setImmediate(resolve))
}

import type { Timers } from './defaults.js'

const firstDelayMs = 500
const longestDelayMs = 8000
/** A server that asks for more is believed: the call fails now, and its error says when to come back. */
const longestHintMs = 60_000

/** How long to wait before the next attempt; `undefined` when the server asks for more than a call should wait. */
export function retryDelayMsOf(options: {
  /** The attempt that failed, from 1. */
  readonly attempt: number
  readonly hintMs: number | undefined
  readonly timers: Pick<Timers, 'random'>
}): number | undefined {
  const { attempt, hintMs, timers } = options
  if (hintMs !== undefined) return hintMs > longestHintMs ? undefined : hintMs
  const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1))
  return delayMs * (1 - timers.random() / 4)
}

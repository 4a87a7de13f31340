import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from './log.js'

/** A step that is repeated until told to stop. */
export interface WorkLoop {
  /** Ends the pause: there is something to do. */
  readonly wake: () => void
  readonly run: () => Promise<void>
}

/** Options of {@link createWorkLoop}. */
export interface WorkLoopOptions {
  /** Returns how much it found to do. */
  readonly step: () => Promise<number>
  /** Pause after a round that found something. */
  readonly busyMs: number
  /** Pause after a round that found nothing. */
  readonly idleMs: number
  readonly signal: AbortSignal
  readonly log: Log
}

/** Repeats a step until told to stop; a failing one is logged and tried again. */
export function createWorkLoop(options: WorkLoopOptions): WorkLoop {
  let rest = new AbortController()
  return {
    wake: () => rest.abort(),
    run: async () => {
      while (!options.signal.aborted) {
        rest = new AbortController()
        let found = 0
        try {
          found = await options.step()
        } catch (error) {
          options.log.error('worker round failed', {
            error: error instanceof Error ? error.message.slice(0, 200) : 'unknown',
          })
        }
        const signal = AbortSignal.any([options.signal, rest.signal])
        await sleep(found > 0 ? options.busyMs : options.idleMs, undefined, { signal }).catch(() => undefined)
      }
    },
  }
}

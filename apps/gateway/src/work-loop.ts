import { errorText } from './error-text.js'
import type { Log } from './log.js'

/** A step that is repeated until told to stop. */
export interface WorkLoop {
  /** Shortens the pause: there is something to do. */
  readonly wake: () => void
  readonly run: () => Promise<void>
}

/** Options of {@link createWorkLoop}. */
export interface WorkLoopOptions {
  /** Returns how much it found to do. */
  readonly step: () => Promise<number>
  /** How long work is gathered after it was told of, so that a round does it together. */
  readonly gatherMs: number
  /** Pause after a round that found something. */
  readonly busyMs: number
  /** Pause after a round that found nothing. */
  readonly idleMs: number
  readonly signal: AbortSignal
  readonly log: Log
}

/** Repeats a step until told to stop; a failing one is logged and tried again. */
export function createWorkLoop(options: WorkLoopOptions): WorkLoop {
  let hasten: (() => void) | undefined
  let isWoken = false

  function pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        options.signal.removeEventListener('abort', end)
        hasten = undefined
        resolve()
      }
      let timer = setTimeout(end, milliseconds)
      hasten = () => {
        hasten = undefined
        clearTimeout(timer)
        timer = setTimeout(end, options.gatherMs)
      }
      options.signal.addEventListener('abort', end, { once: true })
    })
  }

  return {
    // Called with every paid call: almost nothing when the loop is at work anyway.
    wake: () => {
      isWoken = true
      hasten?.()
    },
    run: async () => {
      while (!options.signal.aborted) {
        isWoken = false
        let found = 0
        try {
          found = await options.step()
        } catch (error) {
          options.log.error('worker round failed', {
            error: errorText(error),
          })
        }
        if (options.signal.aborted) return
        await pause(isWoken ? options.gatherMs : found > 0 ? options.busyMs : options.idleMs)
      }
    },
  }
}

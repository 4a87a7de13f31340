/** Starts a timer and returns what stops it. */
export type StartTimer = (callback: () => void, delayMs: number) => () => void

/** The timers of the platform. */
export const platformTimer: StartTimer = (callback, delayMs) => {
  const timer = setTimeout(callback, delayMs)
  return () => clearTimeout(timer)
}

/** A limit on silence that can be wound up again and again. */
export interface Deadline {
  /** Aborts with the caller's signal, or when the time is over. */
  readonly signal: AbortSignal
  isOver(): boolean
  /** Starts the time anew. */
  restart(delayMs: number): void
  /** Pauses the time: silence of a slow reader is not the provider's. */
  pause(): void
  /** Releases the timer and the listener. */
  stop(): void
}

/** Creates a deadline that follows the caller's signal. */
export function createDeadline(options: { readonly signal: AbortSignal; readonly startTimer: StartTimer }): Deadline {
  const controller = new AbortController()
  let isOver = false
  let stopTimer: (() => void) | undefined
  const follow = (): void => controller.abort(options.signal.reason)
  if (options.signal.aborted) follow()
  else options.signal.addEventListener('abort', follow, { once: true })
  const pause = (): void => {
    stopTimer?.()
    stopTimer = undefined
  }
  return {
    signal: controller.signal,
    isOver: () => isOver,
    restart(delayMs) {
      pause()
      stopTimer = options.startTimer(() => {
        isOver = true
        controller.abort(new DOMException('the provider was silent for too long', 'TimeoutError'))
      }, delayMs)
    },
    pause,
    stop() {
      pause()
      options.signal.removeEventListener('abort', follow)
    },
  }
}

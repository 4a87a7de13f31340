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
  /** Is called when the signal has aborted: cheaper than a listener, and there is one reader only. */
  onAbort: (() => void) | undefined
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
  const abort = (reason: unknown): void => {
    controller.abort(reason)
    deadline.onAbort?.()
  }
  const follow = (): void => abort(options.signal.reason)
  const pause = (): void => {
    stopTimer?.()
    stopTimer = undefined
  }
  const deadline: Deadline = {
    signal: controller.signal,
    onAbort: undefined,
    isOver: () => isOver,
    restart(delayMs) {
      pause()
      stopTimer = options.startTimer(() => {
        isOver = true
        abort(new DOMException('the provider was silent for too long', 'TimeoutError'))
      }, delayMs)
    },
    pause,
    stop() {
      pause()
      options.signal.removeEventListener('abort', follow)
    },
  }
  if (options.signal.aborted) follow()
  else options.signal.addEventListener('abort', follow, { once: true })
  return deadline
}

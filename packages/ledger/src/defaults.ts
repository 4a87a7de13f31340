/** Unix seconds. */
export type Clock = () => bigint

/** The machine's clock: the default wherever this package takes a `now`. */
export const systemClock: Clock = () => BigInt(Math.floor(Date.now() / 1000))

/** Waits; resolves early when the signal aborts. The default wherever this package takes a `sleep`. */
export function sleepFor(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal?.addEventListener('abort', done, { once: true })
  })
}

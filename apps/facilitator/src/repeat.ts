import { setTimeout as pause } from 'node:timers/promises'

/** Does something again and again until the signal aborts; a failure is told and the next round comes all the same. */
export async function repeat(
  work: () => Promise<unknown>,
  options: { readonly intervalMs: number; readonly signal: AbortSignal; readonly onError: (error: unknown) => void },
): Promise<void> {
  const { intervalMs, signal, onError } = options
  while (!signal.aborted) {
    // An aborted pause is an end like any other.
    await pause(intervalMs, undefined, { signal }).catch(() => undefined)
    if (!signal.aborted) await work().catch(onError)
  }
}

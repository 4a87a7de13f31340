/** Runs work with the same key one after another, in the order of asking. */
export interface KeyQueue {
  /** Waits for its turn; the returned function ends it and may be called more than once. */
  enter(
    key: string,
    options?: {
      readonly timeoutMs?: number
      readonly signal?: AbortSignal | undefined
      readonly maxWaiting?: number
    },
  ): Promise<(() => void) | undefined>
}

/** Builds a queue per key in the memory of one process. `enter` answers `undefined` when its turn does not come in time, or the queue is full. */
export function createKeyQueue(): KeyQueue {
  const waiting = new Map<string, (() => void)[]>()

  function leave(key: string): void {
    const next = waiting.get(key)?.shift()
    if (next === undefined) waiting.delete(key)
    else next()
  }

  function once(work: () => void): () => void {
    let done = false
    return () => {
      if (done) return
      done = true
      work()
    }
  }

  return {
    async enter(key, options = {}) {
      const queue = waiting.get(key)
      if (queue === undefined) {
        waiting.set(key, [])
        return once(() => leave(key))
      }
      // Read only by those who wait: a request makes its signal when it is asked for.
      const { timeoutMs, signal, maxWaiting = Number.POSITIVE_INFINITY } = options
      if (queue.length >= maxWaiting) return undefined
      const granted = await new Promise<boolean>((resolve) => {
        let timer: ReturnType<typeof setTimeout> | undefined
        const settle = (won: boolean): void => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', giveUp)
          resolve(won)
        }
        const turn = (): void => settle(true)
        const giveUp = (): void => {
          const index = queue.indexOf(turn)
          if (index >= 0) queue.splice(index, 1)
          settle(false)
        }
        queue.push(turn)
        if (timeoutMs !== undefined) timer = setTimeout(giveUp, timeoutMs)
        if (signal?.aborted === true) giveUp()
        else signal?.addEventListener('abort', giveUp, { once: true })
      })
      return granted ? once(() => leave(key)) : undefined
    },
  }
}

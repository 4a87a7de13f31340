/** Runs work with the same key one after another, in the order of asking. */
export interface KeyQueue {
  /** Waits for its turn; the returned function ends it and may be called more than once. */
  enter(
    key: string,
    options?: {
      readonly timeoutMs?: number
      /** Whoever asks; its signal ends the wait. Read only by those who wait: a request makes its signal when it is asked for. */
      readonly caller?: { readonly signal?: AbortSignal | undefined }
      readonly maxWaiting?: number
    },
  ): Promise<(() => void) | undefined>
}

/** Most keys that stay without anybody at work. */
const MAX_IDLE = 1024

/** Builds a queue per key in the memory of one process. `enter` answers `undefined` when its turn does not come in time, or the queue is full. */
export function createKeyQueue(): KeyQueue {
  // Who waits for a key; `undefined` while nobody is at work. Idle keys stay for a while, because a map that is added to and
  // deleted from all the time is built anew all the time.
  const lines = new Map<string, (() => void)[] | undefined>()
  let room = MAX_IDLE

  function sweep(): void {
    for (const [key, line] of lines) if (line === undefined) lines.delete(key)
    room = lines.size + MAX_IDLE
  }

  function leave(key: string): void {
    const next = lines.get(key)?.shift()
    if (next === undefined) lines.set(key, undefined)
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
      const queue = lines.get(key)
      if (queue === undefined) {
        if (lines.size >= room) sweep()
        lines.set(key, [])
        return once(() => leave(key))
      }
      const { timeoutMs, caller, maxWaiting = Number.POSITIVE_INFINITY } = options
      if (queue.length >= maxWaiting) return undefined
      const signal = caller?.signal
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

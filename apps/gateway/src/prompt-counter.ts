import type { TokenCounter, Tokenizer } from './token-counter.js'

/** Counts prompts of callers who have not paid: little work, at once, or not at all. */
export interface PromptCounter {
  /** The count; `undefined` when there is none in time, when too many wait, or when such counts have had their share of the time. */
  readonly count: (text: string, tokenizer: Tokenizer) => Promise<number | undefined>
}

/** Options of {@link createPromptCounter}. */
export interface PromptCounterOptions {
  readonly tokens: Pick<TokenCounter, 'countExactly' | 'isLoaded'>
  /** Milliseconds of a clock that only runs forward. */
  readonly clock: () => number
  /** Longest wait for a count. */
  readonly patienceMs?: number
  /** Longest wait while the thread reads its tables. */
  readonly firstPatienceMs?: number
  /** Most callers that wait for their turn. */
  readonly maxWaiting?: number
}

/** The part of the time that the thread may work for callers who have not paid, and what it may work in one go. */
const share = 0.25
const burstMs = 500

/**
 * Creates a counter that counts one prompt at a time: a count that belongs to a paid answer waits for one of these at most. What it refuses
 * is quoted by its bytes, so that whoever keeps it busy makes quotes dearer, not slower.
 */
export function createPromptCounter(options: PromptCounterOptions): PromptCounter {
  const { tokens, clock, patienceMs = 250, firstPatienceMs = 1500, maxWaiting = 16 } = options
  let waiting = 0
  let last: Promise<unknown> = Promise.resolve()
  let roomMs = burstMs
  let roomAt = clock()

  function hasRoom(): boolean {
    const now = clock()
    roomMs = Math.min(burstMs, roomMs + (now - roomAt) * share)
    roomAt = now
    return roomMs > 0
  }

  async function countInTurn(text: string, tokenizer: Tokenizer): Promise<number | undefined> {
    if (!hasRoom()) return undefined
    const counted = await tokens.countExactly(text, tokenizer)
    // Nobody knows what a thread did that does not answer any more.
    roomMs -= counted?.tookMs ?? burstMs
    return counted?.tokens
  }

  return {
    count: (text, tokenizer) => {
      if (waiting >= maxWaiting) return Promise.resolve(undefined)
      waiting += 1
      return new Promise((resolve) => {
        let isAwaited = true
        const end = (counted: number | undefined): void => {
          isAwaited = false
          clearTimeout(timer)
          resolve(counted)
        }
        const timer = setTimeout(() => end(undefined), tokens.isLoaded(tokenizer) ? patienceMs : firstPatienceMs)
        const turn = last.then(() => (isAwaited ? countInTurn(text, tokenizer) : undefined))
        last = turn
          .then(end, () => end(undefined))
          .then(() => {
            waiting -= 1
          })
      })
    },
  }
}

/** Longest generation. Together with the settlement it fits into the validity that a payment must still have (`payment.ts`). */
const generationLimitMs = 240_000
/** What the settlement keeps of a payment's validity, in seconds. */
const settlementSeconds = 60n

/** The time that one answer has. */
export interface GenerationTime {
  /** Aborts when the time is up. */
  readonly signal: AbortSignal
  /** Waits for work, but not for longer than there is time; `undefined` when it was up first. */
  readonly wait: <T>(work: Promise<T>) => Promise<T | undefined>
  /** Ends it before its time, so that nothing goes on without it. Whoever has said everything needs no telling. */
  readonly end: (outcome: { readonly isWhole: boolean }) => void
}

/**
 * Begins the time of an answer. Whatever came before it, and however slowly its reader takes it, it ends early enough for the payment to be
 * settled: a payment that has run out by then would have been an answer for nothing.
 */
export function beginGeneration({
  now,
  validBefore,
}: {
  /** Unix seconds. */
  readonly now: bigint
  readonly validBefore: bigint
}): GenerationTime {
  const over = new AbortController()
  const left = (validBefore - settlementSeconds - now) * 1000n
  const ms = left < 0n ? 0 : left < BigInt(generationLimitMs) ? Number(left) : generationLimitMs
  const timer = setTimeout(() => over.abort(), ms)
  let giveUp: (() => void) | undefined
  return {
    signal: over.signal,
    wait: (work) =>
      new Promise((resolve, reject) => {
        // One listener for all that waits, and none for an answer that never does.
        if (giveUp === undefined) over.signal.addEventListener('abort', () => giveUp?.())
        giveUp = () => resolve(undefined)
        if (over.signal.aborted) giveUp()
        work.then(resolve, reject)
      }),
    end: ({ isWhole }) => {
      clearTimeout(timer)
      if (!isWhole) over.abort()
    },
  }
}

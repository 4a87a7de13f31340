import type { Hex } from '@og/settlement'

/** How many payments of each payer are being settled, and which payers the facilitator wants no more of. */
export interface PayerShares {
  /** Payers of whom nothing more is to be taken up now. */
  readonly full: () => readonly Hex[]
  /** Counts one more; returns what ends it. */
  readonly begin: (payer: Hex) => () => void
  /** The facilitator has refused one of this payer for being too many. */
  readonly pause: (payer: Hex) => void
}

/** Options of {@link createPayerShares}. */
export interface PayerSharesOptions {
  /** Payments of one payer at once. */
  readonly share: number
  /** How long a payer rests of whom the facilitator has had too many. */
  readonly pauseMs: number
  /** Monotonic milliseconds. */
  readonly clock: () => number
}

/** Creates the count. Only payers with something under way or at rest are remembered. */
export function createPayerShares({ share, pauseMs, clock }: PayerSharesOptions): PayerShares {
  const counts = new Map<Hex, number>()
  const restsUntil = new Map<Hex, number>()
  return {
    full: () => {
      const now = clock()
      for (const [payer, until] of restsUntil) if (until <= now) restsUntil.delete(payer)
      const busy = [...counts].filter(([, count]) => count >= share).map(([payer]) => payer)
      return [...new Set([...busy, ...restsUntil.keys()])]
    },
    begin: (payer) => {
      counts.set(payer, (counts.get(payer) ?? 0) + 1)
      let isOver = false
      return () => {
        if (isOver) return
        isOver = true
        const left = (counts.get(payer) ?? 1) - 1
        if (left === 0) counts.delete(payer)
        else counts.set(payer, left)
      }
    },
    pause: (payer) => {
      restsUntil.set(payer, clock() + pauseMs)
    },
  }
}

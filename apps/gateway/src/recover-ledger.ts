import type { Ledger } from '@og/ledger'

/** What a start found of the process before. */
export interface Recovered {
  /** Attempts that were running when it ended: released, uncharged. */
  readonly attempts: number
  /** Settlement steps that it had taken up: queued again. All of them may be repeated. */
  readonly steps: number
}

/** Longer than any lease that a gateway takes. */
const beyondEveryLease = 3600n
const batchSize = 500

/**
 * Takes up what the process before left behind. The ledger belongs to one process at a time, so nobody else can be at work on it: waiting for
 * leases to run out would only keep payers' money reserved and payees waiting.
 */
export async function recoverLedger(options: {
  readonly ledger: Ledger
  readonly now: () => bigint
}): Promise<Recovered> {
  const { ledger, now } = options
  const { leasesExpired } = await ledger.sweep(now() + beyondEveryLease)
  let steps = 0
  for (;;) {
    const claimed = await ledger.intents({ state: 'claimed', limit: batchSize })
    if (claimed.length === 0) return { attempts: leasesExpired, steps }
    // At once, so that they share a commit.
    const failure = { error: 'the process ended', retryAt: now() }
    await Promise.all(claimed.map(({ id, claim }) => ledger.failIntent(id, { ...failure, claim })))
    steps += claimed.length
  }
}

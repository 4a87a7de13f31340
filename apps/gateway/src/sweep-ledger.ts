import type { Ledger } from '@og/ledger'
import { leastOf } from './least-of.js'

/**
 * How long a payment that was given back is remembered after it has run out. A clock that is behind its chain by more than five minutes does
 * not start a node, so a day after both have passed `validBefore` no node takes the payment any more.
 */
const rememberedSeconds = 86_400n
const pageSize = 250
const maxPages = 20

/** Options of {@link sweepLedger}. */
export interface SweepLedgerOptions {
  readonly ledger: Pick<Ledger, 'sweep' | 'forgetReleased'>
  readonly now: () => bigint
  /** The newest block's time: of two clocks the one behind decides, so that one which ran ahead forgets nothing too early. */
  readonly blockTime: () => Promise<bigint>
}

/** Erases old answers, ends attempts whose lease ran out, and forgets payments that were given back and cannot be used any more. */
export async function sweepLedger({ ledger, now, blockTime }: SweepLedgerOptions): Promise<void> {
  await ledger.sweep()
  const expiredBefore = leastOf(now(), await blockTime()) - rememberedSeconds
  for (let page = 0; page < maxPages; page += 1) {
    if ((await ledger.forgetReleased({ expiredBefore, limit: pageSize })) < pageSize) return
  }
}

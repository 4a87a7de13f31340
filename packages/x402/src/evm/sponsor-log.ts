import type { Address } from '../address.js'
import type { Hex } from '../hex.js'

/** Bounds of sponsored approvals. */
export interface GasSponsoringOptions {
  /** Smallest payment that is sponsored, in atomic units; 1 when absent. */
  readonly minAmount?: bigint
  /** Most approvals for one payer within a day of this process; 10 when absent. */
  readonly maxPerPayer?: number
}

/** What was sponsored for each payer within a day. */
export interface SponsorLog {
  isWithin(payer: Address, payment: Hex): boolean
  count(payer: Address, payment: Hex): void
}

const DAY = 86_400n
const DEFAULT_MAX_PER_PAYER = 10

/** Builds an empty log; it starts anew each day. A payment that is counted already is within. */
export function createSponsorLog(maxPerPayer: number | undefined, clock: () => bigint): SponsorLog {
  const limit = maxPerPayer ?? DEFAULT_MAX_PER_PAYER
  let day = -1n
  let payments = new Map<Address, Set<Hex>>()
  const today = (): Map<Address, Set<Hex>> => {
    const now = clock() / DAY
    if (now !== day) payments = new Map()
    day = now
    return payments
  }
  return {
    isWithin(payer, payment) {
      const known = today().get(payer)
      return known === undefined || known.has(payment) || known.size < limit
    },
    count(payer, payment) {
      const known = today().get(payer) ?? new Set<Hex>()
      payments.set(payer, known.add(payment))
    },
  }
}

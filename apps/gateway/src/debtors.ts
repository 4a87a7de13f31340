/** Payers that have left an answer unpaid: what they sign next is asked of the chain before it is served. */
export interface Debtors {
  readonly add: (payer: string) => void
  readonly has: (payer: string) => boolean
}

/** Creates an empty memory; of so many payers the oldest is forgotten first. Its debt still counts against its balance in the ledger. */
export function createDebtors({ maxPayers }: { readonly maxPayers: number }): Debtors {
  const known = new Set<string>()
  return {
    add: (payer) => {
      const name = payer.toLowerCase()
      known.delete(name)
      const [oldest] = known
      if (known.size >= maxPayers && oldest !== undefined) known.delete(oldest)
      known.add(name)
    },
    has: (payer) => known.size > 0 && known.has(payer.toLowerCase()),
  }
}

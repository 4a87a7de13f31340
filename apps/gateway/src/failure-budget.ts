/** Counts failures that callers cause at our cost: a failed call is free for them and not for the provider's bill. */
export interface FailureBudget {
  /** Whether a payer has used its budget up for now. */
  readonly isSpent: (payer: string) => boolean
  readonly countFailure: (payer: string) => void
}

/** Options of {@link createFailureBudget}. */
export interface FailureBudgetOptions {
  readonly perMinute: number
  /** Most payers that are remembered; the oldest is forgotten first. */
  readonly maxPayers: number
  readonly now: () => bigint
}

/** Creates a budget of failures per payer and minute. */
export function createFailureBudget(options: FailureBudgetOptions): FailureBudget {
  const counts = new Map<string, { minute: bigint; failures: number }>()
  const minuteOf = (): bigint => options.now() / 60n
  return {
    isSpent: (payer) => {
      const known = counts.get(payer)
      return known !== undefined && known.minute === minuteOf() && known.failures >= options.perMinute
    },
    countFailure: (payer) => {
      const minute = minuteOf()
      const known = counts.get(payer)
      const failures = known?.minute === minute ? known.failures + 1 : 1
      counts.delete(payer)
      if (counts.size >= options.maxPayers) {
        const [oldest] = counts.keys()
        if (oldest !== undefined) counts.delete(oldest)
      }
      counts.set(payer, { minute, failures })
    },
  }
}

/** Counts what is sent again for nothing: one paid answer of megabytes could otherwise be asked for without end. */
export interface ReplayBudget {
  /** Takes so many bytes of an answer's share of this minute; `false` when it has had its share. The first of a minute always goes. */
  readonly take: (paymentHash: string, bytes: number) => boolean
}

/** Bytes of one answer in a minute: four of the longest that are kept, thousands of ordinary ones. */
const bytesPerMinute = 33_554_432

/** Creates the count of one node. Only answers that are repeated within one minute are remembered. */
export function createReplayBudget({ now }: { readonly now: () => bigint }): ReplayBudget {
  let minute = 0n
  let sent = new Map<string, number>()
  return {
    take: (paymentHash, bytes) => {
      const present = now() / 60n
      if (present !== minute) {
        minute = present
        sent = new Map()
      }
      const before = sent.get(paymentHash) ?? 0
      if (before > 0 && before + bytes > bytesPerMinute) return false
      sent.set(paymentHash, before + bytes)
      return true
    },
  }
}

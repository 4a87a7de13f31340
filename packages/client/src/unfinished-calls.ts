import type { CallAttempt, ParsedCall } from './inference-call.js'
import type { NodeDirectory } from './node-directory.js'

/**
 * Calls whose payment is out and whose answer has not come. While such a payment can be taken, a repetition of the call goes to the same
 * node, which is sent the same payment; asking another node would pay twice.
 */
export interface UnfinishedCalls {
  /** Notes that a payment of this attempt is about to leave. */
  begin(attempt: CallAttempt, payment: { readonly validBefore: bigint }): void
  /** Notes that the answer is there, or that the payment never left. */
  end(attempt: CallAttempt): void
  /** The node that holds a payment for this very call. */
  nodeOf(call: ParsedCall): NodeDirectory | undefined
}

/** Creates an empty memory. */
export function createUnfinishedCalls(now: () => bigint): UnfinishedCalls {
  const open = new Map<CallAttempt, { readonly name: string; readonly until: bigint }>()
  return {
    begin(attempt, { validBefore }) {
      for (const [other, { until }] of open) if (until < now()) open.delete(other)
      open.set(attempt, { name: nameOf(attempt.call), until: validBefore })
    },
    end(attempt) {
      open.delete(attempt)
    },
    nodeOf(call) {
      if (open.size === 0) return undefined
      const name = nameOf(call)
      for (const [{ directory }, entry] of open) if (entry.name === name && entry.until >= now()) return directory
      return undefined
    },
  }
}

function nameOf({ mode, settlement, path, requestHash }: ParsedCall): string {
  return `${mode} ${settlement} ${path} ${requestHash}`
}

import type { Hex, IntentKind, IntentStore } from '../ledger.js'

/** A new outbox row; keys are normalized already. */
export interface NewIntent {
  readonly kind: IntentKind
  readonly dedupeKey: Hex
  readonly body: string
  readonly deadline: bigint
  readonly paymentHash: Hex | null
  readonly attempt: number | null
}

/** How an effect ended well. */
export type IntentOutcome = Parameters<IntentStore['completeIntent']>[1]
/** How an effect did not. */
export type IntentFailure = Parameters<IntentStore['failIntent']>[1]

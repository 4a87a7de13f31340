import type { Hex } from 'viem'

/** How often either side looks for receipts, in milliseconds; blocks come every two seconds. */
export const pollingInterval = 50

/** What a facilitator needs of the chain. */
export interface FacilitatorConfig {
  readonly rpcUrl: string
  readonly facilitatorKey: Hex
  readonly authorizerKey: Hex
}

import type { Clock } from '../defaults.js'
import type { Address, Hex } from '../ledger.js'
import type { RelayStore } from '../relay-store.js'
import type { JobGrouping } from './job-group.js'
import type { RelayerChain } from './relayer-chain.js'

/** The transaction a signer is asked for. */
export interface RelayerTransaction {
  readonly type: 'eip1559'
  readonly chainId: number
  readonly nonce: number
  readonly to: Address
  readonly data: Hex
  readonly gas: bigint
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
}

/** A key that signs; a viem local account is one. */
export interface RelayerSigner {
  readonly address: Address
  signTransaction(transaction: RelayerTransaction): Promise<Hex>
}

/** Called at named points; may end the process there. */
export type RelayerStepHook = (step: 'signed' | 'allocated' | 'sent' | 'replaced' | 'observed' | 'finalized') => void

/** Conditions that a person should know of. */
export type RelayerAlarm =
  | 'LANE_QUARANTINED'
  | 'INSUFFICIENT_FUNDS'
  | 'FEE_ABOVE_CAP'
  | 'SIMULATION_REVERTED'
  | 'SEND_FAILED'
  | 'UNEXPLAINED_NONCE'

/** What one tick did. */
export interface TickReport {
  /** Transactions that got a nonce; a group is one. */
  allocated: number
  sent: number
  replaced: number
  finalized: number
  failed: number
  readonly alarms: { readonly alarm: RelayerAlarm; readonly detail: string }[]
}

/** What the parts of a tick share. */
export interface RelayerContext {
  readonly ledger: RelayStore
  readonly chain: RelayerChain
  readonly signer: RelayerSigner
  readonly now: Clock
  readonly confirmations: bigint
  readonly maxInFlight: number
  readonly maxFeePerGasCap: bigint
  readonly rebroadcastSeconds: bigint
  readonly replaceAfterSeconds: bigint
  readonly maxSimulations: number
  readonly retrySeconds: bigint
  readonly queue: string
  readonly grouping: JobGrouping | undefined
  readonly step: RelayerStepHook
  /** Ticks in a row in which a spent nonce showed none of our transactions. */
  readonly unexplained: Map<number, number>
}

/** A report of nothing. */
export function emptyReport(): TickReport {
  return { allocated: 0, sent: 0, replaced: 0, finalized: 0, failed: 0, alarms: [] }
}

import type { Ledger, Salts } from '@og/ledger'
import type { Keccak } from '@og/settlement'
import type { Facilitator } from '@og/x402/facilitator'
import type { AnswerVault } from './answer-vault.js'
import type { ChannelGrant, ChannelTill } from './channels/channel-till.js'
import type { Debtors } from './debtors.js'
import type { FailureBudget } from './failure-budget.js'
import type { Log } from './log.js'
import type { Metrics } from './metrics.js'
import type { NodeIdentity } from './node-identity.js'
import type { NodeKeys } from './node-keys.js'
import type { TeeKey } from './open-gradient.js'
import type { PayerFunds } from './payer-funds.js'
import type { CheckedPayment, PaymentDesk } from './payment.js'
import type { PaymentNames } from './payment-names.js'
import type { PriceTable } from './prices.js'
import type { ReplayBudget } from './replay-budget.js'
import type { TokenCounter } from './token-counter.js'
import type { CallTracer } from './tracing.js'
import type { UpstreamPool } from './upstream-pool.js'
import type { VectorLoad } from './vector-load.js'

/** The parts that a paid call is made of. */
export interface InferenceDependencies {
  readonly identity: NodeKeys
  readonly desk: PaymentDesk
  readonly ledger: Ledger
  /** Payment channels; absent where the node offers none. */
  readonly channels: ChannelTill | undefined
  readonly funds: PayerFunds
  /** Asked before a call only for payers whose key does not say everything. */
  readonly facilitator: Pick<Facilitator, 'verify'>
  readonly vault: AnswerVault
  readonly prices: PriceTable
  /** Hashes; the fastest that this machine can load. */
  readonly keccak: Keccak
  readonly pool: UpstreamPool
  /** Counts what providers do not. */
  readonly tokens: TokenCounter
  readonly metrics: Metrics
  readonly tracer: CallTracer
  readonly failures: FailureBudget
  readonly debtors: Pick<Debtors, 'has'>
  readonly names: PaymentNames
  readonly vectors: VectorLoad
  readonly replays: ReplayBudget
  /** The key of OpenGradient's `tee_*` fields; absent on a VANILLA node. */
  readonly teeKey: TeeKey | undefined
  /** Most paid calls at once. */
  readonly maxConcurrentCalls: number
  readonly accessLog: boolean
  readonly now: () => bigint
  readonly randomBytes: (length: number) => Uint8Array
  readonly log: Log
  /** Called when an inference is committed and waits to be settled. */
  readonly onFinished: () => void
  /** Seconds after the answer by which the record is promised to stand on chain. */
  readonly settleWithinSeconds: bigint
}

/** A reservation that allows exactly one run of the upstream. */
export interface Grant {
  readonly payment: CheckedPayment
  /** Who quoted the call, and signs its receipt: also when the node has newer keys by then. */
  readonly identity: NodeIdentity
  /** The channel that it is paid from. */
  readonly channel: ChannelGrant | undefined
  readonly attempt: number
  readonly salts: Salts
  readonly receivedAt: bigint
  /** The payment as JSON, as it is stored. */
  readonly payloadText: string
}

/** Longest time that one attempt may run before another may take the payment over; a running stream renews it. */
export const leaseSeconds = 300n

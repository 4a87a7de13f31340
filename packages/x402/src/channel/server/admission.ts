import type { Address } from '../../address.js'
import type { NonceKey } from '../../evm/inspect-authorization.js'
import type { ServerSignatureTools } from '../../evm/signature.js'
import type { TypedDataSigner } from '../../evm/signer.js'
import type { Facilitator } from '../../facilitator/facilitator.js'
import type { Hex } from '../../hex.js'
import type { PaymentPayload } from '../../protocol/payment-payload.js'
import type { PaymentRequirements } from '../../protocol/payment-requirements.js'
import type { Refusal } from '../../protocol/reason.js'
import type { SettleResponse } from '../../protocol/settle-response.js'
import type { ChannelStore } from './channel-store.js'

/** Options of {@link createChannelServer}. */
export interface ChannelServerOptions extends ServerSignatureTools {
  readonly store: ChannelStore
  readonly facilitator: Facilitator
  /** Unix seconds; the system clock when absent. */
  readonly clock?: () => bigint
  /**
   * The receiver authorizer's key, when the server keeps it itself: it signs claims and refunds. When absent, requirements
   * must name the facilitator's authorizer, which can then claim up to every ceiling.
   */
  readonly authorizer?: TypedDataSigner
  /** How old a channel's chain state may be before the facilitator is asked again, in seconds; a third of the withdraw
   * delay, at least 30 and at most 300, when absent. */
  readonly stateMaxAgeSeconds?: bigint
  /** How long a call waits for the one before it on the same channel, in milliseconds; 30 000 when absent. */
  readonly queueTimeoutMs?: number
  /** How many calls may wait on one channel in this process; 64 when absent. */
  readonly maxWaiting?: number
  /** How long a process that dies blocks a channel for the others, in seconds; renewed while a handler runs. 60 when absent. */
  readonly leaseSeconds?: number
  /** Smallest deposit that opens or tops up a channel, in atomic units; 0 when absent. */
  readonly minDeposit?: bigint
}

/** A channel payment that was accepted. It has the members of an authorization that was verified. */
export interface VerifiedChannelPayment {
  readonly ok: true
  readonly scheme: 'batch-settlement'
  readonly payer: Address
  /** keccak256(voucher digest ‖ uint128 chargedBefore). */
  readonly paymentHash: Hex
  readonly nonceKey: NonceKey
  /** Most that this call may be charged, in atomic units. */
  readonly authorized: bigint
  /** Vouchers do not expire; the end of the call's own time, in unix seconds. */
  readonly validBefore: bigint
  readonly validAfter: bigint
  readonly channelId: Hex
  /** What the channel was charged before this call, in atomic units. */
  readonly chargedBefore: bigint
}

/** A call that may run now and is charged at most once. */
export interface GrantedCall {
  readonly kind: 'granted'
  readonly payment: VerifiedChannelPayment
  /** What to tell the client of a deposit when the call is not charged. */
  readonly depositSettlement: SettleResponse | undefined
  /** Books the charge, at most the ceiling, and lets the next call in. */
  commit(charge: bigint): Promise<SettleResponse>
  /** Lets the next call in; nothing is charged. */
  release(): Promise<void>
}

/** The server's answer to a channel payment. */
export type Admission =
  | GrantedCall
  /** Money was given back; there is nothing to run. */
  | { readonly kind: 'refunded'; readonly settlement: SettleResponse; readonly channelId: Hex }
  /** This call was charged before. */
  | { readonly kind: 'finished'; readonly settlement: SettleResponse; readonly paymentHash: Hex }
  /** The client's count differs: `extra` corrects it. Only whoever signs for the channel gets this. */
  | { readonly kind: 'corrective'; readonly refusal: Refusal; readonly extra: PaymentRequirements['extra'] }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly settlement?: SettleResponse }

/** What {@link ChannelServer.admit} judges. */
export interface AdmitInput {
  readonly payload: PaymentPayload
  /** The server's own requirements that the payment accepts. */
  readonly requirements: PaymentRequirements
  /** Names method, URL and body, 32 bytes. */
  readonly requestHash: Hex
  /** Ends the wait for the channel; read only by calls that wait. */
  readonly signal?: AbortSignal | undefined
}

/** The receiving side of channels. */
export interface ChannelServer {
  admit(input: AdmitInput): Promise<Admission>
  readonly store: ChannelStore
  readonly facilitator: Facilitator
  readonly authorizer: TypedDataSigner | undefined
  readonly clock: () => bigint
}

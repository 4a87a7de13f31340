import type { Address } from '../address.js'
import type { NonceKey } from '../evm/inspect-authorization.js'
import type { Hex } from '../hex.js'
import type { SettleResponse } from '../protocol/settle-response.js'

/** What a paywall wants to reserve before any work is done. */
export interface Reservation {
  readonly nonceKey: NonceKey
  readonly paymentHash: Hex
  /** Names method, URL and body; a payment never moves to another request. */
  readonly requestHash: Hex
  readonly asset: Address
  /** Atomic units. */
  readonly authorized: bigint
  /** Unix seconds; a record may be forgotten after this. */
  readonly validBefore: bigint
  /** Unix seconds. */
  readonly now: bigint
}

/** The store's answer to {@link ReservationStore.reserve}. */
export type ReserveResult =
  /** Run the handler; hand `attempt` back with {@link ReservationStore.finish} or {@link ReservationStore.release}. */
  | { readonly kind: 'granted'; readonly attempt: number }
  /** Another attempt of this payment runs now. */
  | { readonly kind: 'running' }
  /** The payment has had its run. */
  | { readonly kind: 'finished'; readonly settlement: SettleResponse | undefined }
  /** The payment was used for another request before. */
  | { readonly kind: 'conflict' }
  /** The payer has too much unsettled at this moment. */
  | { readonly kind: 'exhausted' }

/** Names one attempt of one payment. */
export interface AttemptKey {
  readonly nonceKey: NonceKey
  readonly attempt: number
}

/**
 * Where a paywall remembers payments. `reserve` must be one atomic step over all processes that take payments for the
 * same payee, and must survive a restart at least until `validBefore`; only then does one payment run one handler.
 */
export interface ReservationStore {
  reserve(reservation: Reservation): Promise<ReserveResult>
  /** Records that the attempt ran and how its settlement went. It can never run again. */
  finish(key: AttemptKey & { readonly settlement: SettleResponse | undefined }): Promise<void>
  /** Records that the attempt failed uncharged; the same request may use the payment again. */
  release(key: AttemptKey): Promise<void>
}

/** The one string for a nonce key: chain, contract, payer and nonce in lower case. */
export function nonceKeyText(key: NonceKey): string {
  return `${key.chainId}:${key.nonceContract}:${key.payer}:${key.nonce}`.toLowerCase()
}

import type { ChannelServer, VerifiedChannelPayment } from '../channel/server/admission.js'
import type { ServerSignatureTools } from '../evm/signature.js'
import type { TypedDataSigner } from '../evm/signer.js'
import type { VerifiedAuthorization } from '../evm/verify-authorization.js'
import type { Facilitator } from '../facilitator/facilitator.js'
import type { Hex } from '../hex.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import type { SettleResponse } from '../protocol/settle-response.js'
import type { PreflightOptions } from './cors.js'
import type { CreatePaymentRequiredOptions } from './create-payment-required.js'
import type { QuoteOptions } from './price-quotes.js'
import type { PaymentIdentifierOptions } from './recorded-call.js'
import type { ReservationStore } from './reservation-store.js'
import type { SignInOptions } from './sign-in.js'

/** What a resource costs: everything of a 402 but its reason. */
export interface Price extends Omit<CreatePaymentRequiredOptions, 'error'> {
  /**
   * Names what `quotes` are good for; it stays on the server. With a quote of a class any request of that class is paid, so give one
   * to requests that cost the same at the same time, and never the same to different services that share a secret. Without one
   * nothing is quoted.
   */
  readonly priceClass?: string
}

/** What a handler learns of the payment, whatever kind of request it serves. */
export interface PaidCall {
  /** For a channel it has the channel's id, and the charges before this call. */
  readonly payment: VerifiedAuthorization | VerifiedChannelPayment
  readonly payload: PaymentPayload
  readonly requirements: PaymentRequirements
  /**
   * States what an `upto` or channel call really costs, in atomic units; the whole ceiling when never called. It may be called
   * while a stream runs; the last value before its end counts. More than the ceiling counts as the ceiling.
   */
  charge(amount: bigint): void
}

/** A paid request, as the handler sees it. */
export interface PaidContext extends PaidCall {
  /** The request with a body that can be read once more. */
  readonly request: Request
}

/** What came of a settlement. */
export interface SettlementEvent {
  readonly paymentHash: Hex
  /** `undefined` when the facilitator could not be reached. */
  readonly settlement: SettleResponse | undefined
}

/** What every paywall takes, whatever kind of request it serves. */
export interface CommonPaywallOptions extends ServerSignatureTools {
  readonly store: ReservationStore
  readonly facilitator: Facilitator
  /** Serves payments from channels (`batch-settlement`); without it they are refused. */
  readonly channels?: ChannelServer
  /** Unix seconds; the system clock when absent. */
  readonly clock?: () => bigint
  /**
   * `chain` asks the facilitator before the handler runs; `local` trusts the signature alone, so a payer without funds
   * gets the work for nothing. `chain` when absent.
   */
  readonly verify?: 'chain' | 'local'
  /** Told of every settlement outcome. */
  readonly onSettlement?: (event: SettlementEvent) => void
  /** Largest request body in bytes; 8 MiB when absent. */
  readonly maxBodyBytes?: number
  /** Keeps answers by payment identifier, so that a client that lost one gets it again; off when absent. */
  readonly paymentIdentifier?: PaymentIdentifierOptions
  /** Signs every offer of a 402 and a receipt for every settled answer; off when absent. */
  readonly offerReceipt?: { readonly signer: TypedDataSigner; readonly includeTransaction?: boolean }
  /** Accepts prices that were asked a while ago, after they changed, at every replica; off when absent. */
  readonly quotes?: QuoteOptions
  /** Lets payers come back for what they paid for; off when absent. */
  readonly signIn?: SignInOptions
  /** Answers browsers' preflights and lets pages read the answers; off when absent. */
  readonly cors?: PreflightOptions
  /**
   * Hash of a body, 32 bytes, as clients that bind payments to bodies compute it. With it, requirements that carry
   * `extra.og.offerHash` offer the binding, and a bound payment under any other body is answered 409.
   */
  readonly hashRequest?: (body: Uint8Array) => Hex
  readonly randomBytes?: (length: number) => Uint8Array
}

/** Options of {@link createPaywall}. */
export interface PaywallOptions extends CommonPaywallOptions {
  /**
   * The price of a request. Without `quotes` it must be the same for the 402 and the paid request. It may read the body only
   * through `request.clone()`.
   */
  readonly requirementsFor: (request: Request) => Price | Promise<Price>
  /** Whether a request may be served at all, paid or not; every one when absent. What may not is answered 403 and never charged. */
  readonly isAllowed?: (request: Request) => boolean | Promise<boolean>
  /**
   * Whether an answer goes out before it is settled. True for `text/event-stream` when absent; such an answer carries
   * no `PAYMENT-RESPONSE` header, and a failed settlement costs the server that one answer.
   */
  readonly settleAfter?: (response: Response) => boolean
}

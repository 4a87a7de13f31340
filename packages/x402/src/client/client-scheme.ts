import type { Address } from '../address.js'
import type { Hex } from '../hex.js'
import type { JsonObject } from '../protocol/json.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'

/** A scheme's interest in what becomes of a payment. Payments with one are not kept for later attempts by `wrapFetch`. */
export interface PaymentSession {
  /**
   * Reads the headers of the server's answer. `again` means that the payment was not taken and the scheme has learnt
   * how to pay this call: it may be paid once more.
   */
  answered(response: Response): Promise<'done' | 'again'>
  /**
   * Whether the server has proved, after `answered`, that it held a higher payment of the same payer before this one: then this one has given
   * it nothing. For schemes whose payments add up.
   */
  addedNothing?(): boolean
  /** Ends the session: the answer was read to its end, or there is none. May be called more than once. */
  closed(): void
}

/** What a scheme has signed. */
export interface CreatedPayment {
  /** The scheme's part of the payment payload. */
  readonly payload: JsonObject
  readonly payer: Address
  /** EIP-712 digest of the signed authorization. */
  readonly paymentHash: Hex
  /** Atomic units that the server may take at most. */
  readonly authorized: bigint
  /** Unix seconds until which the payment can be used. */
  readonly validBefore: bigint
  /** Additions to the echo of the server's extensions, such as a sponsored approval. */
  readonly extensions?: JsonObject
  /** Set by schemes that keep count between payments. */
  readonly session?: PaymentSession
}

/** What the caller decides about one payment. */
export interface CreatePaymentOptions {
  /** Unix seconds. */
  readonly now: bigint
  /** 32 bytes, fresh for each payment. */
  readonly nonce: Hex
  /** Unix seconds; 0 for an ordinary payment, 1 marks a nonce that is bound to a body. */
  readonly validAfter: bigint
  /** What the server offers beside the price. */
  readonly extensions?: JsonObject
  /** Most that a payment channel may hold unspent afterwards, in atomic units. */
  readonly maxDeposit?: bigint
  /**
   * For schemes whose payments add up: told, before anything is signed, how many atomic units the server may take then and could not
   * before. Throws to refuse.
   */
  readonly count?: (added: bigint) => void
}

/** A client's side of a payment scheme. `exactClient` and `uptoClient` make them. */
export interface ClientScheme {
  readonly scheme: string
  /** Whether this scheme can pay these requirements at all; policy is not its business. */
  isSupported(requirements: PaymentRequirements): boolean
  createPayload(requirements: PaymentRequirements, options: CreatePaymentOptions): Promise<CreatedPayment>
}

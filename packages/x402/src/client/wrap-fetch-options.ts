import type { Fetch } from '../defaults.js'
import type { Hex } from '../hex.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import type { ClientScheme } from './client-scheme.js'
import type { Payment } from './create-payment.js'
import type { CachedOffer } from './offer-cache.js'
import type { SpendPolicy } from './spend-policy.js'

/** What hooks learn about the request that is being paid for. */
export interface PaidRequest {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: Uint8Array | undefined
  /** What `hashRequest` said about the body. */
  readonly requestHash: Hex | undefined
}

/** A payment that is about to be sent. */
export interface PaymentEvent extends Payment {
  readonly request: PaidRequest
  /** True when an earlier attempt of the same call carried this very payment. */
  readonly resent: boolean
}

/** How {@link wrapFetch} pays with the first request of a call. */
export interface PayFirstOptions {
  /** Names what shares a price besides origin, method and path: a model, a size. Nothing more when absent. */
  readonly priceClassOf?: (request: PaidRequest) => string | undefined
  /**
   * Recomputes what the new request costs from what the server last asked for; `undefined` asks the server. The policy
   * and `checkRequirements` judge the answer like a server's. The cached price is offered again when absent.
   */
  readonly requirementsForRequest?: (
    offer: CachedOffer,
    request: PaidRequest,
  ) => readonly PaymentRequirements[] | undefined | Promise<readonly PaymentRequirements[] | undefined>
  /** How long an offer is used, in seconds; 300 when absent. */
  readonly maxAgeSeconds?: number
  /** How many offers are kept; 256 when absent. */
  readonly maxEntries?: number
}

/** Options of {@link wrapFetch}. */
export interface WrapFetchOptions {
  readonly schemes: readonly ClientScheme[]
  readonly policy: SpendPolicy
  /** The transport; the platform's `fetch` when absent. */
  readonly fetch?: Fetch
  /** Unix seconds; the system clock when absent. */
  readonly clock?: () => bigint
  readonly randomBytes?: (length: number) => Uint8Array
  /** Hash of the body, 32 bytes; with it, payments are bound to the body where the server offers that. */
  readonly hashRequest?: (body: Uint8Array) => Hex
  /** Throws to refuse a price. A hook that throws stops the payment. */
  readonly checkRequirements?: (requirements: PaymentRequirements, request: PaidRequest) => Promise<void> | void
  /** Told of every payment before it is sent. */
  readonly onPayment?: (payment: PaymentEvent) => void
  /**
   * Pays with the first request where the server's price is known from an earlier call; false when absent. A server
   * that answers with another price is paid that instead, with the same nonce where possible.
   */
  readonly payFirst?: boolean | PayFirstOptions
  /** Largest body that is kept for the second leg, in bytes; 32 MiB when absent. */
  readonly maxBodyBytes?: number
}

/** A `fetch` that pays. It can be called without a receiver. */
export interface PaidFetch {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>
  /** The payment that a response of this function was bought with, if any. */
  paymentOf(response: Response): Payment | undefined
}

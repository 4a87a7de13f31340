import { offerHashOf, REQUEST_BINDING_EXTENSION, requestBindingExtension } from '../evm/request-binding.js'
import type { TypedDataSigner } from '../evm/signer.js'
import { OFFER_RECEIPT_EXTENSION, offersExtension, signOffers } from '../extensions/offer-receipt.js'
import { SIGN_IN_EXTENSION } from '../extensions/sign-in-with-x.js'
import type { JsonObject } from '../protocol/json.js'
import { PAYMENT_IDENTIFIER_EXTENSION, paymentIdentifierExtension } from '../protocol/payment-identifier.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { statusOfReason } from '../protocol/reason.js'
import type { SettleResponse } from '../protocol/settle-response.js'
import { X402Error } from '../x402-error.js'
import { type Answer, answerOfResponse } from './answer.js'
import { createPaymentRequired, paymentRequiredResponse } from './create-payment-required.js'
import type { Price } from './paywall-options.js'
import type { PriceQuotes } from './price-quotes.js'
import type { PaymentIdentifierOptions } from './recorded-call.js'
import { challengeOf, type SignInOptions } from './sign-in.js'

/** What a demand says besides the price. */
export interface DemandDetails {
  /** Why a payment was refused; nothing was refused when absent. */
  readonly error?: string
  readonly settlement?: SettleResponse | undefined
  /** Other terms than the price's, which correct a client. */
  readonly accepts?: readonly PaymentRequirements[]
}

/** Asks for a payment. */
export interface PaymentDemand {
  /** What is the same in every 402 of a resource, and must come back unaltered. */
  declaredBy(price: Price): JsonObject
  write(price: Price, url: string, details?: DemandDetails): Promise<Answer>
}

/** Options of {@link createPaymentDemand}. */
export interface PaymentDemandOptions {
  readonly clock: () => bigint
  readonly randomBytes: (length: number) => Uint8Array
  readonly paymentIdentifier: PaymentIdentifierOptions | undefined
  readonly offerReceipt: { readonly signer: TypedDataSigner } | undefined
  readonly signIn: SignInOptions | undefined
  readonly quotes: PriceQuotes | undefined
  /** Whether payments may be bound to bodies, where requirements carry an offer hash. */
  readonly offersBinding: boolean
}

/** @throws X402Error `INVALID_OPTIONS` */
export function checkFlows(accepts: readonly PaymentRequirements[]): void {
  for (const { scheme, extra } of accepts) {
    const flow = extra?.['paymentFlow'] ?? 'authorization'
    // What a call really costs is not known before it ran.
    if (flow !== 'authorization' && (flow !== 'upfront' || scheme !== 'exact')) {
      throw new X402Error('INVALID_OPTIONS', 'this paywall serves paymentFlow authorization, and upfront for exact')
    }
  }
}

/** Builds what writes the 402s of a paywall. */
export function createPaymentDemand(options: PaymentDemandOptions): PaymentDemand {
  const { clock, randomBytes, paymentIdentifier, offerReceipt, signIn, quotes, offersBinding } = options

  /** What is made anew for each 402. */
  async function freshExtensions(price: Price, url: string): Promise<JsonObject> {
    const extensions: Record<string, JsonObject> = {}
    if (offerReceipt !== undefined) {
      const { signer } = offerReceipt
      const offers = await signOffers(price.accepts, { signer, resourceUrl: price.resource.url, now: clock() })
      extensions[OFFER_RECEIPT_EXTENSION] = offersExtension(offers)
    }
    if (signIn !== undefined) {
      const { accepts } = price
      extensions[SIGN_IN_EXTENSION] = challengeOf(url, { ...signIn, now: clock(), accepts, randomBytes })
    }
    return extensions
  }

  function declaredBy(price: Price): JsonObject {
    const isBindable = offersBinding && price.accepts.some((offer) => offerHashOf(offer) !== undefined)
    if (paymentIdentifier === undefined && !isBindable) return price.extensions ?? {}
    const extensions: Record<string, JsonObject[string]> = { ...price.extensions }
    if (isBindable) extensions[REQUEST_BINDING_EXTENSION] = requestBindingExtension()
    if (paymentIdentifier !== undefined) {
      const { required = false } = paymentIdentifier
      extensions[PAYMENT_IDENTIFIER_EXTENSION] = paymentIdentifierExtension({ required })
    }
    return extensions
  }

  return {
    declaredBy,
    async write(price, url, { error, settlement, accepts = price.accepts } = {}) {
      const { priceClass, ...shown } = price
      const extensions = { ...declaredBy(price), ...(await freshExtensions(price, url)) }
      const required = createPaymentRequired({
        ...shown,
        accepts:
          quotes === undefined || priceClass === undefined
            ? accepts
            : accepts.map((offer) => quotes.quote(offer, priceClass)),
        ...(Object.keys(extensions).length === 0 ? {} : { extensions }),
        ...(error === undefined ? {} : { error }),
      })
      const response =
        error === undefined
          ? paymentRequiredResponse(required)
          : paymentRequiredResponse(required, {
              status: statusOfReason(error),
              body: { error: { message: error, type: 'payment_error', param: null, code: error } },
              ...(settlement === undefined ? {} : { settlement }),
            })
      return answerOfResponse(response)
    },
  }
}

import { isEqualJson } from '../protocol/json.js'
import type { PaymentRequired } from '../protocol/payment-required.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { withoutQuote } from '../protocol/quote-member.js'

/** What a server last asked for on a route. */
export interface CachedOffer {
  readonly required: PaymentRequired
  readonly version: 1 | 2
  /** The URL that was asked. */
  readonly url: string
  /** Unix seconds at which the offer came. */
  readonly receivedAt: bigint
}

/** Names what shares one price: origin, method, path and the caller's price class. */
export interface OfferKey {
  readonly url: string
  readonly method: string
  readonly priceClass: string | undefined
}

/** What servers last asked for, so that a payment can go out with the first request. */
export interface OfferCache {
  find(key: OfferKey, now: bigint): CachedOffer | undefined
  keep(key: OfferKey, offer: CachedOffer): void
  drop(key: OfferKey): void
}

function textOf({ url, method, priceClass }: OfferKey): string {
  // A relative URL, which only browsers have, stands for itself.
  const place = URL.canParse(url) ? `${new URL(url).origin}${new URL(url).pathname}` : url
  return JSON.stringify([method, place, priceClass ?? null])
}

/** Builds an empty cache; the oldest entries leave first. */
export function createOfferCache(options: { readonly maxEntries: number; readonly maxAgeSeconds: bigint }): OfferCache {
  const entries = new Map<string, CachedOffer>()
  return {
    find(key, now) {
      const text = textOf(key)
      const offer = entries.get(text)
      if (offer === undefined || offer.receivedAt + options.maxAgeSeconds > now) return offer
      entries.delete(text)
      return undefined
    },
    keep(key, offer) {
      const text = textOf(key)
      entries.delete(text)
      entries.set(text, offer)
      for (const oldest of entries.keys()) {
        if (entries.size <= options.maxEntries) break
        entries.delete(oldest)
      }
    },
    drop(key) {
      entries.delete(textOf(key))
    },
  }
}

/** Tells whether two ways to pay ask for the very same, whenever they were quoted. */
export function isSameOffer(a: PaymentRequirements, b: PaymentRequirements): boolean {
  return isEqualJson(withoutQuote(a), withoutQuote(b))
}

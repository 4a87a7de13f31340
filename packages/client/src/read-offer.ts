import { type Hex, hashOffer, type KeccakOptions, type Offer, parseOffer, type ReceiptDomain } from '@og/settlement'
import type { PaymentRequirements } from '@og/x402'
import { objectAt } from './read-json.js'

/** An offer and its digest under the domain of a node. */
interface ReadOffer {
  readonly offer: Offer
  readonly digest: Hex
}

/** Reads the offer that payment requirements carry; `undefined` when they carry none that can be read. */
export type OfferReader = (requirements: PaymentRequirements, domain: ReceiptDomain) => ReadOffer | undefined

/** Creates a reader that remembers what it read: the offer of an earlier call is judged again at every call that it prices. */
export function createOfferReader(options: KeccakOptions): OfferReader {
  const known = new WeakMap<object, { readonly read: ReadOffer; readonly domain: ReceiptDomain }>()
  return (requirements, domain) => {
    const json = objectAt(objectAt(requirements.extra ?? undefined, 'og'), 'offer')
    if (json === undefined) return undefined
    const found = known.get(json)
    if (found !== undefined && isSameDomain(found.domain, domain)) return found.read
    try {
      const offer = parseOffer(json)
      const read = { offer, digest: hashOffer(offer, domain, options) }
      known.set(json, { read, domain })
      return read
    } catch {
      return undefined
    }
  }
}

function isSameDomain(left: ReceiptDomain, right: ReceiptDomain): boolean {
  return left.chainId === right.chainId && left.verifyingContract === right.verifyingContract
}

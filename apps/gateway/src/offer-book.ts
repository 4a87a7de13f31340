import { encodeOffer, type Hex, hashOffer, type JsonObject, type Offer, parseOffer } from '@og/settlement'
import { parseAmount } from '@og/x402'
import { getAddress } from 'viem'
import type { GatewayConfig } from './config.js'
import { isSameMac, macOf } from './mac.js'
import type { NodeKeys } from './node-keys.js'
import type { Model, PriceTable } from './prices.js'
import { maxMetadataBytes } from './record-prices.js'

/** An offer with everything that travels in a 402's `extra.og`. */
export interface SignedOffer {
  readonly offer: Offer
  readonly json: JsonObject
  readonly hash: Hex
  readonly signature: Hex
  readonly mac: Hex
}

/** Signs offers and recognises them again, also those of another replica that shares the key. */
export interface OfferBook {
  /** The valid offer for a model; signed anew when less than half of its time is left. */
  readonly offerFor: (model: Model) => SignedOffer
  /** The offer inside an echoed `extra.og`, if we made it and it still holds; otherwise `undefined`. */
  readonly recognise: (echoed: unknown) => SignedOffer | undefined
  readonly all: () => readonly SignedOffer[]
}

/** Options of {@link createOfferBook}. */
export interface OfferBookOptions {
  readonly config: GatewayConfig
  readonly identity: Pick<NodeKeys, 'nodeId' | 'domain' | 'sign' | 'find'>
  readonly prices: PriceTable
  readonly now: () => bigint
  /** 32 bytes, shared by the replicas of one node. */
  readonly macKey: Uint8Array
}

/** Three settlement modes, one bit each. */
const allSettlementModes = 0b111
/** Recognised offers that are remembered. */
const maxRecognised = 1000

/** Creates the book of signed offers of one node. */
export function createOfferBook(options: OfferBookOptions): OfferBook {
  const { config, identity, prices } = options
  const validity = BigInt(config.offerValiditySeconds)
  const cache = new Map<string, SignedOffer>()
  const units = (usd: string): bigint => parseAmount(usd, config.token.decimals)

  function offerMac(hash: Hex, signature: Hex): Hex {
    return macOf(options.macKey, `og-offer-1:${hash}:${signature}`)
  }

  function signOffer(model: Model): SignedOffer {
    const now = options.now()
    const offer: Offer = {
      nodeId: identity.nodeId,
      model: model.id,
      paymentChainId: BigInt(config.chainId),
      asset: getAddress(config.token.address),
      decimals: config.token.decimals,
      payTo: getAddress(config.payTo),
      inputPrice: units(model.price.input),
      cachedInputPrice: units(model.price.cachedInput),
      outputPrice: units(model.price.output),
      reasoningPrice: units(model.price.reasoning),
      surchargeSettle: units(prices.surcharges.SETTLE),
      surchargeMetadata: units(prices.surcharges.SETTLE_METADATA),
      surchargeBatch: units(prices.surcharges.SETTLE_BATCH),
      settlementModes: allSettlementModes,
      maxMetadataBytes,
      notBefore: now - 60n,
      notAfter: now + validity,
    }
    const hash = hashOffer(offer, identity.domain)
    const signature = identity.sign(hash)
    return { offer, json: encodeOffer(offer), hash, signature, mac: offerMac(hash, signature) }
  }

  function offerFor(model: Model): SignedOffer {
    const known = cache.get(model.id)
    const isOurs = known?.offer.nodeId === identity.nodeId
    if (isOurs && known.offer.notAfter - options.now() > validity / 2n) return known
    const fresh = signOffer(model)
    cache.set(model.id, fresh)
    return fresh
  }

  /** Offers that were recognised before, by their hash: they come back with every payment. */
  const recognised = new Map<string, { readonly text: string; readonly signedOffer: SignedOffer }>()

  function recognise(echoed: unknown): SignedOffer | undefined {
    const { offer, offerHash, signature, mac } = (echoed ?? {}) as Record<string, unknown>
    const known = typeof offerHash === 'string' ? recognised.get(offerHash) : undefined
    const text = known === undefined ? '' : JSON.stringify([offer, signature, mac])
    const signedOffer = known?.text === text ? known.signedOffer : recogniseAnew(echoed)
    if (signedOffer === undefined) return undefined
    const now = options.now()
    const { notBefore, notAfter, nodeId } = signedOffer.offer
    // Also one of an older key of this node, as long as calls are served under it.
    if (now < notBefore || now > notAfter || identity.find(nodeId) === undefined) {
      recognised.delete(signedOffer.hash)
      return undefined
    }
    if (known === undefined) {
      const [oldest] = recognised.keys()
      if (recognised.size >= maxRecognised && oldest !== undefined) recognised.delete(oldest)
      recognised.set(signedOffer.hash, { text: JSON.stringify([offer, signature, mac]), signedOffer })
    }
    return signedOffer
  }

  function recogniseAnew(echoed: unknown): SignedOffer | undefined {
    if (typeof echoed !== 'object' || echoed === null) return undefined
    const { offer: json, offerHash, signature, mac } = echoed as Record<string, unknown>
    if (typeof signature !== 'string' || typeof mac !== 'string' || typeof offerHash !== 'string') return undefined
    let offer: Offer
    try {
      offer = parseOffer(json)
    } catch {
      return undefined
    }
    const hash = hashOffer(offer, identity.domain)
    if (hash !== offerHash) return undefined
    const expected = offerMac(hash, signature as Hex)
    if (!isSameMac(mac, expected)) return undefined
    return { offer, json: encodeOffer(offer), hash, signature: signature as Hex, mac: expected }
  }

  return { offerFor, recognise, all: () => prices.models.map(offerFor) }
}

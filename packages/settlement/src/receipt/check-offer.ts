import { type Hex, isSameHex } from '../hex.js'
import { outcomes, settlementModes } from '../modes.js'
import { hashOffer, isSettlementOffered, type Offer } from '../offer/offer.js'
import { chargeOf } from '../offer/price.js'
import type { CheckReceiptInput } from './check-input.js'
import type { StepTaker } from './check-step.js'
import type { ReceiptCode } from './receipt-code.js'
import { recoverSigner } from './signature.js'

/** Checks that the offer is the one of the terms, was good at the time, and that the charge follows from it. */
export function checkOffer({ check, skip }: StepTaker<ReceiptCode>, input: CheckReceiptInput): void {
  const { receipt, terms, domain, manifest, offer, offerSignature, recover } = input
  if (offer === undefined) {
    skip('offer')
    return
  }
  let offerHash: Hex | undefined
  const hash = (): Hex => {
    offerHash ??= hashOffer(offer, domain, input)
    return offerHash
  }
  check('offer', 'OFFER_HASH', () =>
    isSameHex({ left: hash(), right: terms.offerHash }) ? undefined : 'not the offer of the terms',
  )
  if (offerSignature === undefined) skip('offer signature')
  else {
    check('offer signature', 'OFFER_SIGNATURE', () =>
      isSameHex({ left: recoverSigner(hash(), offerSignature, recover), right: manifest.receiptKey })
        ? undefined
        : 'the offer is not signed by the receipt key of the manifest',
    )
  }
  check('offer node', 'OFFER_NODE', () =>
    isSameHex({ left: offer.nodeId, right: receipt.nodeId }) ? undefined : 'the offer is of another node',
  )
  check('offer validity', 'OFFER_EXPIRED', () =>
    offer.notBefore <= terms.receivedAt && terms.receivedAt <= offer.notAfter
      ? undefined
      : 'receivedAt is outside the validity of the offer',
  )
  check('offer payment', 'OFFER_PAYMENT', () => {
    const isSame =
      offer.paymentChainId === terms.paymentChainId &&
      isSameHex({ left: offer.asset, right: terms.asset }) &&
      isSameHex({ left: offer.payTo, right: terms.payTo })
    return isSame ? undefined : 'the offer asks for another chain, asset or payee'
  })
  check('offered settlement', 'SETTLEMENT_NOT_OFFERED', () => {
    const settlement = settlementModes[receipt.settlement]
    return settlement !== undefined && isSettlementOffered(offer, settlement)
      ? undefined
      : 'the offer does not sell this settlement mode'
  })
  check('charge', 'CHARGE_NOT_OFFER', () => checkCharge(input, offer))
}

function checkCharge({ receipt, terms }: CheckReceiptInput, offer: Offer): string | undefined {
  // An exact payment moves its whole amount whatever the usage; a failed inference is charged nothing.
  if (terms.scheme === 'exact' || outcomes[terms.outcome] === 'failed') return undefined
  const settlement = settlementModes[receipt.settlement]
  if (settlement === undefined) return 'unknown settlement mode'
  const charge = chargeOf(offer, { usage: terms, settlement })
  // A prompt may have more tokens than were quoted, and generation stops at a ceiling: what is above the authorized amount is given away.
  const isDue = terms.charged === charge || (charge > terms.authorized && terms.charged === terms.authorized)
  return isDue ? undefined : `${terms.charged} charged, offer × usage is ${charge}`
}

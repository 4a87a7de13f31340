import {
  encodeReceiptBundle,
  hashOffer,
  hashReceipt,
  hashTerms,
  type JsonObject,
  nodeIdOf,
  parseReceiptBundle,
  signDigest,
  type Terms,
} from '@og/settlement'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'

/**
 * Signs a VANILLA receipt anew as a dishonest node would, with a key and a manifest of its own, after changing its terms. With nothing
 * changed the result must verify: then what is refused is the lie and not the signature. The payer's signature goes, since it was given to
 * the offer of another node.
 */
export function resignReceipt(bundle: JsonObject, change: (terms: Terms) => Terms): JsonObject {
  const { payment: _payment, inclusion: _inclusion, settlement: _settlement, ...honest } = parseReceiptBundle(bundle)
  const privateKey = generatePrivateKey()
  const manifest = { ...honest.manifest, receiptKey: privateKeyToAccount(privateKey).address }
  const nodeId = nodeIdOf(manifest)
  const offer = { ...honest.offer, nodeId }
  const offerHash = hashOffer(offer, honest.chain)
  const terms = change({ ...honest.terms, offerHash })
  const receipt = { ...honest.receipt, nodeId, termsHash: hashTerms(terms) }
  return encodeReceiptBundle({
    ...honest,
    manifest,
    offer,
    offerSignature: signDigest(offerHash, privateKey),
    terms,
    receipt,
    signature: signDigest(hashReceipt(receipt, honest.chain), privateKey),
  })
}

import { encodeReceiptBundle, type JsonObject, type ReceiptBundle } from '@og/settlement'
import { paymentJson } from './payment-json.js'
import type { Settlement } from './settlement.js'
import type { AnswerEvidence } from './verify-answer.js'

/** Writes the portable proof of a verified answer: `receipt.json`. With a settlement it also shows where it is anchored. */
export function receiptBundleOf(evidence: AnswerEvidence, settlement?: Settlement): JsonObject {
  const { answer, node, endpoint } = evidence
  const record = settlement?.record
  const bundle: ReceiptBundle = {
    version: 'og-receipt-1',
    endpoint,
    receipt: answer.receipt,
    terms: answer.terms,
    signature: answer.signature,
    salts: answer.salts,
    offer: answer.offer,
    offerSignature: answer.offerSignature,
    manifest: node.manifest,
    chain: node.domain,
    ...(node.attestation === null ? {} : { attestation: node.attestation }),
    payment: paymentJson(evidence.payment),
    ...(settlement?.inclusion ? { inclusion: settlement.inclusion } : {}),
    ...(record?.transaction && record.blockNumber !== null
      ? { settlement: { transaction: record.transaction, blockNumber: record.blockNumber } }
      : {}),
  }
  return encodeReceiptBundle(bundle)
}

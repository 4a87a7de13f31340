import {
  encodeReceiptBundle,
  type Hex,
  hashReceipt,
  type JsonObject,
  parseReceiptBundle,
  type ReceiptBundle,
} from '@og/settlement'
import { parsePaymentPayload } from '@og/x402'
import type { TextStorage } from '@og/x402/storage'
import { ClientError } from './client-error.js'
import { MAX_ANSWER_BYTES, MAX_REMEMBERED } from './defaults.js'
import { readJsonObject } from './read-json.js'
import { receiptBundleOf } from './receipt-bundle.js'
import type { Settlement, SettlementSubject } from './settlement.js'
import type { AnswerEvidence } from './verify-answer.js'

/** Remembers what answers stand on, and keeps `receipt.json` files. */
export interface ReceiptBook {
  remember(evidence: AnswerEvidence): void
  /** The portable proof of an answer, from this client's memory or its storage; `undefined` when neither has it. */
  bundleOf(paymentHash: Hex, settlement?: Settlement): Promise<JsonObject | undefined>
  /** The proof of an answer of this client's memory. @throws ClientError `INVALID_REQUEST` when it is not there */
  rememberedBundleOf(paymentHash: Hex, settlement?: Settlement): JsonObject
  /** What a settlement is asked for; `undefined` when the payment is not known here. */
  subjectOf(paymentHash: Hex): Promise<SettlementSubject | undefined>
  /** Writes a proof to the storage and returns it. @throws ClientError `INVALID_REQUEST` when the payment is not known here */
  save(paymentHash: Hex, settlement?: Settlement): Promise<JsonObject>
}

/** Creates the book over a storage. */
export function createReceiptBook(storage: TextStorage): ReceiptBook {
  const known = new Map<Hex, AnswerEvidence>()

  async function stored(paymentHash: Hex): Promise<ReceiptBundle | undefined> {
    const text = await storage.read(paymentHash)
    const json = text === undefined ? undefined : readJsonObject(text, MAX_ANSWER_BYTES)
    return json === undefined ? undefined : parseReceiptBundle(json)
  }

  async function bundleOf(paymentHash: Hex, settlement?: Settlement): Promise<JsonObject | undefined> {
    const evidence = known.get(paymentHash)
    if (evidence !== undefined) return receiptBundleOf(evidence, settlement)
    const bundle = await stored(paymentHash)
    return bundle === undefined ? undefined : encodeReceiptBundle(withSettlement(bundle, settlement))
  }

  return {
    remember(evidence) {
      known.set(evidence.answer.receipt.paymentHash, evidence)
      for (const oldest of known.keys()) {
        if (known.size <= MAX_REMEMBERED) break
        known.delete(oldest)
      }
    },
    bundleOf,
    rememberedBundleOf(paymentHash, settlement) {
      const evidence = known.get(paymentHash)
      if (evidence === undefined) throw unknownPayment(paymentHash)
      return receiptBundleOf(evidence, settlement)
    },
    async subjectOf(paymentHash) {
      const evidence = known.get(paymentHash)
      if (evidence !== undefined) return subjectOf(evidence)
      const bundle = await stored(paymentHash)
      if (bundle === undefined) return undefined
      const { receipt, terms, manifest, chain } = bundle
      const payment = bundle.payment === undefined ? undefined : parsePaymentPayload(bundle.payment)
      const receiptDigest = hashReceipt(receipt, chain)
      return { receipt, receiptDigest, terms, payment, manifest, domain: chain, baseUrl: manifest.endpoint }
    },
    async save(paymentHash, settlement) {
      const bundle = await bundleOf(paymentHash, settlement)
      if (bundle === undefined) throw unknownPayment(paymentHash)
      await storage.write(paymentHash, JSON.stringify(bundle))
      return bundle
    },
  }
}

function unknownPayment(paymentHash: Hex): ClientError {
  return new ClientError('INVALID_REQUEST', 'this client does not know that payment', { paymentHash })
}

/** The settlement's view of an answer. */
export function subjectOf({ answer, node, payment }: AnswerEvidence): SettlementSubject {
  const { receipt, receiptDigest, terms } = answer
  return { receipt, receiptDigest, terms, payment, manifest: node.manifest, domain: node.domain, baseUrl: node.baseUrl }
}

function withSettlement(bundle: ReceiptBundle, settlement: Settlement | undefined): ReceiptBundle {
  if (settlement === undefined) return bundle
  const { transaction, blockNumber } = settlement.record
  return {
    ...bundle,
    ...(settlement.inclusion === null ? {} : { inclusion: settlement.inclusion }),
    ...(transaction === null || blockNumber === null ? {} : { settlement: { transaction, blockNumber } }),
  }
}

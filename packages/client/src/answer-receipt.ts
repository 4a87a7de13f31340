import {
  type Hex,
  type JsonObject,
  type Offer,
  parseOffer,
  parseReceipt,
  parseTerms,
  type Receipt,
  type Terms,
} from '@og/settlement'
import { objectAt, stringAt } from './read-json.js'
import type { AnswerLabel } from './verification.js'

/** The receipt that rides inside `usage.og`: parsed, and not yet believed. */
export interface AnswerReceipt {
  readonly paymentHash: Hex
  readonly attempt: number
  readonly receiptDigest: Hex
  readonly receipt: Receipt
  readonly terms: Terms
  readonly signature: Hex
  readonly salts: { readonly request: Hex; readonly response: Hex; readonly upstreamRequest: Hex }
  readonly offer: Offer
  readonly offerSignature: Hex
  readonly label: AnswerLabel
}

const labels: readonly AnswerLabel[] = ['scripted', 'tls-witnessed', 'model-in-enclave', 'vanilla']

/** True when an answer carries something where the receipt belongs. */
export function hasAnswerReceipt(body: JsonObject): boolean {
  return objectAt(objectAt(body, 'usage'), 'og') !== undefined
}

/**
 * Reads the receipt of an answer body.
 * @throws Error of whatever kind when it is malformed; the caller turns it into a failed check.
 */
export function parseAnswerReceipt(body: JsonObject): AnswerReceipt {
  const og = objectAt(objectAt(body, 'usage'), 'og')
  if (og?.['version'] !== '1') throw new TypeError('usage.og is missing or of another version')
  const label = labels.find((known) => known === og['label'])
  if (label === undefined) throw new TypeError('usage.og.label is unknown')
  const receipt = parseReceipt(og['receipt'])
  const salts = objectAt(og, 'salts')
  return {
    paymentHash: bytes32At(og, 'paymentHash'),
    attempt: receipt.attempt,
    receiptDigest: bytes32At(og, 'receiptDigest'),
    receipt,
    terms: parseTerms(og['terms']),
    signature: hexAt(og, 'signature', 65),
    salts: {
      request: bytes32At(salts, 'request'),
      response: bytes32At(salts, 'response'),
      upstreamRequest: bytes32At(salts, 'upstreamRequest'),
    },
    offer: parseOffer(og['offer']),
    offerSignature: hexAt(og, 'offerSignature', 65),
    label,
  }
}

function bytes32At(object: JsonObject | undefined, key: string): Hex {
  return hexAt(object, key, 32)
}

function hexAt(object: JsonObject | undefined, key: string, length: number): Hex {
  const value = stringAt(object, key)
  if (value === undefined || value.length !== 2 + 2 * length || !/^0x[0-9a-f]+$/i.test(value)) {
    throw new TypeError(`${key} is not ${length} bytes of hexadecimal`)
  }
  return `0x${value.slice(2).toLowerCase()}`
}

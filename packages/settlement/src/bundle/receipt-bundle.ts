import { checksumAddress } from '../address.js'
import type { ReceiptDomain } from '../eip712/domain.js'
import type { Hex } from '../hex.js'
import { canonicalTextOf } from '../json/canonical-json.js'
import type { JsonObject, JsonValue } from '../json/json-value.js'
import { parseStrictJson } from '../json/strict-json.js'
import { MAX_PROOF_LENGTH } from '../log/verify-inclusion.js'
import { encodeManifest, type KeyManifest, parseManifest } from '../manifest/key-manifest.js'
import { encodeOffer, type Offer, parseOffer } from '../offer/offer.js'
import type { ReceiptSalts } from '../receipt/check-input.js'
import { encodeReceipt, parseReceipt, type Receipt } from '../receipt/receipt.js'
import { encodeTerms, parseTerms, type Terms } from '../receipt/terms.js'
import { SettlementError } from '../settlement-error.js'
import type { Endpoint } from '../transcript.js'
import { readFields } from '../wire/field-reader.js'

/** A quote that binds the node's manifest, and what is needed to verify it later. */
export interface BundleAttestation {
  readonly quote: Hex
  readonly collateral: JsonObject
  /** The 32 bytes that stand beside the node's identity in the quote. */
  readonly nonce: Hex
}

/** Where the receipt stands in its log, under which signed checkpoint. */
export interface BundleInclusion {
  readonly seq: bigint
  readonly index: bigint
  readonly size: bigint
  readonly root: Hex
  readonly proof: readonly Hex[]
  readonly checkpointSignature: Hex
  readonly uri: string
}

/** The record transaction, as far as it is known. */
export interface BundleSettlement {
  readonly transaction: Hex
  readonly blockNumber: bigint
}

/** The portable proof of one inference: `receipt.json`. */
export interface ReceiptBundle {
  readonly version: 'og-receipt-1'
  readonly endpoint: Endpoint
  readonly receipt: Receipt
  readonly terms: Terms
  readonly signature: Hex
  readonly salts: ReceiptSalts
  readonly offer: Offer
  readonly offerSignature: Hex
  readonly manifest: KeyManifest
  /** Which chain and contract the signatures are made for. */
  readonly chain: ReceiptDomain
  readonly attestation?: BundleAttestation
  /** The signed payment, as it was sent. */
  readonly payment?: JsonObject
  readonly inclusion?: BundleInclusion
  readonly settlement?: BundleSettlement
}

/** Largest quote in a bundle, in bytes. */
export const MAX_QUOTE_BYTES = 65_536
/** Longest `uri` of a checkpoint that a bundle carries. */
export const MAX_CHECKPOINT_URI = 2048
const SIGNATURE_BYTES = 65

/** Writes a bundle as JSON: integers beyond 32 bits as decimal text, hashes in lower case. */
export function encodeReceiptBundle(bundle: ReceiptBundle): JsonObject {
  const { attestation, payment, inclusion, settlement } = bundle
  return {
    version: bundle.version,
    endpoint: bundle.endpoint,
    receipt: encodeReceipt(bundle.receipt),
    terms: encodeTerms(bundle.terms),
    signature: bundle.signature.toLowerCase(),
    salts: {
      request: bundle.salts.request.toLowerCase(),
      response: bundle.salts.response.toLowerCase(),
      upstreamRequest: bundle.salts.upstreamRequest.toLowerCase(),
    },
    offer: encodeOffer(bundle.offer),
    offerSignature: bundle.offerSignature.toLowerCase(),
    manifest: encodeManifest(bundle.manifest),
    chain: {
      chainId: bundle.chain.chainId.toString(),
      verifyingContract: checksumAddress(bundle.chain.verifyingContract),
    },
    ...(attestation === undefined ? {} : { attestation: encodeAttestation(attestation) }),
    ...(payment === undefined ? {} : { payment }),
    ...(inclusion === undefined ? {} : { inclusion: encodeInclusion(inclusion) }),
    ...(settlement === undefined
      ? {}
      : {
          settlement: {
            transaction: settlement.transaction.toLowerCase(),
            blockNumber: settlement.blockNumber.toString(),
          },
        }),
  }
}

/**
 * Reads a bundle from JSON (from text: through `parseStrictJson`); unknown fields are refused at every level.
 *
 * @throws SettlementError `UNSUPPORTED_VERSION`, `INVALID_FIELD`, `MISSING_FIELD`, `UNKNOWN_FIELD`, `OUT_OF_RANGE`,
 * `LIMIT_EXCEEDED`, `NOT_JSON`.
 */
export function parseReceiptBundle(json: unknown): ReceiptBundle {
  const fields = readFields(json, 'bundle')
  if (fields.value('version') !== 'og-receipt-1') {
    throw new SettlementError('UNSUPPORTED_VERSION', 'bundle.version is not og-receipt-1')
  }
  const endpoint = fields.value('endpoint')
  if (endpoint !== 'chat.completions' && endpoint !== 'completions' && endpoint !== 'embeddings') {
    throw new SettlementError('INVALID_FIELD', 'bundle.endpoint is unknown')
  }
  const attestation = fields.optional('attestation')
  const payment = fields.optional('payment')
  const inclusion = fields.optional('inclusion')
  const settlement = fields.optional('settlement')
  const bundle: ReceiptBundle = {
    version: 'og-receipt-1',
    endpoint,
    receipt: parseReceipt(fields.value('receipt')),
    terms: parseTerms(fields.value('terms')),
    signature: fields.bytes('signature', SIGNATURE_BYTES),
    salts: parseSalts(fields.value('salts')),
    offer: parseOffer(fields.value('offer')),
    offerSignature: fields.bytes('offerSignature', SIGNATURE_BYTES),
    manifest: parseManifest(fields.value('manifest')),
    chain: parseChain(fields.value('chain')),
    ...(attestation === undefined ? {} : { attestation: parseAttestation(attestation) }),
    ...(payment === undefined ? {} : { payment: parseJsonObject(payment, 'bundle.payment') }),
    ...(inclusion === undefined ? {} : { inclusion: parseInclusion(inclusion) }),
    ...(settlement === undefined ? {} : { settlement: parseSettlement(settlement) }),
  }
  fields.end()
  return bundle
}

function encodeAttestation(attestation: BundleAttestation): JsonValue {
  return {
    quote: attestation.quote.toLowerCase(),
    collateral: attestation.collateral,
    nonce: attestation.nonce.toLowerCase(),
  }
}

function encodeInclusion(inclusion: BundleInclusion): JsonValue {
  return {
    seq: inclusion.seq.toString(),
    index: inclusion.index.toString(),
    size: inclusion.size.toString(),
    root: inclusion.root.toLowerCase(),
    proof: inclusion.proof.map((node) => node.toLowerCase()),
    checkpointSignature: inclusion.checkpointSignature.toLowerCase(),
    uri: inclusion.uri,
  }
}

function parseSalts(json: unknown): ReceiptSalts {
  const fields = readFields(json, 'bundle.salts')
  const salts: ReceiptSalts = {
    request: fields.bytes32('request'),
    response: fields.bytes32('response'),
    upstreamRequest: fields.bytes32('upstreamRequest'),
  }
  fields.end()
  return salts
}

function parseChain(json: unknown): ReceiptDomain {
  const fields = readFields(json, 'bundle.chain')
  const chain: ReceiptDomain = {
    chainId: fields.uint('chainId', 256),
    verifyingContract: fields.address('verifyingContract'),
  }
  fields.end()
  return chain
}

function parseAttestation(json: unknown): BundleAttestation {
  const fields = readFields(json, 'bundle.attestation')
  const attestation: BundleAttestation = {
    quote: fields.bytes('quote', MAX_QUOTE_BYTES),
    collateral: parseJsonObject(fields.value('collateral'), 'bundle.attestation.collateral'),
    nonce: fields.bytes32('nonce'),
  }
  fields.end()
  return attestation
}

function parseInclusion(json: unknown): BundleInclusion {
  const fields = readFields(json, 'bundle.inclusion')
  const inclusion: BundleInclusion = {
    seq: fields.uint('seq', 64),
    index: fields.uint('index', 64),
    size: fields.uint('size', 64),
    root: fields.bytes32('root'),
    proof: fields.list('proof', MAX_PROOF_LENGTH).map((node) => readFields({ node }, 'proof[]').bytes32('node')),
    checkpointSignature: fields.bytes('checkpointSignature', SIGNATURE_BYTES),
    uri: fields.text('uri', MAX_CHECKPOINT_URI),
  }
  fields.end()
  return inclusion
}

function parseSettlement(json: unknown): BundleSettlement {
  const fields = readFields(json, 'bundle.settlement')
  const settlement: BundleSettlement = {
    transaction: fields.bytes32('transaction'),
    blockNumber: fields.uint('blockNumber', 64),
  }
  fields.end()
  return settlement
}

/** Copies what is JSON and refuses what is not. */
function parseJsonObject(json: unknown, path: string): JsonObject {
  readFields(json, path)
  // Canonical text is the proof that a value is JSON; reading it back gives a typed copy.
  const copy = parseStrictJson(canonicalTextOf(json))
  if (typeof copy !== 'object' || copy === null || isList(copy)) {
    throw new SettlementError('INVALID_FIELD', `${path} is not an object`)
  }
  return copy
}

function isList(value: JsonObject | readonly JsonValue[]): value is readonly JsonValue[] {
  return Array.isArray(value)
}

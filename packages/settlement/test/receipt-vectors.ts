import { encodeReceiptBundle, type ReceiptBundle } from '../src/bundle/receipt-bundle.js'
import type { Hex } from '../src/hex.js'
import type { JsonObject, JsonValue } from '../src/json/json-value.js'
import { hashCheckpoint } from '../src/log/checkpoint.js'
import { createLog } from '../src/log/log.js'
import { nodeIdOf } from '../src/manifest/key-manifest.js'
import { type InferenceMode, inferenceModes, type SettlementMode, settlementModes } from '../src/modes.js'
import { hashOffer, type Offer } from '../src/offer/offer.js'
import { chargeOf } from '../src/offer/price.js'
import { hashReceipt, type Receipt } from '../src/receipt/receipt.js'
import { signDigest } from '../src/receipt/signature.js'
import { hashTerms, type Terms } from '../src/receipt/terms.js'
import * as fixture from './fixture.js'

/** A good bundle and everything that its verifier knows. */
export interface ReceiptVector {
  readonly name: string
  readonly bundle: JsonObject
  readonly request: JsonObject
  readonly response: JsonObject
  /** The bytes that were sent upstream, as UTF-8 text. */
  readonly upstreamRequest: string
  readonly expected: JsonObject
  /** The verifier's clock. */
  readonly now: string
}

/** What to change in a good vector, and what its verifier must say. */
export interface RefusalCase {
  readonly name: string
  readonly changes: readonly { readonly path: readonly string[]; readonly value: JsonValue }[]
  /** `parse`: the bundle cannot be read; `verify`: it can, and is refused. */
  readonly stage: 'parse' | 'verify'
  readonly code: string
}

const { domain, nodeKey, strangerKey } = fixture
const upstreamText = new TextDecoder().decode(fixture.upstreamRequest)

interface Changes {
  readonly receipt?: Partial<Receipt>
  readonly terms?: Partial<Terms>
  readonly offer?: Partial<Offer>
  readonly bundle?: Partial<ReceiptBundle>
  readonly expected?: JsonObject
  readonly now?: string
  readonly receiptSigner?: Hex
  readonly offerSigner?: Hex
  readonly checkpointSigner?: Hex
}

/** Builds a vector as a node would, honest or, with changes, lying: everything that is changed is signed again. */
function vectorOf(mode: InferenceMode, settlement: SettlementMode, changes: Changes = {}): ReceiptVector {
  const manifest = { ...fixture.manifest, mode }
  const nodeId = nodeIdOf(manifest)
  const offer: Offer = { ...fixture.offer, nodeId, settlementModes: 0b101, ...changes.offer }
  if (settlement === 'SETTLE_METADATA') Object.assign(offer, { settlementModes: 0b111, ...changes.offer })
  const terms: Terms = {
    ...fixture.terms,
    charged: chargeOf({ ...fixture.offer, settlementModes: 0b111 }, { usage: fixture.terms, settlement }),
    offerHash: hashOffer(offer, domain),
    ...changes.terms,
  }
  const receipt: Receipt = {
    ...fixture.receipt,
    nodeId,
    mode: inferenceModes.indexOf(mode),
    settlement: settlementModes.indexOf(settlement),
    termsHash: hashTerms(terms),
    ...changes.receipt,
  }
  const digest = hashReceipt(receipt, domain)
  const others = [0xb0, 0xb1, 0xb3, 0xb4].map(fixture.bytes32)
  const log = createLog([...others.slice(0, 2), digest, ...others.slice(2)])
  const head = { seq: 3n, size: 5n, root: log.root(), uri: 'https://node.example/v1/log' }
  const checkpoint = hashCheckpoint({ logId: manifest.logId, ...head }, domain)
  const bundle: ReceiptBundle = {
    version: 'og-receipt-1',
    endpoint: 'chat.completions',
    receipt,
    terms,
    signature: signDigest(digest, changes.receiptSigner ?? nodeKey),
    salts: fixture.salts,
    offer,
    offerSignature: signDigest(hashOffer(offer, domain), changes.offerSigner ?? nodeKey),
    manifest,
    chain: domain,
    ...(mode === 'TEE' ? { attestation: { quote: '0x0400', collateral: {}, nonce: fixture.bytes32(0x99) } } : {}),
    inclusion: {
      ...head,
      index: 2n,
      proof: log.inclusionProof(2),
      checkpointSignature: signDigest(checkpoint, changes.checkpointSigner ?? nodeKey),
    },
    ...changes.bundle,
  }
  return {
    name: `${mode}-${settlement}`.toLowerCase().replace('_', '-'),
    bundle: encodeReceiptBundle(bundle),
    request: fixture.request,
    response: fixture.response,
    upstreamRequest: upstreamText,
    expected: {
      paymentHash: fixture.receipt.paymentHash,
      attempt: 1,
      payer: fixture.terms.payer,
      authorized: fixture.terms.authorized.toString(),
      mode,
      settlement,
      ...changes.expected,
    },
    now: changes.now ?? (fixture.receipt.finishedAt + 60n).toString(),
  }
}

/** One good vector for each mode and settlement. */
export function goodVectors(): readonly ReceiptVector[] {
  return inferenceModes.flatMap((mode) => settlementModes.map((settlement) => vectorOf(mode, settlement)))
}

/** The vector that the refusals change. */
export const baseName = 'tee-settle-batch'
const lie = (changes: Changes): ReceiptVector => vectorOf('TEE', 'SETTLE_BATCH', changes)

/** What a node can sign and its payer must refuse: each code with a lie that has it. */
const lies: readonly (readonly [string, string, Changes])[] = [
  ['RECEIPT_SIGNATURE', 'signed by a stranger', { receiptSigner: strangerKey }],
  ['WRONG_NODE', 'of another node', { receipt: { nodeId: fixture.bytes32(0x31) } }],
  ['WRONG_LOG', 'of another log', { receipt: { logId: fixture.bytes32(0x32) } }],
  ['OUTSIDE_VALIDITY', 'after the node', { receipt: { finishedAt: 1_800_000_001n, settleBy: 1_800_000_002n } }],
  ['OUTSIDE_VALIDITY', 'before the node', { receipt: { finishedAt: 1_699_999_999n } }],
  ['TIME_ORDER', 'finished before it was received', { terms: { receivedAt: 1_750_000_012n } }],
  ['TIME_ORDER', 'to be settled before it finished', { receipt: { settleBy: 1_750_000_010n } }],
  ['WRONG_MODE', 'mode of another node', { receipt: { mode: 0 } }],
  ['OUT_OF_RANGE', 'unknown mode', { receipt: { mode: 2 } }],
  ['WRONG_SETTLEMENT', 'settled otherwise than asked', { receipt: { settlement: 0 } }],
  ['OUT_OF_RANGE', 'unknown settlement', { receipt: { settlement: 3 } }],
  ['ATTEMPT', 'another attempt', { receipt: { attempt: 2 } }],
  ['PAYMENT_HASH', 'another payment', { receipt: { paymentHash: fixture.bytes32(0x33) } }],
  ['TERMS_HASH', 'other terms', { receipt: { termsHash: fixture.bytes32(0x34) } }],
  ['REQUEST_COMMITMENT', 'another request', { receipt: { requestCommitment: fixture.bytes32(0x35) } }],
  ['RESPONSE_COMMITMENT', 'another response', { receipt: { responseCommitment: fixture.bytes32(0x36) } }],
  ['MODEL_REQUESTED', 'another model asked for', { terms: { modelRequested: 'gpt-3' } }],
  ['MODEL_ANSWERED', 'another model answered', { terms: { modelAnswered: 'gpt-3' } }],
  ['PAYER', 'another payer', { terms: { payer: '0x4444444444444444444444444444444444444444' } }],
  ['AUTHORIZED', 'another amount authorized', { terms: { authorized: 60_000n } }],
  ['WRONG_NETWORK', 'paid on another chain', { terms: { paymentChainId: 1n } }],
  ['WRONG_ASSET', 'paid in another asset', { terms: { asset: '0x4444444444444444444444444444444444444444' } }],
  ['WRONG_PAYEE', 'paid to another', { terms: { payTo: '0x4444444444444444444444444444444444444444' } }],
  ['UNKNOWN_SCHEME', 'unknown scheme', { terms: { scheme: 'credit' } }],
  ['CHARGE_EXCEEDS_AUTHORIZED', 'more charged than signed for', { terms: { charged: 50_001n } }],
  ['USAGE', 'more cached than prompt tokens', { terms: { cachedPromptTokens: 1001n } }],
  ['USAGE', 'more reasoning than completion tokens', { terms: { reasoningTokens: 501n } }],
  ['OUT_OF_RANGE', 'unknown usage source', { terms: { usageSource: 2 } }],
  ['OUT_OF_RANGE', 'unknown outcome', { terms: { outcome: 5 } }],
  ['OUTCOME_CHARGE', 'failed and charged', { terms: { outcome: 3 } }],
  ['OUTCOME_CHARGE', 'refund due without an exact payment', { terms: { outcome: 4 } }],
  ['OUTCOME_CHARGE', 'exact, in part', { terms: { scheme: 'exact' } }],
  ['OFFER_HASH', 'under another offer', { terms: { offerHash: fixture.bytes32(0x37) } }],
  ['OFFER_SIGNATURE', 'offer of a stranger', { offerSigner: strangerKey }],
  ['OFFER_NODE', 'offer of another node', { offer: { nodeId: fixture.bytes32(0x38) } }],
  ['OFFER_EXPIRED', 'offer too old', { offer: { notAfter: 1_750_000_004n } }],
  ['OFFER_EXPIRED', 'offer too new', { offer: { notBefore: 1_750_000_006n } }],
  ['OFFER_PAYMENT', 'offer on another chain', { offer: { paymentChainId: 1n } }],
  ['SETTLEMENT_NOT_OFFERED', 'settlement that was not for sale', { offer: { settlementModes: 0b011 } }],
  ['CHARGE_NOT_OFFER', 'one unit too many', { terms: { charged: fixture.terms.charged + 1n } }],
  ['CHARGE_NOT_OFFER', 'tokens that were not charged', { terms: { completionTokens: 501n } }],
  ['CHECKPOINT_SIGNATURE', 'checkpoint of a stranger', { checkpointSigner: strangerKey }],
  ['IN_THE_FUTURE', 'finished after now', { now: (fixture.receipt.finishedAt - 121n).toString() }],
]

/** Everything that must be refused: what a node lies, and every value of the bundle, request and response flipped. */
export function refusalCases(): readonly Omit<RefusalCase, 'stage'>[] {
  const base = toJson(lie({}))
  const lied = lies.map(([code, name, changes]) => ({
    name: `lie: ${name}`,
    changes: differences(base, toJson(lie(changes))),
    code,
  }))
  const flipped = leavesOf(base)
    .filter(({ path: [top, second] }) => {
      const isSigned = top === 'bundle' && !['version', 'endpoint', 'attestation'].includes(second ?? '')
      return isSigned || top === 'request' || top === 'response'
    })
    .filter(({ path }) => isCovered(path))
    .map(({ path, value }) => ({
      name: `flip: ${path.join('.')}`,
      changes: [{ path, value: flip(value) }],
      code: expectedCode(path),
    }))
  const unsigned = [
    { path: ['bundle', 'version'], value: 'og-receipt-2', code: 'UNSUPPORTED_VERSION' },
    { path: ['bundle', 'endpoint'], value: 'completions', code: 'RESPONSE_COMMITMENT' },
    { path: ['bundle', 'endpoint'], value: 'images', code: 'INVALID_FIELD' },
    { path: ['bundle', 'more'], value: 1, code: 'UNKNOWN_FIELD' },
    { path: ['upstreamRequest'], value: `${upstreamText} `, code: 'UPSTREAM_REQUEST_COMMITMENT' },
  ].map(({ path, value, code }) => ({ name: `flip: ${path.join('.')} to ${value}`, changes: [{ path, value }], code }))
  return [...lied, ...flipped, ...unsigned]
}

/** The transcript covers model, content and finish reason; id, time, role and usage of an answer are not hashed. */
function isCovered([top, field, , part, inner]: readonly string[]): boolean {
  if (top !== 'response') return true
  return field === 'model' || (field === 'choices' && part !== 'index' && inner !== 'role')
}

/** Written down by hand: which check looks at which part first. */
function expectedCode(path: readonly string[]): string {
  const name = path.slice(1).join('.')
  if (path[0] === 'request') return 'REQUEST_COMMITMENT'
  if (path[0] === 'response') return 'RESPONSE_COMMITMENT'
  if (/^(receipt\.|signature$|chain\.|manifest\.receiptKey$)/.test(name)) return 'RECEIPT_SIGNATURE'
  if (name.startsWith('manifest.')) return manifestCodes[name] ?? 'WRONG_NODE'
  if (name.startsWith('terms.')) return 'TERMS_HASH'
  if (name === 'salts.request') return 'REQUEST_COMMITMENT'
  if (name === 'salts.response') return 'RESPONSE_COMMITMENT'
  if (name === 'salts.upstreamRequest') return 'UPSTREAM_REQUEST_COMMITMENT'
  if (name.startsWith('offer.')) return 'OFFER_HASH'
  if (name === 'offerSignature') return 'OFFER_SIGNATURE'
  // Some proofs fit two sizes: which one is meant says the signature of the checkpoint.
  return /^inclusion\.(seq|size|uri|checkpointSignature)$/.test(name) ? 'CHECKPOINT_SIGNATURE' : 'NOT_INCLUDED'
}

/** Values whose flipped form is already no value. */
const manifestCodes: Readonly<Record<string, string>> = {
  'manifest.version': 'UNSUPPORTED_VERSION',
  'manifest.mode': 'INVALID_FIELD',
  'manifest.sealing.suite': 'INVALID_FIELD',
  'manifest.sealing.rule': 'INVALID_FIELD',
}

/** A value of the same type and form that is another one. */
function flip(value: JsonValue): JsonValue {
  if (typeof value === 'number') return value === 0 ? 1 : value - 1
  if (typeof value === 'boolean') return !value
  if (typeof value !== 'string') return 0
  if (/^\d+$/.test(value)) return (BigInt(value) + 1n).toString()
  // An address in lower case has no checksum that could be wrong.
  if (/^0x[0-9a-fA-F]{40}$/.test(value)) return `0x${'1f'.repeat(20)}`
  if (value.startsWith('0x')) {
    const middle = value.length >> 1
    return `${value.slice(0, middle)}${value[middle] === '0' ? '1' : '0'}${value.slice(middle + 1)}`
  }
  return `${value}x`
}

function toJson(vector: ReceiptVector): JsonObject {
  return JSON.parse(JSON.stringify(vector))
}

function leavesOf(json: JsonValue, path: readonly string[] = []): { path: readonly string[]; value: JsonValue }[] {
  if (typeof json !== 'object' || json === null) return [{ path, value: json }]
  return Object.entries(json).flatMap(([key, value]) => leavesOf(value, [...path, key]))
}

function differences(from: JsonObject, to: JsonObject): RefusalCase['changes'] {
  const before = new Map(leavesOf(from).map(({ path, value }) => [path.join('/'), value]))
  return leavesOf(to).filter(({ path, value }) => before.get(path.join('/')) !== value)
}

/** Applies changes: each path leads through objects and arrays of the vector; its last key is set. */
export function applyChanges(vector: ReceiptVector, changes: RefusalCase['changes']): ReceiptVector {
  const copy = toJson(vector)
  for (const { path, value } of changes) {
    const parent = path.slice(0, -1).reduce<unknown>((at, key) => Reflect.get(Object(at), key), copy)
    Reflect.set(Object(parent), path[path.length - 1] ?? '', value)
  }
  return copy as unknown as ReceiptVector
}

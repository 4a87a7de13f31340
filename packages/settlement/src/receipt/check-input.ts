import type { Address } from '../address.js'
import type { ReceiptDomain } from '../eip712/domain.js'
import type { Hex } from '../hex.js'
import type { JsonObject } from '../json/json-value.js'
import type { KeccakOptions } from '../keccak.js'
import type { KeyManifest } from '../manifest/key-manifest.js'
import type { InferenceMode, SettlementMode } from '../modes.js'
import type { Offer } from '../offer/offer.js'
import type { Endpoint } from '../transcript.js'
import type { Receipt } from './receipt.js'
import type { RecoverPublicKey } from './signature.js'
import type { Terms } from './terms.js'

/** The salts of a receipt's commitments, 32 bytes each; the salt of the terms stands in the terms. */
export interface ReceiptSalts {
  readonly request: Hex
  readonly response: Hex
  readonly upstreamRequest: Hex
}

/** What the payer knows of its own call; each field given is checked. */
export interface ExpectedReceipt {
  readonly paymentHash?: Hex
  readonly attempt?: number
  readonly payer?: Address
  readonly authorized?: bigint
  /** `VANILLA` is also met by a node in TEE mode; `TEE` by nothing else. */
  readonly mode?: InferenceMode
  readonly settlement?: SettlementMode
}

/** What {@link checkReceipt} judges; what is left out is named in `notChecked`. */
export interface CheckReceiptInput extends KeccakOptions {
  readonly receipt: Receipt
  readonly terms: Terms
  /** The node's signature over the receipt's digest. */
  readonly signature: Hex
  readonly salts: ReceiptSalts
  readonly domain: ReceiptDomain
  /** The manifest that the caller trusts, e.g. because a quote binds it. */
  readonly manifest: KeyManifest
  readonly offer?: Offer
  readonly offerSignature?: Hex
  /** Default: by the `object` of the response body. */
  readonly endpoint?: Endpoint
  readonly request?: JsonObject
  /** The unstreamed response body. */
  readonly response?: unknown
  /** The bytes that the node says it sent upstream. */
  readonly upstreamRequest?: Uint8Array
  readonly expected?: ExpectedReceipt
  /** Recovers public keys; plain JavaScript when absent. */
  readonly recover?: RecoverPublicKey
}

import { type Address, checksumAddress } from '../address.js'
import type { Hex } from '../hex.js'
import type { JsonObject, JsonValue } from '../json/json-value.js'
import { hashJson, type KeccakOptions } from '../keccak.js'
import type { InferenceMode } from '../modes.js'
import { SettlementError } from '../settlement-error.js'
import { readFields } from '../wire/field-reader.js'

/** The HPKE suite of sealed requests (RFC 9180). */
export const sealingSuite = 'X25519-HKDF-SHA256/HKDF-SHA256/AES-128-GCM'

/** How sealing keys are proved. */
export interface SealingRule {
  readonly suite: 'X25519-HKDF-SHA256/HKDF-SHA256/AES-128-GCM'
  /** Short-lived sealing keys carry a signature of the receipt key. */
  readonly rule: 'signed-by-receipt-key'
}

/** One way of paying that a node takes. */
export interface AcceptedPayment {
  /** CAIP-2, e.g. `eip155:84532`. */
  readonly network: string
  readonly asset: Address
  readonly payTo: Address
}

/** The document whose hash is a node's identity: its keys, where it is paid, where it records. */
export interface KeyManifest {
  readonly version: '1'
  readonly mode: InferenceMode
  readonly logId: Hex
  /** Address of the secp256k1 key that signs receipts, offers and sealing keys. */
  readonly receiptKey: Address
  /** Null where requests cannot be sealed. */
  readonly sealing: SealingRule | null
  readonly payments: readonly AcceptedPayment[]
  readonly record: RecordContracts
  readonly endpoint: string
  readonly codeVersion: string
  /** Unix seconds, inclusive. */
  readonly notBefore: bigint
  /** Unix seconds, inclusive. */
  readonly notAfter: bigint
}

/** Where a node's receipts are recorded. */
export interface RecordContracts {
  readonly chainId: bigint
  readonly inferenceLog: Address
  readonly nodeRegistry: Address
}

/** Most payments that a manifest may list. */
export const MAX_MANIFEST_PAYMENTS = 64
/** Longest endpoint in a manifest. */
export const MAX_ENDPOINT_LENGTH = 2048
const MAX_CODE_VERSION_LENGTH = 256
const MAX_NETWORK_LENGTH = 72
const NETWORK = /^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/
const ENDPOINT = /^https?:\/\/\S+$/

/** Writes a manifest as JSON, always in the same spelling: this is what {@link nodeIdOf} hashes. */
export function encodeManifest(manifest: KeyManifest): JsonObject {
  return {
    version: manifest.version,
    mode: manifest.mode,
    logId: manifest.logId.toLowerCase(),
    receiptKey: checksumAddress(manifest.receiptKey),
    sealing: manifest.sealing === null ? null : { suite: manifest.sealing.suite, rule: manifest.sealing.rule },
    payments: manifest.payments.map(
      ({ network, asset, payTo }): JsonValue => ({
        network,
        asset: checksumAddress(asset),
        payTo: checksumAddress(payTo),
      }),
    ),
    record: {
      chainId: manifest.record.chainId.toString(),
      inferenceLog: checksumAddress(manifest.record.inferenceLog),
      nodeRegistry: checksumAddress(manifest.record.nodeRegistry),
    },
    endpoint: manifest.endpoint,
    codeVersion: manifest.codeVersion,
    notBefore: manifest.notBefore.toString(),
    notAfter: manifest.notAfter.toString(),
  }
}

/**
 * Reads a manifest from JSON; every field must be there and no other.
 *
 * @throws SettlementError `UNSUPPORTED_VERSION`, `INVALID_FIELD`, `MISSING_FIELD`, `UNKNOWN_FIELD`, `OUT_OF_RANGE`,
 * `LIMIT_EXCEEDED`.
 */
export function parseManifest(json: unknown): KeyManifest {
  const fields = readFields(json, 'manifest')
  if (fields.value('version') !== '1') {
    throw new SettlementError('UNSUPPORTED_VERSION', 'manifest.version is not "1"')
  }
  const mode = fields.value('mode')
  if (mode !== 'TEE' && mode !== 'VANILLA') {
    throw new SettlementError('INVALID_FIELD', 'manifest.mode is neither TEE nor VANILLA')
  }
  const payments = fields.list('payments', MAX_MANIFEST_PAYMENTS).map(parsePayment)
  if (payments.length === 0) throw new SettlementError('INVALID_FIELD', 'manifest.payments is empty')
  const manifest: KeyManifest = {
    version: '1',
    mode,
    logId: fields.bytes32('logId'),
    receiptKey: fields.address('receiptKey'),
    sealing: parseSealing(fields.value('sealing')),
    payments,
    record: parseRecord(fields.value('record')),
    endpoint: fields.text('endpoint', MAX_ENDPOINT_LENGTH),
    codeVersion: fields.text('codeVersion', MAX_CODE_VERSION_LENGTH),
    notBefore: fields.uint('notBefore', 64),
    notAfter: fields.uint('notAfter', 64),
  }
  fields.end()
  if (!ENDPOINT.test(manifest.endpoint)) {
    throw new SettlementError('INVALID_FIELD', 'manifest.endpoint is no http or https URL')
  }
  return manifest
}

/** Computes a node's identity: Keccak-256 of its manifest's canonical JSON. */
export function nodeIdOf(manifest: KeyManifest, options: KeccakOptions = {}): Hex {
  return hashJson(encodeManifest(manifest), options)
}

function parseSealing(json: unknown): SealingRule | null {
  if (json === null) return null
  const fields = readFields(json, 'manifest.sealing')
  if (fields.value('suite') !== sealingSuite || fields.value('rule') !== 'signed-by-receipt-key') {
    throw new SettlementError('INVALID_FIELD', 'manifest.sealing names an unknown suite or rule')
  }
  fields.end()
  return { suite: sealingSuite, rule: 'signed-by-receipt-key' }
}

function parsePayment(json: unknown): AcceptedPayment {
  const fields = readFields(json, 'manifest.payments[]')
  const payment: AcceptedPayment = {
    network: fields.text('network', MAX_NETWORK_LENGTH),
    asset: fields.address('asset'),
    payTo: fields.address('payTo'),
  }
  fields.end()
  if (!NETWORK.test(payment.network)) {
    throw new SettlementError('INVALID_FIELD', 'manifest.payments[].network is no CAIP-2 identifier')
  }
  return payment
}

function parseRecord(json: unknown): RecordContracts {
  const fields = readFields(json, 'manifest.record')
  const record: RecordContracts = {
    chainId: fields.uint('chainId', 256),
    inferenceLog: fields.address('inferenceLog'),
    nodeRegistry: fields.address('nodeRegistry'),
  }
  fields.end()
  return record
}

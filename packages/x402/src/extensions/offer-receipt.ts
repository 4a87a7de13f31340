import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Address } from '../address.js'
import { textWord, uintWord } from '../evm/abi.js'
import { recoverSigner } from '../evm/signature.js'
import type { TypedData, TypedDataSigner } from '../evm/signer.js'
import { type Hex, isHex } from '../hex.js'
import { keccakBytes, keccakHex } from '../keccak.js'
import { isJsonObject, type JsonObject, type JsonValue, parseJsonObject } from '../protocol/json.js'
import { readInteger, readObject, readOptionalText, readText } from '../protocol/json-reader.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { X402Error } from '../x402-error.js'

/** Key of the extension that carries signed offers in a 402 and a signed receipt in a settlement. */
export const OFFER_RECEIPT_EXTENSION = 'offer-receipt'

/** What a server offers, for which it can be held to account. */
export interface SignedOfferTerms {
  readonly resourceUrl: string
  readonly scheme: string
  readonly network: string
  readonly asset: string
  readonly payTo: string
  /** Atomic units as decimal digits. */
  readonly amount: string
  /** Unix seconds. */
  readonly validUntil: bigint
}

/** That a payer was served. */
export interface SignedReceiptTerms {
  readonly resourceUrl: string
  readonly network: string
  readonly payer: string
  /** Unix seconds. */
  readonly issuedAt: bigint
  /** Transaction hash; empty when the server keeps it to itself. */
  readonly transaction: string
}

const FIELDS = {
  Offer: [
    ['version', 'uint256'],
    ['resourceUrl', 'string'],
    ['scheme', 'string'],
    ['network', 'string'],
    ['asset', 'string'],
    ['payTo', 'string'],
    ['amount', 'string'],
    ['validUntil', 'uint256'],
  ],
  Receipt: [
    ['version', 'uint256'],
    ['network', 'string'],
    ['resourceUrl', 'string'],
    ['payer', 'string'],
    ['issuedAt', 'uint256'],
    ['transaction', 'string'],
  ],
} as const

type Kind = keyof typeof FIELDS
type Message = Record<string, string | bigint>

const DOMAIN_NAMES = { Offer: 'x402 offer', Receipt: 'x402 receipt' } as const
const VERSION = 1n

function typedDataOf(kind: Kind, message: Message): TypedData {
  return {
    // The extension fixes chain 1 whatever network is paid on.
    domain: { name: DOMAIN_NAMES[kind], version: '1', chainId: 1 },
    types: { [kind]: FIELDS[kind].map(([name, type]) => ({ name, type })) },
    primaryType: kind,
    message,
  }
}

function digestOf(kind: Kind, message: Message): Hex {
  const type = `${kind}(${FIELDS[kind].map(([name, fieldType]) => `${fieldType} ${name}`).join(',')})`
  const words = FIELDS[kind].map(([name]) => {
    const value = message[name]
    return typeof value === 'bigint' ? uintWord(value) : textWord(value ?? '')
  })
  const domain = keccakBytes(
    textWord('EIP712Domain(string name,string version,uint256 chainId)'),
    textWord(DOMAIN_NAMES[kind]),
    textWord('1'),
    uintWord(1n),
  )
  return keccakHex(concatBytes(hexToBytes('1901'), domain, keccakBytes(keccakBytes(utf8ToBytes(type)), ...words)))
}

async function sign(kind: Kind, terms: Message, signer: TypedDataSigner): Promise<JsonObject> {
  const message = { version: VERSION, ...terms }
  const signature = await signer.signTypedData({ ...typedDataOf(kind, message) })
  const payload: Record<string, JsonValue> = {}
  for (const [name] of FIELDS[kind]) {
    const value = message[name as keyof typeof message]
    payload[name] = typeof value === 'bigint' ? Number(value) : (value ?? '')
  }
  return { format: 'eip712', payload, signature }
}

/** Signs one offer for each way to pay: the `info.offers` of a 402. */
export async function signOffers(
  accepts: readonly PaymentRequirements[],
  options: { readonly signer: TypedDataSigner; readonly resourceUrl: string; readonly now: bigint },
): Promise<readonly JsonObject[]> {
  return Promise.all(
    accepts.map(async ({ scheme, network, asset, payTo, amount, maxTimeoutSeconds }, acceptIndex) => {
      const validUntil = options.now + BigInt(maxTimeoutSeconds)
      const terms = { resourceUrl: options.resourceUrl, scheme, network, asset, payTo, amount, validUntil }
      return { acceptIndex, ...(await sign('Offer', terms, options.signer)) }
    }),
  )
}

/** Signs a receipt: the `info.receipt` of a settlement. */
export async function signReceipt(terms: SignedReceiptTerms, signer: TypedDataSigner): Promise<JsonObject> {
  return sign('Receipt', { ...terms }, signer)
}

/** The extension object around signed offers. */
export function offersExtension(offers: readonly JsonObject[]): JsonObject {
  return {
    info: { offers },
    schema: { type: 'object', properties: { offers: { type: 'array' } }, required: ['offers'] },
  }
}

/** The extension object around a signed receipt. */
export function receiptExtension(receipt: JsonObject): JsonObject {
  return {
    info: { receipt },
    schema: { type: 'object', properties: { receipt: { type: 'object' } }, required: ['receipt'] },
  }
}

function read(input: unknown): { payload: JsonObject; signature: Hex } {
  const object = parseJsonObject(input)
  if (object['format'] !== 'eip712') throw new X402Error('MALFORMED_MESSAGE', 'format: only eip712 is read')
  const signature = object['signature']
  if (!isHex(signature, 65)) throw new X402Error('INVALID_SIGNATURE', 'signature: expected 65 bytes')
  const payload = readObject(object, 'payload')
  if (payload['version'] !== 1) throw new X402Error('UNSUPPORTED_VERSION', 'version: expected 1')
  return { payload, signature }
}

const SECONDS = { min: 0, max: Number.MAX_SAFE_INTEGER }

/**
 * Reads a signed offer and tells who signed it. Whether that account speaks for the server is the caller's to know.
 * @throws X402Error `MALFORMED_MESSAGE`, `UNSUPPORTED_VERSION`, `INVALID_SIGNATURE`; JWS offers are not read
 */
export function recoverOffer(input: unknown): { readonly terms: SignedOfferTerms; readonly signer: Address } {
  const { payload, signature } = read(input)
  const terms: SignedOfferTerms = {
    resourceUrl: readText(payload, 'resourceUrl', 8192),
    scheme: readText(payload, 'scheme', 64),
    network: readText(payload, 'network', 128),
    asset: readText(payload, 'asset', 256),
    payTo: readText(payload, 'payTo', 256),
    amount: readText(payload, 'amount', 78),
    validUntil: BigInt(readInteger(payload, 'validUntil', SECONDS)),
  }
  return { terms, signer: recoverSigner(digestOf('Offer', { version: VERSION, ...terms }), signature) }
}

/**
 * Reads a signed receipt and tells who signed it.
 * @throws X402Error `MALFORMED_MESSAGE`, `UNSUPPORTED_VERSION`, `INVALID_SIGNATURE`; JWS receipts are not read
 */
export function recoverReceipt(input: unknown): { readonly terms: SignedReceiptTerms; readonly signer: Address } {
  const { payload, signature } = read(input)
  const terms: SignedReceiptTerms = {
    resourceUrl: readText(payload, 'resourceUrl', 8192),
    network: readText(payload, 'network', 128),
    payer: readText(payload, 'payer', 256),
    issuedAt: BigInt(readInteger(payload, 'issuedAt', SECONDS)),
    transaction: readOptionalText(payload, 'transaction', 256) ?? '',
  }
  return { terms, signer: recoverSigner(digestOf('Receipt', { version: VERSION, ...terms }), signature) }
}

function infoOf(extensions: JsonObject | undefined): JsonObject | undefined {
  const extension = extensions?.[OFFER_RECEIPT_EXTENSION]
  const info = isJsonObject(extension) ? extension['info'] : undefined
  return isJsonObject(info) ? info : undefined
}

/** The signed offers in a 402's extensions; give each to {@link recoverOffer}. */
export function offersOf(extensions: JsonObject | undefined): readonly JsonValue[] {
  const offers = infoOf(extensions)?.['offers']
  return Array.isArray(offers) ? offers : []
}

/** The signed receipt in a settlement's extensions, for {@link recoverReceipt}. */
export function receiptOf(extensions: JsonObject | undefined): JsonValue | undefined {
  return infoOf(extensions)?.['receipt']
}

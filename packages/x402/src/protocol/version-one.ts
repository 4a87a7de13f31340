import { X402Error } from '../x402-error.js'
import { type JsonObject, parseJsonObject } from './json.js'
import {
  readArray,
  readBoolean,
  readInteger,
  readObject,
  readOptionalObject,
  readOptionalText,
  readText,
} from './json-reader.js'
import { evmNetwork, type Network, parseNetwork } from './network.js'
import type { PaymentPayload } from './payment-payload.js'
import { type PaymentRequired, parsePaymentRequired } from './payment-required.js'
import { type PaymentRequirements, parsePaymentRequirements } from './payment-requirements.js'
import type { SettleResponse } from './settle-response.js'

/** Header of a paid request in x402 version 1. */
export const X_PAYMENT_HEADER = 'X-PAYMENT'
/** Header of a settled answer in x402 version 1. */
export const X_PAYMENT_RESPONSE_HEADER = 'X-PAYMENT-RESPONSE'

// The names that version 1 gives to EVM chains.
const CHAIN_IDS: ReadonlyMap<string, bigint> = /* @__PURE__ */ new Map([
  ['ethereum', 1n],
  ['sepolia', 11_155_111n],
  ['abstract', 2741n],
  ['abstract-testnet', 11_124n],
  ['base-sepolia', 84_532n],
  ['base', 8453n],
  ['avalanche-fuji', 43_113n],
  ['avalanche', 43_114n],
  ['iotex', 4689n],
  ['sei', 1329n],
  ['sei-testnet', 1328n],
  ['polygon', 137n],
  ['polygon-amoy', 80_002n],
  ['peaq', 3338n],
  ['story', 1514n],
  ['educhain', 41_923n],
  ['skale-base-sepolia', 324_705_682n],
  ['megaeth', 4326n],
  ['monad', 143n],
  ['stable', 988n],
  ['stable-testnet', 2201n],
  ['celo', 42_220n],
  ['flare', 14n],
])

/**
 * The CAIP-2 network behind a name of version 1, such as `base-sepolia`.
 * @throws X402Error `INVALID_NETWORK` when version 1 has no such EVM network
 */
export function networkFromName(name: string): Network {
  const chainId = CHAIN_IDS.get(name)
  if (chainId === undefined) throw new X402Error('INVALID_NETWORK', 'not a network name of x402 version 1')
  return evmNetwork(chainId)
}

/** The name that version 1 gives to a network; `undefined` when it has none. */
export function nameOfNetwork(network: Network): string | undefined {
  for (const [name, chainId] of CHAIN_IDS) if (evmNetwork(chainId) === network) return name
  return undefined
}

function readNetwork(object: JsonObject): Network {
  return networkFromName(readText(object, 'network', 64))
}

function checkVersionOne(object: JsonObject): void {
  if (object['x402Version'] !== 1) throw new X402Error('UNSUPPORTED_VERSION', 'x402Version: expected 1')
}

/**
 * Reads payment requirements of version 1 as those of version 2; `maxAmountRequired` becomes `amount`.
 * @throws X402Error `MALFORMED_MESSAGE`, `INVALID_NETWORK`, `INVALID_AMOUNT`
 */
function parseRequirementsVersionOne(input: unknown): PaymentRequirements {
  const object = parseJsonObject(input)
  const extra = readOptionalObject(object, 'extra')
  return parsePaymentRequirements({
    scheme: readText(object, 'scheme', 64),
    network: readNetwork(object),
    amount: object['maxAmountRequired'],
    asset: readText(object, 'asset', 256),
    payTo: readText(object, 'payTo', 256),
    maxTimeoutSeconds: readInteger(object, 'maxTimeoutSeconds', { min: 1, max: 315_360_000 }),
    ...(extra === undefined ? {} : { extra }),
  })
}

function isForeign(error: unknown): boolean {
  return error instanceof X402Error && error.code === 'INVALID_NETWORK'
}

/**
 * Reads the JSON body of a 402 of version 1 as a message of version 2. Ways to pay on networks that are no EVM network
 * of version 1 are left out.
 * @throws X402Error `MALFORMED_MESSAGE`, `UNSUPPORTED_VERSION`, `INVALID_AMOUNT`; also when no way to pay is left
 */
export function parsePaymentRequiredVersionOne(input: unknown): PaymentRequired {
  const object = parseJsonObject(input)
  checkVersionOne(object)
  const list = readArray(object, 'accepts', 64).map((entry) => parseJsonObject(entry))
  const first = list[0]
  if (first === undefined) throw new X402Error('MALFORMED_MESSAGE', 'accepts: expected at least one way to pay')
  const description = readOptionalText(first, 'description', 8192)
  const mimeType = readOptionalText(first, 'mimeType', 256)
  const error = readOptionalText(object, 'error', 8192)
  return parsePaymentRequired({
    x402Version: 2,
    ...(error === undefined ? {} : { error }),
    resource: {
      url: readText(first, 'resource', 8192),
      ...(description === undefined ? {} : { description }),
      ...(mimeType === undefined ? {} : { mimeType }),
    },
    accepts: list.flatMap((item) => {
      try {
        return [parseRequirementsVersionOne(item)]
      } catch (fault) {
        if (isForeign(fault)) return []
        throw fault
      }
    }),
  })
}

/** A payment in the spelling of version 1. */
export interface PaymentPayloadVersionOne {
  readonly x402Version: 1
  readonly scheme: string
  readonly network: string
  readonly payload: JsonObject
}

/**
 * Writes a payment as version 1 spells it.
 * @throws X402Error `INVALID_NETWORK` when version 1 has no name for the network
 */
export function encodePayloadVersionOne(payment: PaymentPayload): PaymentPayloadVersionOne {
  const { scheme, network } = payment.accepted
  const name = nameOfNetwork(network)
  if (name === undefined) throw new X402Error('INVALID_NETWORK', 'version 1 has no name for this network')
  return { x402Version: 1, scheme, network: name, payload: payment.payload }
}

/**
 * Reads a payment of version 1 together with the requirements it is for, as a payment of version 2. Version 1 lets a
 * payer authorize more than was asked for: the signed value then is the amount, because all of it moves.
 * @throws X402Error `MALFORMED_MESSAGE`, `UNSUPPORTED_VERSION`, `INVALID_NETWORK`, `INVALID_AMOUNT`
 */
export function parseQuestionVersionOne(
  payment: unknown,
  requirements: unknown,
): { readonly payload: PaymentPayload; readonly requirements: PaymentRequirements } {
  const object = parseJsonObject(payment)
  checkVersionOne(object)
  const payload = readObject(object, 'payload')
  const asked = parseRequirementsVersionOne(requirements)
  const authorization = readOptionalObject(payload, 'authorization')
  const value = authorization?.['value']
  const isMore = typeof value === 'string' && /^[1-9][0-9]{0,77}$/.test(value) && BigInt(value) > BigInt(asked.amount)
  const wanted = isMore ? { ...asked, amount: value } : asked
  const accepted = { ...wanted, scheme: readText(object, 'scheme', 64), network: readNetwork(object) }
  return { payload: { x402Version: 2, accepted, payload }, requirements: wanted }
}

/** Writes a settlement outcome as version 1 spells it; a network without a name keeps its CAIP-2 id. */
export function encodeSettlementVersionOne(settlement: SettleResponse): JsonObject {
  const { success, transaction, network, payer, errorReason } = settlement
  return {
    success,
    transaction,
    network: nameOfNetwork(network) ?? network,
    ...(payer === undefined ? {} : { payer }),
    ...(errorReason === undefined ? {} : { errorReason }),
  }
}

/**
 * Reads a settlement outcome of version 1.
 * @throws X402Error `MALFORMED_MESSAGE`, `INVALID_NETWORK`
 */
export function parseSettlementVersionOne(input: unknown): SettleResponse {
  const object = parseJsonObject(input)
  const network = readText(object, 'network', 64)
  const transaction = readOptionalText(object, 'transaction', 256)
  const payer = readOptionalText(object, 'payer', 256)
  const errorReason = readOptionalText(object, 'errorReason', 1024)
  return {
    success: readBoolean(object, 'success'),
    transaction: transaction ?? '',
    network: network.includes(':') ? parseNetwork(network) : networkFromName(network),
    ...(payer === undefined ? {} : { payer }),
    ...(errorReason === undefined ? {} : { errorReason }),
  }
}

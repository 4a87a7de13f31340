import { X402Error } from '../x402-error.js'
import { type JsonObject, parseJsonObject } from './json.js'
import { readBoolean, readOptionalObject, readOptionalText } from './json-reader.js'
import { type Network, parseNetwork } from './network.js'

/** The outcome of a settlement: facilitator's answer and content of the `PAYMENT-RESPONSE` header. */
export interface SettleResponse {
  readonly success: boolean
  readonly errorReason?: string
  readonly errorMessage?: string
  readonly payer?: string
  /** Transaction hash; empty when nothing went on chain. */
  readonly transaction: string
  readonly network: Network
  /** Atomic units really moved, where it differs by scheme from the signed amount. */
  readonly amount?: string
  readonly extensions?: JsonObject
  readonly extra?: JsonObject
}

/**
 * Reads a settlement outcome.
 * @throws X402Error `MALFORMED_MESSAGE`, `INVALID_NETWORK`
 */
export function parseSettleResponse(input: unknown): SettleResponse {
  const object = parseJsonObject(input)
  const transaction = object['transaction']
  if (typeof transaction !== 'string' || transaction.length > 256) {
    throw new X402Error('MALFORMED_MESSAGE', 'transaction: expected text')
  }
  const errorReason = readOptionalText(object, 'errorReason', 1024)
  const errorMessage = readOptionalText(object, 'errorMessage', 8192)
  const payer = readOptionalText(object, 'payer', 256)
  const amount = readOptionalText(object, 'amount', 78)
  const extensions = readOptionalObject(object, 'extensions')
  const extra = readOptionalObject(object, 'extra')
  return {
    success: readBoolean(object, 'success'),
    ...(errorReason === undefined ? {} : { errorReason }),
    ...(errorMessage === undefined ? {} : { errorMessage }),
    ...(payer === undefined ? {} : { payer }),
    transaction,
    network: parseNetwork(object['network']),
    ...(amount === undefined ? {} : { amount }),
    ...(extensions === undefined ? {} : { extensions }),
    ...(extra === undefined ? {} : { extra }),
  }
}

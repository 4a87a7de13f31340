import { X402Error } from '../x402-error.js'
import { type JsonObject, parseJsonObject } from './json.js'
import { readArray, readObject, readOptionalObject, readOptionalText } from './json-reader.js'
import { type PaymentRequirements, parsePaymentRequirements } from './payment-requirements.js'
import { parseResourceInfo, type ResourceInfo } from './resource-info.js'

/** The content of the `PAYMENT-REQUIRED` header: what the server wants, and why it asks. */
export interface PaymentRequired {
  readonly x402Version: 2
  readonly error?: string
  readonly resource: ResourceInfo
  readonly accepts: readonly PaymentRequirements[]
  readonly extensions?: JsonObject
}

/** Largest number of ways to pay in one message. */
const MAX_ACCEPTS = 64

/**
 * Reads a `PaymentRequired` of x402 v2.
 * @throws X402Error `MALFORMED_MESSAGE`, `UNSUPPORTED_VERSION`, `INVALID_NETWORK`, `INVALID_AMOUNT`
 */
export function parsePaymentRequired(input: unknown): PaymentRequired {
  const object = parseJsonObject(input)
  checkVersion(object)
  const accepts = readArray(object, 'accepts', MAX_ACCEPTS)
  if (accepts.length === 0) throw new X402Error('MALFORMED_MESSAGE', 'accepts: expected at least one way to pay')
  const error = readOptionalText(object, 'error', 8192)
  const extensions = readOptionalObject(object, 'extensions')
  return {
    x402Version: 2,
    ...(error === undefined ? {} : { error }),
    resource: parseResourceInfo(readObject(object, 'resource')),
    accepts: accepts.map(parsePaymentRequirements),
    ...(extensions === undefined ? {} : { extensions }),
  }
}

/**
 * Checks that a message says x402 version 2.
 * @throws X402Error `UNSUPPORTED_VERSION`
 */
export function checkVersion(object: JsonObject): void {
  if (object['x402Version'] !== 2) throw new X402Error('UNSUPPORTED_VERSION', 'x402Version: expected 2')
}

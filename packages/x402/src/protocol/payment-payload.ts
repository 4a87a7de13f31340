import { type JsonObject, parseJsonObject } from './json.js'
import { readObject, readOptionalObject } from './json-reader.js'
import { checkVersion } from './payment-required.js'
import { type PaymentRequirements, readPaymentRequirements } from './payment-requirements.js'
import { parseResourceInfo, type ResourceInfo } from './resource-info.js'

/** The content of the `PAYMENT-SIGNATURE` header: a signed payment for one of the offered requirements. */
export interface PaymentPayload {
  readonly x402Version: 2
  readonly resource?: ResourceInfo
  readonly accepted: PaymentRequirements
  /** The scheme's own signed data. `@og/x402/evm` reads it. */
  readonly payload: JsonObject
  readonly extensions?: JsonObject
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * Reads a `PaymentPayload` of x402 v2. What is inside `payload` is left to the scheme.
 * @throws X402Error `MALFORMED_MESSAGE`, `UNSUPPORTED_VERSION`, `INVALID_NETWORK`, `INVALID_AMOUNT`
 */
export function parsePaymentPayload(input: unknown): PaymentPayload {
  return readPaymentPayload(parseJsonObject(input))
}

/** {@link parsePaymentPayload} for an object whose bounds were checked when it was decoded. */
export function readPaymentPayload(object: JsonObject): PaymentPayload {
  checkVersion(object)
  const resource = readOptionalObject(object, 'resource')
  const extensions = readOptionalObject(object, 'extensions')
  const accepted = readPaymentRequirements(readObject(object, 'accepted'))
  const payload = readObject(object, 'payload')
  // No spreads: this is read for every paid request.
  const read: Writable<PaymentPayload> = { x402Version: 2, accepted, payload }
  if (resource !== undefined) read.resource = parseResourceInfo(resource)
  if (extensions !== undefined) read.extensions = extensions
  return read
}

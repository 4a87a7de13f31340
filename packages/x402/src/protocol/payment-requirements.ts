import { checkAtomicAmount, parseAtomicAmount } from './amount.js'
import { type JsonObject, parseJsonObject } from './json.js'
import { readInteger, readOptionalObject, readText } from './json-reader.js'
import { type Network, parseNetwork } from './network.js'

/** One way to pay. This is the wire object itself, because clients must echo it unchanged. */
export interface PaymentRequirements {
  readonly scheme: string
  readonly network: Network
  /** Atomic units as decimal digits. Use {@link amountOf} for arithmetic. */
  readonly amount: string
  readonly asset: string
  readonly payTo: string
  readonly maxTimeoutSeconds: number
  readonly extra?: JsonObject | null
}

/** Longest validity that a message may ask for: ten years in seconds. Clients refuse far earlier by policy. */
const MAX_TIMEOUT_SECONDS = 315_360_000
const TIMEOUT = { min: 1, max: MAX_TIMEOUT_SECONDS }
/** Official servers ask for channel claims, which have no time of their own, with 0. */
const CHANNEL_TIMEOUT = { min: 0, max: MAX_TIMEOUT_SECONDS }

/**
 * Reads payment requirements. Members that this version does not know are kept, so that an echo stays equal.
 * @throws X402Error `MALFORMED_MESSAGE`, `INVALID_NETWORK`, `INVALID_AMOUNT`
 */
export function parsePaymentRequirements(input: unknown): PaymentRequirements {
  return readPaymentRequirements(parseJsonObject(input))
}

/** {@link parsePaymentRequirements} for a part of a message whose bounds were checked as a whole. */
export function readPaymentRequirements(object: JsonObject): PaymentRequirements {
  checkAtomicAmount(object['amount'])
  readOptionalObject(object, 'extra')
  readText(object, 'scheme', 64)
  parseNetwork(object['network'])
  readText(object, 'asset', 256)
  readText(object, 'payTo', 256)
  readInteger(object, 'maxTimeoutSeconds', object['scheme'] === 'batch-settlement' ? CHANNEL_TIMEOUT : TIMEOUT)
  // Every member was proved above; the object itself is the answer, because an echo must be equal in all of it.
  return object as unknown as PaymentRequirements
}

/**
 * The amount of requirements as a number of atomic units.
 * @throws X402Error `INVALID_AMOUNT`
 */
export function amountOf(requirements: PaymentRequirements): bigint {
  return parseAtomicAmount(requirements.amount)
}

import { CHANNEL_SCHEME } from '../channel/shared/channel-contracts.js'
import {
  BOUND_VALID_AFTER,
  boundNonce,
  isRequestBindingOffered,
  offerHashOf,
  REQUEST_BINDING_EXTENSION,
} from '../evm/request-binding.js'
import { type Hex, hexOf } from '../hex.js'
import type { JsonObject } from '../protocol/json.js'
import { isPaymentIdentifierOffered, withPaymentIdentifier } from '../protocol/payment-identifier.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import type { PaymentRequired } from '../protocol/payment-required.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import type { ClientScheme, PaymentSession } from './client-scheme.js'

/** Options of {@link createPayment}. */
export interface CreatePaymentInput {
  readonly required: PaymentRequired
  readonly scheme: ClientScheme
  /** Unix seconds. */
  readonly now: bigint
  readonly randomBytes: (length: number) => Uint8Array
  /** Hash of the request body, 32 bytes; the payment is bound to it when the server offers that. */
  readonly requestHash?: Hex
  /** The protocol version that the server spoke; 2 when absent. */
  readonly version?: 1 | 2
  /** The nonce of an earlier payment that this one replaces, so that only one of the two can ever settle. */
  readonly replaces?: Hex
  /** Most that a payment channel may hold unspent, in atomic units. */
  readonly maxDeposit?: bigint
  /** Told what a payment from a channel adds, before it is signed; see {@link ClientScheme}. */
  readonly count?: (added: bigint) => void
}

/** A signed payment, ready to send. */
export interface Payment {
  readonly payload: PaymentPayload
  readonly requirements: PaymentRequirements
  readonly payer: Hex
  /** EIP-712 digest of the signed authorization. */
  readonly paymentHash: Hex
  /** Atomic units that the server may take at most. */
  readonly authorized: bigint
  /** Unix seconds. */
  readonly validBefore: bigint
  /** Whether the nonce is bound to the request body. */
  readonly bound: boolean
  /** The protocol version that the payment is sent in. */
  readonly version: 1 | 2
  /** 32 bytes; one nonce settles once. */
  readonly nonce: Hex
  /** The scheme's interest in the answer. */
  readonly session?: PaymentSession
}

/** How far back payments of version 1 are dated, in seconds; what its official client does. */
const VERSION_ONE_BACKDATE_SECONDS = 600n

/** Signs a payment for requirements that were selected, bound to the request where both sides can. */
export async function createPayment(requirements: PaymentRequirements, input: CreatePaymentInput): Promise<Payment> {
  const { required, scheme, now, requestHash, version = 2 } = input
  const offerHash = offerHashOf(requirements)
  const salt = hexOf(input.randomBytes(32))
  const bound =
    version === 2 &&
    // Vouchers have no nonce that could name a body.
    scheme.scheme !== CHANNEL_SCHEME &&
    requestHash !== undefined &&
    offerHash !== undefined &&
    isRequestBindingOffered(required.extensions)
  const nonce = bound ? boundNonce({ offerHash, requestHash, salt }) : (input.replaces ?? salt)
  const backdated = now > VERSION_ONE_BACKDATE_SECONDS ? now - VERSION_ONE_BACKDATE_SECONDS : 0n
  const validAfter = version === 1 ? backdated : bound ? BOUND_VALID_AFTER : 0n
  const created = await scheme.createPayload(requirements, {
    now,
    nonce,
    validAfter,
    ...(required.extensions === undefined ? {} : { extensions: required.extensions }),
    ...(input.maxDeposit === undefined ? {} : { maxDeposit: input.maxDeposit }),
    ...(input.count === undefined ? {} : { count: input.count }),
  })
  // Servers compare what they advertised with the echo, so everything goes back as it came.
  let extensions: JsonObject = {
    ...required.extensions,
    ...(bound ? { [REQUEST_BINDING_EXTENSION]: { info: { version: '1', salt } } } : {}),
    ...created.extensions,
  }
  if (isPaymentIdentifierOffered(required.extensions)) {
    // One payment is one logical call: re-sends carry the same identifier because they carry the same payment.
    extensions = withPaymentIdentifier(extensions, `pay_${hexOf(input.randomBytes(16)).slice(2)}`)
  }
  return {
    payload: {
      x402Version: 2,
      resource: required.resource,
      accepted: requirements,
      payload: created.payload,
      ...(Object.keys(extensions).length === 0 ? {} : { extensions }),
    },
    requirements,
    payer: created.payer,
    paymentHash: created.paymentHash,
    authorized: created.authorized,
    validBefore: created.validBefore,
    bound,
    version,
    nonce,
    ...(created.session === undefined ? {} : { session: created.session }),
  }
}

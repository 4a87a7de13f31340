import {
  BOUND_VALID_AFTER,
  boundNonce,
  isRequestBindingOffered,
  offerHashOf,
  REQUEST_BINDING_EXTENSION,
} from '../evm/request-binding.js'
import { type Hex, hexOf } from '../hex.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import type { PaymentRequired } from '../protocol/payment-required.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import type { ClientScheme } from './client-scheme.js'

/** Options of {@link createPayment}. */
export interface CreatePaymentInput {
  readonly required: PaymentRequired
  readonly scheme: ClientScheme
  /** Unix seconds. */
  readonly now: bigint
  readonly randomBytes: (length: number) => Uint8Array
  /** Hash of the request body, 32 bytes; the payment is bound to it when the server offers that. */
  readonly requestHash?: Hex
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
}

/** Signs a payment for requirements that were selected, bound to the request where both sides can. */
export async function createPayment(requirements: PaymentRequirements, input: CreatePaymentInput): Promise<Payment> {
  const { required, scheme, now, requestHash } = input
  const offerHash = offerHashOf(requirements)
  const salt = hexOf(input.randomBytes(32))
  const bound = requestHash !== undefined && offerHash !== undefined && isRequestBindingOffered(required.extensions)
  const created = await scheme.createPayload(requirements, {
    now,
    nonce: bound ? boundNonce({ offerHash, requestHash, salt }) : salt,
    validAfter: bound ? BOUND_VALID_AFTER : 0n,
  })
  // Servers compare what they advertised with the echo, so everything goes back as it came.
  const extensions = {
    ...required.extensions,
    ...(bound ? { [REQUEST_BINDING_EXTENSION]: { info: { version: '1', salt } } } : {}),
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
  }
}

import { bytesOf, type Hex, isHex, lowerHex } from '../hex.js'
import { keccakHex } from '../keccak.js'
import { isJsonObject, type JsonObject } from '../protocol/json.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { type Refusal, refusal } from '../protocol/reason.js'
import { X402Error } from '../x402-error.js'
import { parseAuthorization, type SignedAuthorization } from './authorization.js'

/** Key of the extension under which a server offers, and a client states, the binding of a payment to a body. */
export const REQUEST_BINDING_EXTENSION = 'og-request-binding'

/** The signed `validAfter` that says "this nonce is bound to a body"; nobody can strip it from a payment. */
export const BOUND_VALID_AFTER = 1n

/** What a server puts into `PaymentRequired.extensions` to offer the binding. */
export function requestBindingExtension(): JsonObject {
  return {
    info: { version: '1' },
    schema: {
      type: 'object',
      properties: { version: { const: '1' }, salt: { type: 'string', pattern: '^0x[0-9a-f]{64}$' } },
      required: ['version', 'salt'],
    },
  }
}

/** Tells whether a server's extensions offer the binding. */
export function isRequestBindingOffered(extensions: JsonObject | undefined): boolean {
  const extension = extensions?.[REQUEST_BINDING_EXTENSION]
  if (!isJsonObject(extension)) return false
  const info = extension['info']
  return isJsonObject(info) && info['version'] === '1'
}

/** The offer hash that requirements carry in `extra.og.offerHash`, when they do. */
export function offerHashOf(requirements: PaymentRequirements): Hex | undefined {
  const og = requirements.extra?.['og']
  const offerHash = isJsonObject(og) ? og['offerHash'] : undefined
  return isHex(offerHash, 32) ? lowerHex(offerHash) : undefined
}

/**
 * The nonce that binds a payment to an offer and a request: keccak256(offerHash ‖ requestHash ‖ salt), 32 bytes each.
 * @throws X402Error `INVALID_HEX`
 */
export function boundNonce(parts: { readonly offerHash: Hex; readonly requestHash: Hex; readonly salt: Hex }): Hex {
  for (const part of [parts.offerHash, parts.requestHash, parts.salt]) {
    if (!isHex(part, 32)) throw new X402Error('INVALID_HEX', 'expected 32 bytes each')
  }
  return keccakHex(bytesOf(parts.offerHash), bytesOf(parts.requestHash), bytesOf(parts.salt))
}

/** Options of {@link checkRequestBinding}. */
export interface RequestBindingOptions {
  readonly offerHash: Hex
  readonly requestHash: Hex
  /** When true, a payment that is not bound is refused with `request_binding_missing`. */
  readonly required?: boolean
}

/** The accepting half of {@link checkRequestBinding}. */
export interface RequestBinding {
  readonly ok: true
  /** False for foreign clients: such a payment runs once, but its body is not protected. */
  readonly bound: boolean
}

function saltOf(payload: PaymentPayload): unknown {
  const extension = payload.extensions?.[REQUEST_BINDING_EXTENSION]
  const info = isJsonObject(extension) ? extension['info'] : undefined
  return isJsonObject(info) ? info['salt'] : undefined
}

/**
 * Judges whether a payment belongs to this very request. A signed `validAfter` of 1 without a fitting salt is refused,
 * so that a proxy cannot strip the salt and put another body under the payment.
 */
export function checkRequestBinding(payload: PaymentPayload, options: RequestBindingOptions): RequestBinding | Refusal {
  let signed: SignedAuthorization
  try {
    signed = parseAuthorization(payload.payload)
  } catch {
    return refusal('request_binding_mismatch', 'the signed data is malformed')
  }
  const { authorization } = signed
  const salt = saltOf(payload)
  const marked = authorization.validAfter === BOUND_VALID_AFTER
  if (salt === undefined) {
    if (marked || options.required === true) return refusal('request_binding_missing', 'no salt came with the payment')
    return { ok: true, bound: false }
  }
  if (!marked) return refusal('request_binding_mismatch', 'a salt came with a payment that is not marked as bound')
  if (!isHex(salt, 32)) return refusal('request_binding_mismatch', 'the salt is not 32 bytes')
  const nonce = boundNonce({ offerHash: options.offerHash, requestHash: options.requestHash, salt })
  if (nonce !== authorization.nonce) return refusal('request_binding_mismatch', 'the nonce belongs to another request')
  return { ok: true, bound: true }
}

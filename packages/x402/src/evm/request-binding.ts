import { type Hex, hexOf, isHex, lowerHex, putHex } from '../hex.js'
import { type Keccak, portableKeccak } from '../keccak.js'
import { isJsonObject, type JsonObject } from '../protocol/json.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { type Refusal, refusal } from '../protocol/reason.js'
import { X402Error } from '../x402-error.js'
import { type Authorization, parseAuthorization } from './authorization.js'

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
export function boundNonce(
  parts: { readonly offerHash: Hex; readonly requestHash: Hex; readonly salt: Hex },
  keccak: Keccak = portableKeccak,
): Hex {
  const bytes = new Uint8Array(96)
  for (const [index, part] of [parts.offerHash, parts.requestHash, parts.salt].entries()) {
    if (!isHex(part, 32)) throw new X402Error('INVALID_HEX', 'expected 32 bytes each')
    putHex(bytes, 32 * (index + 1), part)
  }
  return hexOf(keccak(bytes))
}

/** Options of {@link checkRequestBinding}. */
export interface RequestBindingOptions {
  readonly offerHash: Hex
  readonly requestHash: Hex
  /** When true, a payment that is not bound is refused with `request_binding_missing`. */
  readonly required?: boolean
  /** What the payment signs, where it has been read already; it is read from the payment when absent. */
  readonly signed?: Pick<Authorization, 'validAfter' | 'nonce'>
  /** Hashes; JavaScript when absent. */
  readonly keccak?: Keccak | undefined
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
  let authorization: Pick<Authorization, 'validAfter' | 'nonce'>
  try {
    authorization = options.signed ?? parseAuthorization(payload.payload).authorization
  } catch {
    return refusal('request_binding_mismatch', 'the signed data is malformed')
  }
  const salt = saltOf(payload)
  const marked = authorization.validAfter === BOUND_VALID_AFTER
  if (salt === undefined) {
    if (marked || options.required === true) return refusal('request_binding_missing', 'no salt came with the payment')
    return { ok: true, bound: false }
  }
  if (!marked) return refusal('request_binding_mismatch', 'a salt came with a payment that is not marked as bound')
  if (!isHex(salt, 32)) return refusal('request_binding_mismatch', 'the salt is not 32 bytes')
  const { offerHash, requestHash, keccak } = options
  const nonce = boundNonce({ offerHash, requestHash, salt }, keccak)
  if (nonce !== authorization.nonce) return refusal('request_binding_mismatch', 'the nonce belongs to another request')
  return { ok: true, bound: true }
}

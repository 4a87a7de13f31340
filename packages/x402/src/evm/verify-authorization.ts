import type { Address } from '../address.js'
import type { Hex } from '../hex.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { type Refusal, refusal } from '../protocol/reason.js'
import type { EvmScheme } from './evm-target.js'
import {
  checkTimes,
  createInspectTools,
  type InspectedAuthorization,
  type InspectTools,
  inspectAuthorization,
  type NonceKey,
  type TimeOptions,
} from './inspect-authorization.js'
import { isSignedBy, type SignatureTools } from './signature.js'

/** A payment that a plain account has signed and that fits the requirements. Funds are not looked at. */
export interface VerifiedAuthorization {
  readonly ok: true
  readonly payer: Address
  /** EIP-712 digest of the signed authorization: the payment's public name. */
  readonly paymentHash: Hex
  readonly scheme: EvmScheme
  /** Reserve this before any work: two spellings of one signature give the same key. */
  readonly nonceKey: NonceKey
  /** The signed amount in atomic units: the price of `exact`, the ceiling of `upto`. */
  readonly authorized: bigint
  /** Unix seconds. */
  readonly validBefore: bigint
  /** Unix seconds; 1 marks a nonce that is bound to a request body. */
  readonly validAfter: bigint
}

/** Options of {@link verifyAuthorization}. */
export interface VerifyAuthorizationOptions extends TimeOptions, SignatureTools {}

/** Judges the signature of a plain account. */
export function checkSignature(inspected: InspectedAuthorization, tools: SignatureTools): Refusal | undefined {
  const { authorization, digest, signature } = inspected
  const code = authorization.method === 'permit2' ? 'invalid_permit2_signature' : 'invalid_exact_evm_signature'
  try {
    const isTheirs = isSignedBy({ digest, signature, account: authorization.from }, tools)
    return isTheirs ? undefined : refusal(code, 'signed by another key')
  } catch {
    return refusal(code, 'not a canonical 65-byte signature')
  }
}

/** Judges payments of one server, whose requirements are the same again and again. */
export type AuthorizationVerifier = (
  payment: { readonly payload: PaymentPayload; readonly requirements: PaymentRequirements },
  times: TimeOptions,
) => VerifiedAuthorization | Refusal

function verifierWith(tools: SignatureTools, inspectTools: InspectTools): AuthorizationVerifier {
  return ({ payload, requirements }, times) => {
    const inspected = inspectAuthorization(payload, requirements, inspectTools)
    if (!inspected.ok) return inspected
    const fault = checkTimes(inspected.authorization, times) ?? checkSignature(inspected, tools)
    return fault ?? verifiedOf(inspected)
  }
}

/**
 * Builds {@link verifyAuthorization} for a server: it keeps what requirements mean, domain separators included, and uses the
 * fast operations that it is given.
 */
export function createAuthorizationVerifier(tools: SignatureTools = {}): AuthorizationVerifier {
  return verifierWith(tools, createInspectTools(tools.keccak))
}

/**
 * Judges an `exact` or `upto` payment without a chain: fields, times, and the ECDSA signature of a plain account.
 * Balance, allowance, used nonces and contract wallets need a facilitator. Never throws on input.
 */
export function verifyAuthorization(
  payload: PaymentPayload,
  requirements: PaymentRequirements,
  options: VerifyAuthorizationOptions,
): VerifiedAuthorization | Refusal {
  return verifierWith(options, { keccak: options.keccak })({ payload, requirements }, options)
}

/** What a caller learns of an authorization whose signature somebody has judged. */
export function verifiedOf(inspected: InspectedAuthorization): VerifiedAuthorization {
  const { authorization } = inspected
  return {
    ok: true,
    payer: authorization.from,
    paymentHash: inspected.paymentHash,
    scheme: inspected.scheme,
    nonceKey: inspected.nonceKey,
    authorized: authorization.value,
    validBefore: authorization.validBefore,
    validAfter: authorization.validAfter,
  }
}

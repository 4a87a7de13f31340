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
import {
  isSignedBy,
  isSignedByAsync,
  type ServerSignatureTools,
  type SignatureTools,
  type SignedDigest,
} from './signature.js'

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

function signatureRefusal({ authorization }: InspectedAuthorization, detail: string): Refusal {
  const isPermit = authorization.method === 'permit2'
  return refusal(isPermit ? 'invalid_permit2_signature' : 'invalid_exact_evm_signature', detail)
}

function signedDigestOf({ digest, signature, authorization }: InspectedAuthorization): SignedDigest {
  return { digest, signature, account: authorization.from }
}

const OTHER_KEY = 'signed by another key'
const NOT_CANONICAL = 'not a canonical 65-byte signature'

/** Judges the signature of a plain account. */
export function checkSignature(inspected: InspectedAuthorization, tools: SignatureTools): Refusal | undefined {
  try {
    return isSignedBy(signedDigestOf(inspected), tools) ? undefined : signatureRefusal(inspected, OTHER_KEY)
  } catch {
    return signatureRefusal(inspected, NOT_CANONICAL)
  }
}

/** {@link checkSignature} on another thread. */
async function checkSignatureAsync(
  inspected: InspectedAuthorization,
  tools: Parameters<typeof isSignedByAsync>[1],
): Promise<Refusal | undefined> {
  try {
    const isTheirs = await isSignedByAsync(signedDigestOf(inspected), tools)
    return isTheirs ? undefined : signatureRefusal(inspected, OTHER_KEY)
  } catch {
    return signatureRefusal(inspected, NOT_CANONICAL)
  }
}

/** Judges payments of one server, whose requirements are the same again and again. */
export type AuthorizationVerifier = (
  payment: { readonly payload: PaymentPayload; readonly requirements: PaymentRequirements },
  times: TimeOptions,
) => VerifiedAuthorization | Refusal

/** {@link AuthorizationVerifier} whose answer may come later. */
export type ServerVerifier = (
  ...payment: Parameters<AuthorizationVerifier>
) => ReturnType<AuthorizationVerifier> | Promise<ReturnType<AuthorizationVerifier>>

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

/** {@link createAuthorizationVerifier} that leaves the signatures to other threads where `recoverAsync` is given. */
export function createServerVerifier(tools: ServerSignatureTools): ServerVerifier {
  const { recoverAsync, keccak } = tools
  if (recoverAsync === undefined) return createAuthorizationVerifier(tools)
  const inspectTools = createInspectTools(keccak)
  return ({ payload, requirements }, times) => {
    const inspected = inspectAuthorization(payload, requirements, inspectTools)
    if (!inspected.ok) return inspected
    const fault = checkTimes(inspected.authorization, times)
    if (fault !== undefined) return fault
    return checkSignatureAsync(inspected, { recoverAsync, keccak }).then((refused) => refused ?? verifiedOf(inspected))
  }
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

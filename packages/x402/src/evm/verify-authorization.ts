import { type Address, isSameAddress } from '../address.js'
import type { Hex } from '../hex.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { type Refusal, refusal } from '../protocol/reason.js'
import {
  checkTimes,
  type EvmScheme,
  type InspectedAuthorization,
  inspectAuthorization,
  type NonceKey,
  type TimeOptions,
} from './inspect-authorization.js'
import type { RecoverPublicKey } from './recover-public-key.js'
import { recoverSigner } from './signature.js'

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
export interface VerifyAuthorizationOptions extends TimeOptions {
  /** Recovers public keys; JavaScript when absent. Servers take the one of `createFastRecover` in `./node`. */
  readonly recover?: RecoverPublicKey
}

/** Judges the signature of a plain account. */
export function checkSignature(inspected: InspectedAuthorization, recover?: RecoverPublicKey): Refusal | undefined {
  const permit = inspected.authorization.method === 'permit2'
  const code = permit ? 'invalid_permit2_signature' : 'invalid_exact_evm_signature'
  let signer: Address
  try {
    signer = recoverSigner(inspected.paymentHash, inspected.signature, recover)
  } catch {
    return refusal(code, 'not a canonical 65-byte signature')
  }
  return isSameAddress(signer, inspected.authorization.from) ? undefined : refusal(code, 'signed by another key')
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
  const inspected = inspectAuthorization(payload, requirements)
  if (!inspected.ok) return inspected
  const fault = checkTimes(inspected.authorization, options) ?? checkSignature(inspected, options.recover)
  if (fault !== undefined) return fault
  return verifiedOf(inspected)
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

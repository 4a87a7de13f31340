import { type Address, createAddressReader, isSameAddress, type ReadAddress } from '../address.js'
import { type Hex, hexOf } from '../hex.js'
import type { Keccak } from '../keccak.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import { amountOf, type PaymentRequirements } from '../protocol/payment-requirements.js'
import { type Refusal, refusal } from '../protocol/reason.js'
import { type Authorization, parseAuthorization, type SignedAuthorization } from './authorization.js'
import { EXACT_PERMIT2_PROXY_ADDRESS, PERMIT2_ADDRESS, UPTO_PERMIT2_PROXY_ADDRESS } from './contracts.js'
import { createTargetReader, type EvmScheme, type EvmTarget, type ReadTarget, readTarget } from './evm-target.js'
import { authorizationDigest, type TokenDomain } from './typed-data.js'

/** What makes a payment unique on chain, independent of how its signature is spelled. */
export interface NonceKey {
  readonly chainId: bigint
  /** The token for EIP-3009, Permit2 for Permit2. */
  readonly nonceContract: Address
  readonly payer: Address
  readonly nonce: Hex
}

/** An authorization whose fields fit the requirements. Its signature and its times are not judged yet. */
export interface InspectedAuthorization {
  readonly ok: true
  readonly scheme: EvmScheme
  readonly authorization: Authorization
  readonly signature: Hex
  readonly asset: Address
  readonly domain: TokenDomain
  /** EIP-712 digest of the authorization. */
  readonly paymentHash: Hex
  /** The same as bytes. */
  readonly digest: Uint8Array
  readonly nonceKey: NonceKey
}

function checkTransfer(a: Authorization, target: EvmTarget, amount: bigint): Refusal | undefined {
  if (!isSameAddress(a.to, target.payTo)) return refusal('invalid_exact_evm_recipient_mismatch', 'to is not payTo')
  if (a.value !== amount) {
    return refusal('invalid_exact_evm_payload_authorization_value_mismatch', 'value is not the amount asked for')
  }
  return undefined
}

function checkPermit(a: Authorization, target: EvmTarget, amount: bigint): Refusal | undefined {
  if (a.method !== 'permit2') return refusal('unsupported_payload_type', 'expected a Permit2 authorization')
  const spender = target.scheme === 'upto' ? UPTO_PERMIT2_PROXY_ADDRESS : EXACT_PERMIT2_PROXY_ADDRESS
  if (!isSameAddress(a.spender, spender)) return refusal('invalid_permit2_spender', 'spender is not the x402 proxy')
  if (!isSameAddress(a.to, target.payTo)) {
    return refusal('invalid_permit2_recipient_mismatch', 'witness.to is not payTo')
  }
  if (a.value !== amount) return refusal('permit2_amount_mismatch', 'permitted.amount is not the amount asked for')
  if (!isSameAddress(a.token, target.asset))
    return refusal('permit2_token_mismatch', 'permitted.token is not the asset')
  if (target.scheme === 'exact') {
    return a.facilitator === undefined ? undefined : refusal('unsupported_payload_type', 'exact has no facilitator')
  }
  const { facilitator } = target
  if (a.facilitator === undefined) return refusal('unsupported_payload_type', 'upto needs witness.facilitator')
  // A server that names no facilitator cannot have had one signed; fail closed.
  if (typeof facilitator !== 'string' || !isSameAddress(a.facilitator, facilitator)) {
    return refusal('upto_facilitator_mismatch', 'witness.facilitator is not extra.facilitatorAddress')
  }
  return undefined
}

/** What may make an inspection cheaper. */
export interface InspectTools {
  readonly keccak?: Keccak | undefined
  /** Reads requirements; a caching one where the same are asked for again and again. */
  readonly readTarget?: ReadTarget | undefined
  /** Reads addresses; likewise. */
  readonly readAddress?: ReadAddress | undefined
}

/** Builds tools for a server, which meets the same requirements and payers again and again. */
export function createInspectTools(keccak?: Keccak): InspectTools {
  return { keccak, readTarget: createTargetReader(), readAddress: createAddressReader(keccak) }
}

/** The price, if it is one. */
function priceOf(requirements: PaymentRequirements): bigint | undefined {
  try {
    return amountOf(requirements)
  } catch {
    return undefined
  }
}

/** Compares a payment's fields with the requirements, without judging signature or times. Never throws on input. */
export function inspectAuthorization(
  payload: PaymentPayload,
  requirements: PaymentRequirements,
  tools: InspectTools = {},
): InspectedAuthorization | Refusal {
  const { accepted } = payload
  if (requirements.extra?.['assetTransferMethod'] === 'erc7710' || payload.payload['delegationManager'] !== undefined) {
    return refusal('unsupported_payload_type', 'ERC-7710 delegations are not served')
  }
  const target = (tools.readTarget ?? readTarget)(requirements)
  const amount = priceOf(requirements)
  if (target === undefined || amount === undefined) {
    return refusal('invalid_payment_requirements', 'the requirements are not EVM exact or upto')
  }
  const upto = target.scheme === 'upto'
  if (accepted.scheme !== requirements.scheme) {
    return refusal(upto ? 'invalid_upto_evm_scheme' : 'invalid_exact_evm_scheme', 'accepted.scheme differs')
  }
  if (accepted.network !== requirements.network) {
    return refusal(
      upto ? 'invalid_upto_evm_network_mismatch' : 'invalid_exact_evm_network_mismatch',
      'accepted.network differs',
    )
  }
  let signed: SignedAuthorization
  try {
    signed = parseAuthorization(payload.payload, tools.readAddress)
  } catch {
    return refusal('invalid_payload', 'the signed data is malformed')
  }
  const { authorization, signature } = signed
  if (authorization.method !== target.method) {
    return refusal('unsupported_payload_type', 'the transfer method is not the one asked for')
  }
  const permit = target.method === 'permit2'
  const { domain, domainSeparator, chainId, asset } = target
  // Permit2 signatures do not depend on the token's domain.
  if (!permit && domain === undefined) {
    return refusal('invalid_exact_evm_missing_eip712_domain', 'extra.name and extra.version are required')
  }
  const fault = permit ? checkPermit(authorization, target, amount) : checkTransfer(authorization, target, amount)
  if (fault !== undefined) return fault
  const digestOptions = { keccak: tools.keccak, domainSeparator }
  const tokenDomain = domain ?? { name: '', version: '', chainId, verifyingContract: asset }
  const digest = authorizationDigest(authorization, tokenDomain, digestOptions)
  return {
    ok: true,
    scheme: target.scheme,
    authorization,
    signature,
    asset,
    domain: tokenDomain,
    paymentHash: hexOf(digest),
    digest,
    nonceKey: {
      chainId,
      nonceContract: permit ? PERMIT2_ADDRESS : asset,
      payer: authorization.from,
      nonce: authorization.nonce,
    },
  }
}

/** Options of {@link checkTimes}. */
export interface TimeOptions {
  /** Unix seconds. */
  readonly now: bigint
  /** Seconds that must be left before expiry; 6, as official facilitators ask, when absent. */
  readonly minValiditySeconds?: bigint
  /** Longest validity left that is accepted, in seconds; unlimited when absent. */
  readonly maxValiditySeconds?: bigint
}

/** Judges the validity window of an authorization. */
export function checkTimes(authorization: Authorization, options: TimeOptions): Refusal | undefined {
  const { now, minValiditySeconds = 6n, maxValiditySeconds } = options
  const permit = authorization.method === 'permit2'
  const expired = permit ? 'permit2_deadline_expired' : 'invalid_exact_evm_payload_authorization_valid_before'
  if (authorization.validBefore < now + minValiditySeconds) return refusal(expired, 'expires too soon')
  if (maxValiditySeconds !== undefined && authorization.validBefore > now + maxValiditySeconds) {
    return refusal(expired, 'is valid for longer than accepted')
  }
  if (authorization.validAfter > now) {
    return refusal(
      permit ? 'permit2_not_yet_valid' : 'invalid_exact_evm_payload_authorization_valid_after',
      'is not valid yet',
    )
  }
  return undefined
}

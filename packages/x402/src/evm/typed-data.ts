import type { Address } from '../address.js'
import { type Hex, hexOf } from '../hex.js'
import { type Keccak, keccakBytes, keccakText, portableKeccak } from '../keccak.js'
import { addressWord, textWord, uintWord } from './abi.js'
import type { Authorization, PermitAuthorization, TransferAuthorization } from './authorization.js'
import { PERMIT2_ADDRESS } from './contracts.js'
import { type DigestOptions, digestBytesOf } from './eip712.js'
import type { TypedData } from './signer.js'
import { putAddress, putBytes32, putUint, WORD } from './words.js'

/** The EIP-712 domain of a token with EIP-3009. */
export interface TokenDomain {
  readonly name: string
  readonly version: string
  readonly chainId: bigint
  readonly verifyingContract: Address
}

const TOKEN_DOMAIN = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'
const PERMIT2_DOMAIN = 'EIP712Domain(string name,uint256 chainId,address verifyingContract)'
const TRANSFER =
  'TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)'
const PERMITTED = 'TokenPermissions(address token,uint256 amount)'
const PERMIT =
  'PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,Witness witness)'
const EXACT_WITNESS = 'Witness(address to,uint256 validAfter)'
const UPTO_WITNESS = 'Witness(address to,address facilitator,uint256 validAfter)'

// Hashed once; types never change.
const TOKEN_DOMAIN_HASH = /* @__PURE__ */ keccakText(TOKEN_DOMAIN)
const TRANSFER_HASH = /* @__PURE__ */ keccakText(TRANSFER)
const PERMITTED_HASH = /* @__PURE__ */ keccakText(PERMITTED)
const PERMIT_HASHES = {
  exact: /* @__PURE__ */ keccakText(PERMIT + PERMITTED + EXACT_WITNESS),
  upto: /* @__PURE__ */ keccakText(PERMIT + PERMITTED + UPTO_WITNESS),
} as const
const WITNESS_HASHES = {
  exact: /* @__PURE__ */ keccakText(EXACT_WITNESS),
  upto: /* @__PURE__ */ keccakText(UPTO_WITNESS),
} as const

/** The domain separator of a token, as its `DOMAIN_SEPARATOR()` answers. */
export function hashTokenDomain(domain: TokenDomain): Hex {
  return hexOf(tokenDomainSeparator(domain))
}

/** {@link hashTokenDomain} as bytes. */
export function tokenDomainSeparator(domain: TokenDomain): Uint8Array {
  return keccakBytes(
    TOKEN_DOMAIN_HASH,
    textWord(domain.name),
    textWord(domain.version),
    uintWord(domain.chainId),
    addressWord(domain.verifyingContract),
  )
}

/** The domain separator of Permit2 on a chain; its domain has no version. */
export function permit2DomainSeparator(chainId: bigint): Uint8Array {
  return keccakBytes(keccakText(PERMIT2_DOMAIN), textWord('Permit2'), uintWord(chainId), addressWord(PERMIT2_ADDRESS))
}

/** EIP-712 digest of an EIP-3009 transfer authorization (EIP-3009, section "Specification"). */
export function hashTransferAuthorization(
  authorization: TransferAuthorization,
  domain: TokenDomain,
  options: DigestOptions = {},
): Hex {
  return hexOf(transferDigest(authorization, domain, options))
}

// One buffer for all transfers: it is hashed before anything else runs.
const transferWords = /* @__PURE__ */ new Uint8Array(7 * WORD)

function transferDigest(authorization: TransferAuthorization, domain: TokenDomain, options: DigestOptions): Uint8Array {
  const { keccak = portableKeccak, domainSeparator = tokenDomainSeparator(domain) } = options
  const a = authorization
  const words = transferWords
  words.fill(0)
  words.set(TRANSFER_HASH)
  putAddress(words, 1, a.from)
  putAddress(words, 2, a.to)
  putUint(words, 3, a.value)
  putUint(words, 4, a.validAfter)
  putUint(words, 5, a.validBefore)
  putBytes32(words, 6, a.nonce)
  return digestBytesOf(domainSeparator, keccak(words), keccak)
}

function hashWitness(a: PermitAuthorization, keccak: Keccak): Uint8Array {
  const { facilitator } = a
  const words = new Uint8Array((facilitator === undefined ? 3 : 4) * WORD)
  words.set(facilitator === undefined ? WITNESS_HASHES.exact : WITNESS_HASHES.upto)
  putAddress(words, 1, a.to)
  if (facilitator !== undefined) putAddress(words, 2, facilitator)
  putUint(words, facilitator === undefined ? 2 : 3, a.validAfter)
  return keccak(words)
}

/** EIP-712 digest of a Permit2 witness transfer for the exact proxy or, with a facilitator in it, the upto proxy. */
export function hashPermitAuthorization(
  authorization: PermitAuthorization,
  chainId: bigint,
  options: DigestOptions = {},
): Hex {
  return hexOf(permitDigest(authorization, chainId, options))
}

function permitDigest(authorization: PermitAuthorization, chainId: bigint, options: DigestOptions): Uint8Array {
  const { keccak = portableKeccak, domainSeparator = permit2DomainSeparator(chainId) } = options
  const a = authorization
  const permitted = new Uint8Array(3 * WORD)
  permitted.set(PERMITTED_HASH)
  putAddress(permitted, 1, a.token)
  putUint(permitted, 2, a.value)
  const words = new Uint8Array(6 * WORD)
  words.set(a.facilitator === undefined ? PERMIT_HASHES.exact : PERMIT_HASHES.upto)
  words.set(keccak(permitted), WORD)
  putAddress(words, 2, a.spender)
  putBytes32(words, 3, a.nonce)
  putUint(words, 4, a.validBefore)
  words.set(hashWitness(a, keccak), 5 * WORD)
  return digestBytesOf(domainSeparator, keccak(words), keccak)
}

/** EIP-712 digest of either kind, as bytes. */
export function authorizationDigest(
  authorization: Authorization,
  domain: TokenDomain,
  options: DigestOptions = {},
): Uint8Array {
  return authorization.method === 'eip3009'
    ? transferDigest(authorization, domain, options)
    : permitDigest(authorization, domain.chainId, options)
}

/** EIP-712 digest of either kind: the call's `paymentHash`. */
export function hashAuthorization(authorization: Authorization, domain: TokenDomain, options?: DigestOptions): Hex {
  return hexOf(authorizationDigest(authorization, domain, options))
}

/** The same authorization as `eth_signTypedData_v4` wants it, for wallets. */
export function typedDataOf(authorization: Authorization, domain: TokenDomain): TypedData {
  const a = authorization
  if (a.method === 'eip3009') {
    return {
      domain: { ...domain, chainId: Number(domain.chainId) },
      types: {
        TransferWithAuthorization: [
          { name: 'from', type: 'address' },
          { name: 'to', type: 'address' },
          { name: 'value', type: 'uint256' },
          { name: 'validAfter', type: 'uint256' },
          { name: 'validBefore', type: 'uint256' },
          { name: 'nonce', type: 'bytes32' },
        ],
      },
      primaryType: 'TransferWithAuthorization',
      message: {
        from: a.from,
        to: a.to,
        value: a.value,
        validAfter: a.validAfter,
        validBefore: a.validBefore,
        nonce: a.nonce,
      },
    }
  }
  return {
    domain: { name: 'Permit2', chainId: Number(domain.chainId), verifyingContract: PERMIT2_ADDRESS },
    types: {
      PermitWitnessTransferFrom: [
        { name: 'permitted', type: 'TokenPermissions' },
        { name: 'spender', type: 'address' },
        { name: 'nonce', type: 'uint256' },
        { name: 'deadline', type: 'uint256' },
        { name: 'witness', type: 'Witness' },
      ],
      TokenPermissions: [
        { name: 'token', type: 'address' },
        { name: 'amount', type: 'uint256' },
      ],
      Witness: [
        { name: 'to', type: 'address' },
        ...(a.facilitator === undefined ? [] : [{ name: 'facilitator', type: 'address' }]),
        { name: 'validAfter', type: 'uint256' },
      ],
    },
    primaryType: 'PermitWitnessTransferFrom',
    message: {
      permitted: { token: a.token, amount: a.value },
      spender: a.spender,
      nonce: BigInt(a.nonce),
      deadline: a.validBefore,
      witness: {
        to: a.to,
        ...(a.facilitator === undefined ? {} : { facilitator: a.facilitator }),
        validAfter: a.validAfter,
      },
    },
  }
}

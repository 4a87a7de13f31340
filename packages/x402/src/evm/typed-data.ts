import { hexToBytes } from '@noble/hashes/utils.js'
import type { Address } from '../address.js'
import { type Hex, hexOf } from '../hex.js'
import { keccakBytes, keccakText } from '../keccak.js'
import { addressWord, bytes32Word, textWord, uintWord } from './abi.js'
import type { Authorization, PermitAuthorization, TransferAuthorization } from './authorization.js'
import { PERMIT2_ADDRESS } from './contracts.js'
import type { TypedData } from './signer.js'

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

function digestOf(domainSeparator: Uint8Array, structHash: Uint8Array): Hex {
  return hexOf(keccakBytes(hexToBytes('1901'), domainSeparator, structHash))
}

/** The domain separator of a token, as its `DOMAIN_SEPARATOR()` answers. */
export function hashTokenDomain(domain: TokenDomain): Hex {
  return hexOf(tokenDomain(domain))
}

function tokenDomain(domain: TokenDomain): Uint8Array {
  return keccakBytes(
    keccakText(TOKEN_DOMAIN),
    textWord(domain.name),
    textWord(domain.version),
    uintWord(domain.chainId),
    addressWord(domain.verifyingContract),
  )
}

/** EIP-712 digest of an EIP-3009 transfer authorization (EIP-3009, section "Specification"). */
export function hashTransferAuthorization(authorization: TransferAuthorization, domain: TokenDomain): Hex {
  const a = authorization
  return digestOf(
    tokenDomain(domain),
    keccakBytes(
      keccakText(TRANSFER),
      addressWord(a.from),
      addressWord(a.to),
      uintWord(a.value),
      uintWord(a.validAfter),
      uintWord(a.validBefore),
      bytes32Word(a.nonce),
    ),
  )
}

/** EIP-712 digest of a Permit2 witness transfer for the exact proxy or, with a facilitator in it, the upto proxy. */
export function hashPermitAuthorization(authorization: PermitAuthorization, chainId: bigint): Hex {
  const a = authorization
  const witnessType = a.facilitator === undefined ? EXACT_WITNESS : UPTO_WITNESS
  const witness = keccakBytes(
    keccakText(witnessType),
    addressWord(a.to),
    ...(a.facilitator === undefined ? [] : [addressWord(a.facilitator)]),
    uintWord(a.validAfter),
  )
  const permitted = keccakBytes(keccakText(PERMITTED), addressWord(a.token), uintWord(a.value))
  return digestOf(
    // Permit2's domain has no version.
    keccakBytes(keccakText(PERMIT2_DOMAIN), textWord('Permit2'), uintWord(chainId), addressWord(PERMIT2_ADDRESS)),
    keccakBytes(
      keccakText(PERMIT + PERMITTED + witnessType),
      permitted,
      addressWord(a.spender),
      bytes32Word(a.nonce),
      uintWord(a.validBefore),
      witness,
    ),
  )
}

/** EIP-712 digest of either kind: the call's `paymentHash`. */
export function hashAuthorization(authorization: Authorization, domain: TokenDomain): Hex {
  return authorization.method === 'eip3009'
    ? hashTransferAuthorization(authorization, domain)
    : hashPermitAuthorization(authorization, domain.chainId)
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

import type { Address } from '../../address.js'
import { addressWord, bytes32Word, textWord, uintWord } from '../../evm/abi.js'
import { PERMIT2_ADDRESS } from '../../evm/contracts.js'
import { type DigestOptions, digestBytesOf, digestOf } from '../../evm/eip712.js'
import type { TypedData } from '../../evm/signer.js'
import { hashTokenDomain, type TokenDomain } from '../../evm/typed-data.js'
import { putAddress, putBytes32, putUint, WORD } from '../../evm/words.js'
import { bytesOf, type Hex, hexOf } from '../../hex.js'
import { type Keccak, keccakBytes, keccakHex, keccakText, portableKeccak } from '../../keccak.js'
import type { ChannelConfig } from './channel-config.js'
import {
  BATCH_SETTLEMENT_ADDRESS,
  ERC3009_DEPOSIT_COLLECTOR_ADDRESS,
  PERMIT2_DEPOSIT_COLLECTOR_ADDRESS,
} from './channel-contracts.js'

// The types of the channel contract, in the spelling that is hashed (scheme_batch_settlement_evm.md).
const DOMAIN = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'
const PERMIT2_DOMAIN = 'EIP712Domain(string name,uint256 chainId,address verifyingContract)'
const CONFIG =
  'ChannelConfig(address payer,address payerAuthorizer,address receiver,address receiverAuthorizer,address token,uint40 withdrawDelay,bytes32 salt)'
const VOUCHER = 'Voucher(bytes32 channelId,uint128 maxClaimableAmount)'
const REFUND = 'Refund(bytes32 channelId,uint256 nonce,uint128 amount)'
const CLAIM_ENTRY = 'ClaimEntry(bytes32 channelId,uint128 maxClaimableAmount,uint128 totalClaimed)'
const CLAIM_BATCH = `ClaimBatch(ClaimEntry[] claims)${CLAIM_ENTRY}`
const RECEIVE =
  'ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)'
const DEPOSIT_WITNESS = 'DepositWitness(bytes32 channelId)'
const PERMITTED = 'TokenPermissions(address token,uint256 amount)'
const PERMIT = `PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,DepositWitness witness)${DEPOSIT_WITNESS}${PERMITTED}`

/** A cumulative promise: the receiver may have claimed up to this much in all. */
export interface Voucher {
  readonly channelId: Hex
  readonly maxClaimableAmount: bigint
}

/** What the receiver authorizer signs to give money back. */
export interface RefundOrder {
  readonly channelId: Hex
  readonly nonce: bigint
  readonly amount: bigint
}

/** One row of a batch of claims, as the receiver authorizer signs it. */
export interface ClaimEntry {
  readonly channelId: Hex
  readonly maxClaimableAmount: bigint
  readonly totalClaimed: bigint
}

/** A payer's EIP-3009 authorization of a deposit. Its nonce is derived from the channel and `salt`. */
export interface ReceiveAuthorization {
  readonly method: 'eip3009'
  readonly from: Address
  readonly value: bigint
  readonly validAfter: bigint
  readonly validBefore: bigint
  readonly channelId: Hex
  readonly salt: Hex
}

/** A payer's Permit2 authorization of a deposit. */
export interface DepositPermit {
  readonly method: 'permit2'
  readonly from: Address
  readonly token: Address
  readonly value: bigint
  readonly nonce: bigint
  readonly validBefore: bigint
  readonly channelId: Hex
}

/** Either kind of signed deposit. */
export type DepositAuthorization = ReceiveAuthorization | DepositPermit

// Hashed once; types never change.
const CONFIG_HASH = /* @__PURE__ */ keccakText(CONFIG)
const VOUCHER_HASH = /* @__PURE__ */ keccakText(VOUCHER)

/** The domain separator of the channel contract on a chain. */
export function channelDomainSeparator(chainId: bigint): Uint8Array {
  return keccakBytes(
    keccakText(DOMAIN),
    textWord('x402 Batch Settlement'),
    textWord('1'),
    uintWord(chainId),
    addressWord(BATCH_SETTLEMENT_ADDRESS),
  )
}

function digestOfParts(domain: Uint8Array, ...parts: readonly Uint8Array[]): Hex {
  return digestOf(domain, keccakBytes(...parts))
}

/** The id of a channel on a chain: the EIP-712 digest of its configuration. */
export function channelIdOf(config: ChannelConfig, chainId: bigint, options: DigestOptions = {}): Hex {
  const { keccak = portableKeccak, domainSeparator = channelDomainSeparator(chainId) } = options
  const words = new Uint8Array(8 * WORD)
  words.set(CONFIG_HASH)
  putAddress(words, 1, config.payer)
  putAddress(words, 2, config.payerAuthorizer)
  putAddress(words, 3, config.receiver)
  putAddress(words, 4, config.receiverAuthorizer)
  putAddress(words, 5, config.token)
  putUint(words, 6, BigInt(config.withdrawDelay))
  putBytes32(words, 7, config.salt)
  return digestOf(domainSeparator, keccak(words), keccak)
}

/** EIP-712 digest of a voucher. */
export function hashVoucher(voucher: Voucher, chainId: bigint, options: DigestOptions = {}): Hex {
  return hexOf(voucherDigest(voucher, chainId, options))
}

/** {@link hashVoucher} as bytes. */
export function voucherDigest(voucher: Voucher, chainId: bigint, options: DigestOptions = {}): Uint8Array {
  const { keccak = portableKeccak, domainSeparator = channelDomainSeparator(chainId) } = options
  const words = new Uint8Array(3 * WORD)
  words.set(VOUCHER_HASH)
  putBytes32(words, 1, voucher.channelId)
  putUint(words, 2, voucher.maxClaimableAmount)
  return digestBytesOf(domainSeparator, keccak(words), keccak)
}

/**
 * The public name of a call that was paid by voucher: keccak256(voucher digest ‖ uint128 chargedBefore). The digest
 * alone repeats when a call was charged less than its ceiling.
 */
export function channelPaymentHash(
  voucher: Voucher,
  call: { readonly chainId: bigint; readonly chargedBefore: bigint },
  options: DigestOptions = {},
): Hex {
  return paymentHashOf(voucherDigest(voucher, call.chainId, options), call.chargedBefore, options.keccak)
}

/** {@link channelPaymentHash} where the voucher's digest is known. */
export function paymentHashOf(digest: Uint8Array, chargedBefore: bigint, keccak: Keccak = portableKeccak): Hex {
  const words = new Uint8Array(2 * WORD)
  words.set(digest)
  putUint(words, 1, chargedBefore)
  // digest ‖ uint128: the upper half of the second word goes.
  words.copyWithin(WORD, WORD + 16)
  return hexOf(keccak(words.subarray(0, WORD + 16)))
}

/** EIP-712 digest of a refund. */
export function hashRefund(refund: RefundOrder, chainId: bigint): Hex {
  return digestOfParts(
    channelDomainSeparator(chainId),
    keccakText(REFUND),
    bytes32Word(refund.channelId),
    uintWord(refund.nonce),
    uintWord(refund.amount),
  )
}

/** EIP-712 digest of a batch of claims. */
export function hashClaimBatch(claims: readonly ClaimEntry[], chainId: bigint): Hex {
  const entries = claims.map((claim) =>
    keccakBytes(
      keccakText(CLAIM_ENTRY),
      bytes32Word(claim.channelId),
      uintWord(claim.maxClaimableAmount),
      uintWord(claim.totalClaimed),
    ),
  )
  return digestOfParts(channelDomainSeparator(chainId), keccakText(CLAIM_BATCH), keccakBytes(...entries))
}

/** The EIP-3009 nonce of a deposit: it names the channel, so the collector cannot fund another one with it. */
export function depositNonce(channelId: Hex, salt: Hex): Hex {
  return keccakHex(bytes32Word(channelId), bytes32Word(salt))
}

/** EIP-712 digest of a signed deposit. `domain` is the token's; Permit2 needs only its chain id. */
export function hashDeposit(deposit: DepositAuthorization, domain: TokenDomain): Hex {
  if (deposit.method === 'eip3009') {
    return digestOfParts(
      bytesOf(hashTokenDomain(domain)),
      keccakText(RECEIVE),
      addressWord(deposit.from),
      addressWord(ERC3009_DEPOSIT_COLLECTOR_ADDRESS),
      uintWord(deposit.value),
      uintWord(deposit.validAfter),
      uintWord(deposit.validBefore),
      bytes32Word(depositNonce(deposit.channelId, deposit.salt)),
    )
  }
  return digestOfParts(
    keccakBytes(
      keccakText(PERMIT2_DOMAIN),
      textWord('Permit2'),
      uintWord(domain.chainId),
      addressWord(PERMIT2_ADDRESS),
    ),
    keccakText(PERMIT),
    keccakBytes(keccakText(PERMITTED), addressWord(deposit.token), uintWord(deposit.value)),
    addressWord(PERMIT2_DEPOSIT_COLLECTOR_ADDRESS),
    uintWord(deposit.nonce),
    uintWord(deposit.validBefore),
    keccakBytes(keccakText(DEPOSIT_WITNESS), bytes32Word(deposit.channelId)),
  )
}

const field = (type: string, name: string): { name: string; type: string } => ({ name, type })

function channelTypedData(chainId: bigint, data: Pick<TypedData, 'types' | 'primaryType' | 'message'>): TypedData {
  const verifyingContract = BATCH_SETTLEMENT_ADDRESS
  return {
    domain: { name: 'x402 Batch Settlement', version: '1', chainId: Number(chainId), verifyingContract },
    ...data,
  }
}

/** A voucher as `eth_signTypedData_v4` wants it. */
export function voucherTypedData(voucher: Voucher, chainId: bigint): TypedData {
  return channelTypedData(chainId, {
    types: { Voucher: [field('bytes32', 'channelId'), field('uint128', 'maxClaimableAmount')] },
    primaryType: 'Voucher',
    message: { ...voucher },
  })
}

/** A refund as `eth_signTypedData_v4` wants it. */
export function refundTypedData(refund: RefundOrder, chainId: bigint): TypedData {
  return channelTypedData(chainId, {
    types: { Refund: [field('bytes32', 'channelId'), field('uint256', 'nonce'), field('uint128', 'amount')] },
    primaryType: 'Refund',
    message: { ...refund },
  })
}

/** A batch of claims as `eth_signTypedData_v4` wants it. */
export function claimBatchTypedData(claims: readonly ClaimEntry[], chainId: bigint): TypedData {
  return channelTypedData(chainId, {
    types: {
      ClaimBatch: [field('ClaimEntry[]', 'claims')],
      ClaimEntry: [
        field('bytes32', 'channelId'),
        field('uint128', 'maxClaimableAmount'),
        field('uint128', 'totalClaimed'),
      ],
    },
    primaryType: 'ClaimBatch',
    message: { claims: claims.map((claim) => ({ ...claim })) },
  })
}

/** A deposit as `eth_signTypedData_v4` wants it. */
export function depositTypedData(deposit: DepositAuthorization, domain: TokenDomain): TypedData {
  if (deposit.method === 'eip3009') {
    return {
      domain: { ...domain, chainId: Number(domain.chainId) },
      types: {
        ReceiveWithAuthorization: [
          field('address', 'from'),
          field('address', 'to'),
          field('uint256', 'value'),
          field('uint256', 'validAfter'),
          field('uint256', 'validBefore'),
          field('bytes32', 'nonce'),
        ],
      },
      primaryType: 'ReceiveWithAuthorization',
      message: {
        from: deposit.from,
        to: ERC3009_DEPOSIT_COLLECTOR_ADDRESS,
        value: deposit.value,
        validAfter: deposit.validAfter,
        validBefore: deposit.validBefore,
        nonce: depositNonce(deposit.channelId, deposit.salt),
      },
    }
  }
  return {
    domain: { name: 'Permit2', chainId: Number(domain.chainId), verifyingContract: PERMIT2_ADDRESS },
    types: {
      PermitWitnessTransferFrom: [
        field('TokenPermissions', 'permitted'),
        field('address', 'spender'),
        field('uint256', 'nonce'),
        field('uint256', 'deadline'),
        field('DepositWitness', 'witness'),
      ],
      TokenPermissions: [field('address', 'token'), field('uint256', 'amount')],
      DepositWitness: [field('bytes32', 'channelId')],
    },
    primaryType: 'PermitWitnessTransferFrom',
    message: {
      permitted: { token: deposit.token, amount: deposit.value },
      spender: PERMIT2_DEPOSIT_COLLECTOR_ADDRESS,
      nonce: deposit.nonce,
      deadline: deposit.validBefore,
      witness: { channelId: deposit.channelId },
    },
  }
}

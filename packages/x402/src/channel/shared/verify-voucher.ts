import { type Address, isSameAddress, ZERO_ADDRESS } from '../../address.js'
import type { DigestOptions } from '../../evm/eip712.js'
import { isSignedBy, type SignatureTools, type SignedDigest } from '../../evm/signature.js'
import { bytesOf } from '../../hex.js'
import type { Keccak } from '../../keccak.js'
import { type Refusal, refusal } from '../../protocol/reason.js'
import type { ChannelConfig } from './channel-config.js'
import type { SignedVoucher } from './channel-payload.js'
import type { ChannelTerms } from './channel-terms.js'
import { channelIdOf, hashVoucher } from './channel-typed-data.js'

/** Compares a channel with what the requirements say. */
export function checkChannelConfig(
  config: ChannelConfig,
  against: { readonly terms: ChannelTerms; readonly channelId: string; readonly keccak?: Keccak | undefined },
): Refusal | undefined {
  const { terms, channelId, keccak } = against
  const { chainId, domainSeparator } = terms
  if (channelIdOf(config, chainId, { keccak, domainSeparator }) !== channelId) {
    return refusal('invalid_batch_settlement_evm_channel_id_mismatch', 'channelConfig does not hash to channelId')
  }
  if (!isSameAddress(config.receiver, terms.receiver)) {
    return refusal('invalid_batch_settlement_evm_receiver_mismatch', 'receiver is not payTo')
  }
  if (!isSameAddress(config.receiverAuthorizer, terms.receiverAuthorizer)) {
    return refusal('invalid_batch_settlement_evm_receiver_authorizer_mismatch', 'not the receiver authorizer asked for')
  }
  if (!isSameAddress(config.token, terms.token)) {
    return refusal('invalid_batch_settlement_evm_token_mismatch', 'token is not the asset')
  }
  if (config.withdrawDelay !== terms.withdrawDelay) {
    return refusal('invalid_batch_settlement_evm_withdraw_delay_mismatch', 'not the withdraw delay asked for')
  }
  if (config.payer === ZERO_ADDRESS) return refusal('invalid_payload', 'payer is the zero address')
  return undefined
}

/** Who must have signed the vouchers of a channel. */
export function voucherSignerOf(config: ChannelConfig): Address {
  return config.payerAuthorizer === ZERO_ADDRESS ? config.payer : config.payerAuthorizer
}

/** Tells whether vouchers of a channel may be signed by a contract wallet, which only the chain can judge. */
export function isContractSigned(config: ChannelConfig): boolean {
  return config.payerAuthorizer === ZERO_ADDRESS
}

/** Judges a voucher's ECDSA signature: 65 bytes, low s, by the channel's authorizer. */
export function isVoucherSigned(
  voucher: SignedVoucher,
  by: { readonly signer: Address; readonly chainId: bigint } & SignatureTools & DigestOptions,
): boolean {
  const digest = bytesOf(hashVoucher(voucher, by.chainId, by))
  return isDigestSigned({ digest, signature: voucher.signature, account: by.signer }, by)
}

/** {@link isVoucherSigned} where the voucher's digest is known. */
export function isDigestSigned(signed: SignedDigest, tools: SignatureTools): boolean {
  try {
    return isSignedBy(signed, tools)
  } catch {
    return false
  }
}

import { type Address, isSameAddress, ZERO_ADDRESS } from '../../address.js'
import type { DigestOptions } from '../../evm/eip712.js'
import { isSignedBy, type SignatureTools, type SignedDigest } from '../../evm/signature.js'
import type { Hex } from '../../hex.js'
import type { Keccak } from '../../keccak.js'
import { type Refusal, refusal } from '../../protocol/reason.js'
import type { ChannelConfig } from './channel-config.js'
import type { SignedVoucher } from './channel-payload.js'
import type { ChannelTerms } from './channel-terms.js'
import { channelIdOf, voucherDigest } from './channel-typed-data.js'

/** Tells whether a channel of these terms' chain has this id. */
export type IsIdOf = (channelId: Hex, config: ChannelConfig, terms: ChannelTerms) => boolean

const MAX_CHANNELS = 4096

/** Builds a test of ids for a server, which meets the same channels again and again: it remembers what their configurations are. */
export function createIdTest(keccak: Keccak | undefined): IsIdOf {
  const known = new Map<string, ChannelConfig>()
  return (channelId, config, { chainId, domainSeparator }) => {
    const key = `${chainId}:${channelId}`
    const before = known.get(key)
    if (before !== undefined && isSameConfig(before, config)) return true
    if (channelIdOf(config, chainId, { keccak, domainSeparator }) !== channelId) return false
    if (known.size >= MAX_CHANNELS) known.clear()
    known.set(key, config)
    return true
  }
}

function isSameConfig(a: ChannelConfig, b: ChannelConfig): boolean {
  return (
    a.payer === b.payer &&
    a.payerAuthorizer === b.payerAuthorizer &&
    a.receiver === b.receiver &&
    a.receiverAuthorizer === b.receiverAuthorizer &&
    a.token === b.token &&
    a.withdrawDelay === b.withdrawDelay &&
    a.salt === b.salt
  )
}

/** Compares a channel with what the requirements say. */
export function checkChannelConfig(
  config: ChannelConfig,
  against: {
    readonly terms: ChannelTerms
    readonly channelId: Hex
    readonly keccak?: Keccak | undefined
    /** Remembers what was hashed; {@link channelIdOf} when absent. */
    readonly isIdOf?: IsIdOf | undefined
  },
): Refusal | undefined {
  const { terms, channelId, keccak } = against
  const { chainId, domainSeparator } = terms
  const isId =
    against.isIdOf?.(channelId, config, terms) ??
    channelIdOf(config, chainId, { keccak, domainSeparator }) === channelId
  if (!isId) {
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
  const digest = voucherDigest(voucher, by.chainId, by)
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

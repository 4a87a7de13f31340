import type { CreatePaymentOptions } from '../../client/client-scheme.js'
import { bytes32Word, uintWord } from '../../evm/abi.js'
import { parseEcdsaSignature } from '../../evm/signature.js'
import { type PaymentSigner, signWith } from '../../evm/signer.js'
import { isHex, lowerHex } from '../../hex.js'
import { keccakHex } from '../../keccak.js'
import { evmChainId } from '../../protocol/network.js'
import { X402Error } from '../../x402-error.js'
import type { SignedDeposit, SignedVoucher } from '../shared/channel-payload.js'
import type { ChannelTerms } from '../shared/channel-terms.js'
import {
  type DepositAuthorization,
  depositTypedData,
  hashDeposit,
  hashVoucher,
  voucherTypedData,
} from '../shared/channel-typed-data.js'
import type { DepositPolicy } from './channel-client-options.js'
import { type ClientChannel, unspentOf } from './client-channel.js'

const DEFAULT_MULTIPLIER = 10

/** Signs for channels. */
export interface ChannelSigner {
  /** `domainSeparator` where the caller has it at hand. */
  signVoucher(channel: ClientChannel, maxClaimableAmount: bigint, domainSeparator?: Uint8Array): Promise<SignedVoucher>
  /** Signs what a call lacks in its channel, or more, as the policy and the server want. @throws X402Error `DEPOSIT_ABOVE_CAP` */
  signDeposit(
    channel: ClientChannel,
    call: {
      readonly terms: ChannelTerms
      /** What the channel must hold for the call, beside what was charged. */
      readonly max: bigint
      readonly payment: CreatePaymentOptions
      readonly validBefore: bigint
    },
  ): Promise<SignedDeposit>
}

/** Builds a signer of vouchers and deposits. @throws X402Error `INVALID_OPTIONS` */
export function createChannelSigner(options: {
  readonly signer: PaymentSigner
  readonly authorizer: PaymentSigner
  readonly policy: DepositPolicy
  readonly channels: () => Promise<readonly ClientChannel[]>
}): ChannelSigner {
  const { signer, authorizer, policy, channels } = options
  const { multiplier = DEFAULT_MULTIPLIER } = policy
  if (!Number.isSafeInteger(multiplier) || multiplier < 1) {
    throw new X402Error('INVALID_OPTIONS', 'depositPolicy.multiplier: expected a whole number from 1')
  }

  async function lockedElsewhere(channel: ClientChannel): Promise<bigint> {
    if (policy.maxLocked === undefined) return 0n
    const { channelId, network, config } = channel
    return (await channels())
      .filter(
        (other) => other.channelId !== channelId && other.network === network && other.config.token === config.token,
      )
      .reduce((sum, other) => sum + unspentOf(other), 0n)
  }

  /** The least of what the policies still allow in a channel. */
  async function roomFor(channel: ClientChannel, maxDeposit: bigint | undefined): Promise<bigint | undefined> {
    const unspent = unspentOf(channel)
    const limits = [policy.maxPerChannel, maxDeposit].flatMap((limit) => (limit === undefined ? [] : [limit - unspent]))
    if (policy.maxLocked !== undefined) limits.push(policy.maxLocked - unspent - (await lockedElsewhere(channel)))
    const [first, ...others] = limits
    return first === undefined ? undefined : others.reduce((least, limit) => (limit < least ? limit : least), first)
  }

  return {
    async signVoucher(channel, maxClaimableAmount, domainSeparator) {
      const voucher = { channelId: channel.channelId, maxClaimableAmount }
      const chainId = evmChainId(channel.network)
      const signature = await signWith(authorizer, {
        digest: () => hashVoucher(voucher, chainId, { domainSeparator }),
        typedData: () => voucherTypedData(voucher, chainId),
      })
      return { ...voucher, signature: parseEcdsaSignature(signature) }
    },
    async signDeposit(channel, { terms, max, payment, validBefore }) {
      const needed = max - channel.balance
      const wanted = terms.minDeposit ?? terms.amount * BigInt(multiplier)
      const room = await roomFor(channel, payment.maxDeposit)
      let amount = wanted > needed ? wanted : needed
      if (room !== undefined && amount > room) amount = room
      if (amount < needed || amount <= 0n) {
        throw new X402Error(
          'DEPOSIT_ABOVE_CAP',
          `this call needs ${needed} atomic units more in its channel than is allowed`,
        )
      }
      const common = { from: channel.config.payer, value: amount, validBefore, channelId: channel.channelId }
      // One nonce can move money once: a deposit that is signed again for the same channel state takes the same place.
      const nonce = keccakHex(bytes32Word(payment.nonce), uintWord(channel.balance))
      const authorization: DepositAuthorization =
        terms.method === 'eip3009'
          ? { method: 'eip3009', ...common, validAfter: 0n, salt: nonce }
          : { method: 'permit2', ...common, token: terms.token, nonce: BigInt(nonce) }
      const domain = terms.domain ?? { name: '', version: '', chainId: terms.chainId, verifyingContract: terms.token }
      const signature = await signWith(signer, {
        digest: () => hashDeposit(authorization, domain),
        typedData: () => depositTypedData(authorization, domain),
      })
      return {
        amount,
        authorization,
        signature: isHex(signature, 65) ? parseEcdsaSignature(signature) : lowerHex(signature),
        spender: undefined,
      }
    },
  }
}

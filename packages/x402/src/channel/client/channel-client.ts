import { parseAddress } from '../../address.js'
import type { CreatedPayment, CreatePaymentOptions } from '../../client/client-scheme.js'
import { type Hex, isHex, lowerHex } from '../../hex.js'
import { type Network, parseNetwork } from '../../protocol/network.js'
import type { PaymentRequirements } from '../../protocol/payment-requirements.js'
import { createMemoryStorage } from '../../storage/text-storage.js'
import { X402Error } from '../../x402-error.js'
import type { ChannelConfig } from '../shared/channel-config.js'
import { CHANNEL_SCHEME, MAX_UINT128 } from '../shared/channel-contracts.js'
import { encodePayerPayload, type SignedDeposit } from '../shared/channel-payload.js'
import { readChannelState } from '../shared/channel-state.js'
import { type ChannelTerms, createTermsReader } from '../shared/channel-terms.js'
import { channelIdOf, channelPaymentHash } from '../shared/channel-typed-data.js'
import { createKeyQueue } from '../shared/key-queue.js'
import type { ChannelClient, ChannelClientOptions } from './channel-client-options.js'
import { createChannelSession } from './channel-session.js'
import { createChannelSigner } from './channel-signer.js'
import { type ClientChannel, createChannelBook } from './client-channel.js'
import { requestRefund } from './request-refund.js'
import { finishWithdrawal, startWithdrawal } from './withdraw-channel.js'

const ZERO_SALT: Hex = `0x${'00'.repeat(32)}`
const DEFAULT_MAX_WITHDRAW_DELAY = 86_400
/** A deposit that expires sooner is not sent again. */
const DEPOSIT_MARGIN_SECONDS = 12n
/**
 * The client's side of `batch-settlement`: opens a channel with the first payment, then signs one cumulative voucher per
 * call. Calls on one channel wait for each other. What was signed is written down before it is sent.
 */
export function channelClient(options: ChannelClientOptions): ChannelClient {
  const { signer, chain, depositPolicy = {}, onFrozen } = options
  const authorizer = options.authorizer ?? signer
  const salt = lowerHex(options.salt ?? ZERO_SALT)
  if (!isHex(salt, 32)) throw new X402Error('INVALID_OPTIONS', 'salt: expected 32 bytes')
  const { maxWithdrawDelaySeconds = DEFAULT_MAX_WITHDRAW_DELAY } = depositPolicy
  const networks = options.networks?.map(parseNetwork)
  const book = createChannelBook(options.storage ?? createMemoryStorage())
  const queue = createKeyQueue()
  const { signVoucher, signDeposit } = createChannelSigner({
    signer,
    authorizer,
    policy: depositPolicy,
    channels: book.all,
  })

  interface Target {
    readonly terms: ChannelTerms
    readonly config: ChannelConfig
    readonly channelId: Hex
  }

  const termsOf = createTermsReader()
  /** What terms mean to this payer; the reader gives the same object for the same terms. */
  const targets = new WeakMap<ChannelTerms, Target>()

  function targetOf(requirements: PaymentRequirements): Target | undefined {
    if (networks !== undefined && !networks.includes(requirements.network)) return undefined
    const terms = termsOf(requirements)
    if (terms === undefined || terms.withdrawDelay > maxWithdrawDelaySeconds) return undefined
    if (terms.method === 'eip3009' && terms.domain === undefined) return undefined
    const known = targets.get(terms)
    if (known !== undefined) return known
    const { receiver, receiverAuthorizer, token, withdrawDelay, chainId, domainSeparator } = terms
    const payer = parseAddress(signer.address)
    const payerAuthorizer = parseAddress(authorizer.address)
    const config = { payer, payerAuthorizer, receiver, receiverAuthorizer, token, withdrawDelay, salt }
    const target = { terms, config, channelId: channelIdOf(config, chainId, { domainSeparator }) }
    targets.set(terms, target)
    return target
  }

  /** The channel as it is remembered, or as the chain knows it, or new. */
  async function open(target: Target, network: Network): Promise<ClientChannel> {
    const { channelId, config } = target
    const known = await book.find(channelId)
    if (known !== undefined) return known
    const onChain = chain === undefined ? undefined : await readChannelState(chain, channelId)
    return {
      channelId,
      network,
      config,
      balance: onChain?.balance ?? 0n,
      charged: onChain?.totalClaimed ?? 0n,
      signedMax: onChain?.totalClaimed ?? 0n,
      // What was signed before is forgotten, so a correction by the server is to be believed with proof.
      isInDoubt: true,
      pendingDeposit: undefined,
      frozen: undefined,
    }
  }

  async function createInTurn(
    requirements: PaymentRequirements,
    call: { readonly target: Target; readonly payment: CreatePaymentOptions; readonly leave: () => void },
  ): Promise<CreatedPayment> {
    const { target, payment, leave } = call
    const { terms } = target
    let channel = await open(target, requirements.network)
    if (channel.frozen !== undefined) throw new X402Error('CHANNEL_FROZEN', channel.frozen)
    const { pendingDeposit } = channel
    if (
      pendingDeposit !== undefined &&
      pendingDeposit.authorization.validBefore < payment.now + DEPOSIT_MARGIN_SECONDS
    ) {
      // It can no longer be brought. Whether it was, only the chain knows; the count stays when there is none.
      const onChain = chain === undefined ? undefined : await readChannelState(chain, channel.channelId)
      channel = { ...channel, pendingDeposit: undefined, balance: onChain?.balance ?? channel.balance }
    }
    const max = channel.charged + terms.amount
    if (max > MAX_UINT128) throw new X402Error('INVALID_AMOUNT', 'the channel has counted to its end')
    payment.count?.(max > channel.signedMax ? max - channel.signedMax : 0n)
    const validBefore = payment.now + BigInt(requirements.maxTimeoutSeconds)
    let deposit: SignedDeposit | undefined
    if (max > channel.balance) {
      const known = channel.pendingDeposit
      deposit =
        known !== undefined && max <= channel.balance + known.amount
          ? known
          : await signDeposit(channel, { terms, max, payment, validBefore })
    }
    const wasCertain = !channel.isInDoubt
    const signedBefore = channel.signedMax
    const voucher = await signVoucher(channel, max, terms.domainSeparator)
    // Written before it is sent: after a crash the client knows what it is bound to.
    channel = await book.keep({
      ...channel,
      signedMax: max > channel.signedMax ? max : channel.signedMax,
      isInDoubt: true,
      pendingDeposit: deposit ?? channel.pendingDeposit,
    })
    const common = { config: target.config, voucher, callId: payment.nonce }
    return {
      payload: encodePayerPayload(
        deposit === undefined ? { type: 'voucher', ...common } : { type: 'deposit', ...common, deposit },
      ),
      payer: target.config.payer,
      paymentHash: channelPaymentHash(
        voucher,
        { chainId: terms.chainId, chargedBefore: channel.charged },
        { domainSeparator: terms.domainSeparator },
      ),
      authorized: terms.amount,
      validBefore,
      session: createChannelSession(
        {
          channel,
          ceiling: terms.amount,
          isDeposit: deposit !== undefined,
          wasCertain,
          signedBefore,
          holdMs: requirements.maxTimeoutSeconds * 1000,
          leave,
        },
        { chain, keep: book.keep, onFrozen },
      ),
    }
  }

  function requireTarget(requirements: PaymentRequirements): Target {
    const target = targetOf(requirements)
    if (target === undefined) throw new X402Error('UNSUPPORTED_SCHEME', 'not channel requirements that can be paid')
    return target
  }

  async function requireChannel(channelId: Hex): Promise<ClientChannel> {
    const channel = await book.find(lowerHex(channelId))
    if (channel === undefined) throw new X402Error('CHANNEL_MISSING', 'no such channel is remembered')
    return channel
  }

  return {
    scheme: CHANNEL_SCHEME,
    isSupported: (requirements) => targetOf(requirements) !== undefined,
    async createPayload(requirements, payment) {
      const target = requireTarget(requirements)
      const leave = await queue.enter(target.channelId)
      if (leave === undefined) throw new X402Error('CHANNEL_REFUSED', 'the wait for the channel ended')
      try {
        return await createInTurn(requirements, { target, payment, leave })
      } catch (error) {
        leave()
        throw error
      }
    },
    channels: () => book.all(),
    async refund(url, { fetch, amount }) {
      return requestRefund(url, {
        fetch,
        amount,
        chain,
        select: (required) => required.accepts.find((candidate) => targetOf(candidate) !== undefined),
        async begin(requirements) {
          const target = requireTarget(requirements)
          const leave = await queue.enter(target.channelId)
          const channel = await open(target, requirements.network)
          return { channel, leave: leave ?? (() => undefined) }
        },
        signVoucher,
        keep: book.keep,
      })
    },
    async startWithdraw(channelId, { writer, amount }) {
      return startWithdrawal(await requireChannel(channelId), { writer, chain, amount })
    },
    async finishWithdraw(channelId, { writer }) {
      const channel = await requireChannel(channelId)
      const { transaction, balance } = await finishWithdrawal(channel, { writer, chain })
      if (balance !== undefined) await book.keep({ ...channel, balance })
      return transaction
    },
  }
}

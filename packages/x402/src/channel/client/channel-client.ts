import { parseAddress } from '../../address.js'
import type { ClientScheme, CreatedPayment, CreatePaymentOptions, PaymentSession } from '../../client/client-scheme.js'
import { settlementOf } from '../../client/refusal-reason.js'
import { type Fetch, systemClock } from '../../defaults.js'
import { bytes32Word, uintWord } from '../../evm/abi.js'
import type { ChainReader, ChainWriter } from '../../evm/chain.js'
import { parseEcdsaSignature } from '../../evm/signature.js'
import type { TypedDataSigner } from '../../evm/signer.js'
import { type Hex, isHex, lowerHex } from '../../hex.js'
import { keccakHex } from '../../keccak.js'
import { decodePaymentRequired, PAYMENT_REQUIRED_HEADER } from '../../protocol/header.js'
import { evmChainId, type Network, parseNetwork } from '../../protocol/network.js'
import type { PaymentRequired } from '../../protocol/payment-required.js'
import type { PaymentRequirements } from '../../protocol/payment-requirements.js'
import type { SettleResponse } from '../../protocol/settle-response.js'
import { X402Error } from '../../x402-error.js'
import { finalizeWithdrawCalldata, initiateWithdrawCalldata } from '../shared/channel-calldata.js'
import type { ChannelConfig } from '../shared/channel-config.js'
import { BATCH_SETTLEMENT_ADDRESS, CHANNEL_SCHEME, MAX_UINT128 } from '../shared/channel-contracts.js'
import { encodeChannelPayload, type SignedDeposit, type SignedVoucher } from '../shared/channel-payload.js'
import { readChannelState } from '../shared/channel-state.js'
import { type ChannelTerms, channelTermsOf } from '../shared/channel-terms.js'
import {
  channelIdOf,
  channelPaymentHash,
  type DepositAuthorization,
  depositTypedData,
  voucherTypedData,
} from '../shared/channel-typed-data.js'
import { createKeyQueue } from '../shared/key-queue.js'
import { type ChannelStorage, createMemoryChannelStorage } from './channel-storage.js'
import { type ClientChannel, createChannelBook, unspentOf } from './client-channel.js'
import { type Judgement, judgeCorrection, judgeSettlement } from './judge-answer.js'
import { requestRefund } from './request-refund.js'

/** How much a client puts into its channels. Amounts are atomic units. */
export interface DepositPolicy {
  /** Deposit as a multiple of the price of one call; 10 when absent. A server's `minDeposit` goes before it. */
  readonly multiplier?: number
  /** Most that one channel may hold unspent; with `wrapFetch`, its policy bounds it too. */
  readonly maxPerChannel?: bigint
  /** Most that all channels of one token may hold unspent together. */
  readonly maxLocked?: bigint
  /** Longest time that money may stay locked when the server does not cooperate, in seconds; one day when absent. */
  readonly maxWithdrawDelaySeconds?: number
}

/** Options of {@link channelClient}. */
export interface ChannelClientOptions {
  /** The payer: signs deposits. */
  readonly signer: TypedDataSigner
  /** Signs vouchers: a session key, so that the payer's own key can stay away. The payer when absent. */
  readonly authorizer?: TypedDataSigner
  /** Where channels are remembered; memory when absent. */
  readonly storage?: ChannelStorage
  /** Reads the chain after a loss of state, and to check corrections. Without it the server's signed proof must do. */
  readonly chain?: Pick<ChainReader, 'call'>
  readonly depositPolicy?: DepositPolicy
  /** Tells channels of the same parties apart, 32 bytes: one per device or tab. Zero when absent, as official clients have it. */
  readonly salt?: Hex
  /** Networks to pay on; every `eip155` network when absent. */
  readonly networks?: readonly Network[]
  /** Told when a server's count cannot be true. Nothing more is signed; withdraw what is left. */
  readonly onFrozen?: (channel: ClientChannel) => void
}

/** A payer's side of `batch-settlement`. */
export interface ChannelClient extends ClientScheme {
  /** All channels that are remembered. */
  channels(): Promise<readonly ClientChannel[]>
  /**
   * Asks the server behind `url` for what is left in its channel, or for `amount` of it.
   * @throws X402Error `CHANNEL_REFUSED` with the server's reason, `CHANNEL_MISSING`, `NO_ACCEPTABLE_REQUIREMENTS`
   */
  refund(url: string, options: { readonly fetch: Fetch; readonly amount?: bigint }): Promise<SettleResponse>
  /**
   * Starts the way out that needs no server. The writer must be the payer or its authorizer.
   * @throws X402Error `CHANNEL_MISSING`
   */
  startWithdraw(channelId: Hex, options: { readonly writer: ChainWriter; readonly amount?: bigint }): Promise<Hex>
  /** Ends the way out after the withdraw delay; see {@link ChannelClient.startWithdraw}. */
  finishWithdraw(channelId: Hex, options: { readonly writer: ChainWriter }): Promise<Hex>
}

const ZERO_SALT: Hex = `0x${'00'.repeat(32)}`
const DEFAULT_MULTIPLIER = 10
const DEFAULT_MAX_WITHDRAW_DELAY = 86_400
/** A deposit that expires sooner is not sent again. */
const DEPOSIT_MARGIN_SECONDS = 12n
const BUSY_PAUSE_MS = 250
/** Longest time that one answer keeps the others of its channel waiting, in milliseconds. The server queues too. */
const MAX_HOLD_MS = 120_000

/**
 * The client's side of `batch-settlement`: opens a channel with the first payment, then signs one cumulative voucher per
 * call. Calls on one channel wait for each other. What was signed is written down before it is sent.
 */
export function channelClient(options: ChannelClientOptions): ChannelClient {
  const { signer, chain, depositPolicy = {}, onFrozen } = options
  const authorizer = options.authorizer ?? signer
  const salt = lowerHex(options.salt ?? ZERO_SALT)
  if (!isHex(salt, 32)) throw new X402Error('INVALID_OPTIONS', 'salt: expected 32 bytes')
  const { multiplier = DEFAULT_MULTIPLIER, maxWithdrawDelaySeconds = DEFAULT_MAX_WITHDRAW_DELAY } = depositPolicy
  if (!Number.isSafeInteger(multiplier) || multiplier < 1) {
    throw new X402Error('INVALID_OPTIONS', 'depositPolicy.multiplier: expected a whole number from 1')
  }
  const networks = options.networks?.map(parseNetwork)
  const book = createChannelBook(options.storage ?? createMemoryChannelStorage())
  const queue = createKeyQueue()

  interface Target {
    readonly terms: ChannelTerms
    readonly config: ChannelConfig
    readonly channelId: Hex
  }

  function targetOf(requirements: PaymentRequirements): Target | undefined {
    if (networks !== undefined && !networks.includes(requirements.network)) return undefined
    const terms = channelTermsOf(requirements)
    if (terms === undefined || terms.withdrawDelay > maxWithdrawDelaySeconds) return undefined
    if (terms.method === 'eip3009' && terms.domain === undefined) return undefined
    const config: ChannelConfig = {
      payer: parseAddress(signer.address),
      payerAuthorizer: parseAddress(authorizer.address),
      receiver: terms.receiver,
      receiverAuthorizer: terms.receiverAuthorizer,
      token: terms.token,
      withdrawDelay: terms.withdrawDelay,
      salt,
    }
    return { terms, config, channelId: channelIdOf(config, terms.chainId) }
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

  async function signVoucher(channel: ClientChannel, maxClaimableAmount: bigint): Promise<SignedVoucher> {
    const voucher = { channelId: channel.channelId, maxClaimableAmount }
    const signature = await authorizer.signTypedData({ ...voucherTypedData(voucher, evmChainId(channel.network)) })
    return { ...voucher, signature: parseEcdsaSignature(signature) }
  }

  async function lockedElsewhere(channel: ClientChannel): Promise<bigint> {
    if (depositPolicy.maxLocked === undefined) return 0n
    const { channelId, network, config } = channel
    return (await book.all())
      .filter(
        (other) => other.channelId !== channelId && other.network === network && other.config.token === config.token,
      )
      .reduce((sum, other) => sum + unspentOf(other), 0n)
  }

  async function signDeposit(
    channel: ClientChannel,
    call: {
      readonly terms: ChannelTerms
      readonly max: bigint
      readonly payment: CreatePaymentOptions
      readonly validBefore: bigint
    },
  ): Promise<SignedDeposit> {
    const { terms, max, payment, validBefore } = call
    const unspent = unspentOf(channel)
    const limits = [depositPolicy.maxPerChannel, payment.maxDeposit].flatMap((limit) =>
      limit === undefined ? [] : [limit - unspent],
    )
    if (depositPolicy.maxLocked !== undefined) {
      limits.push(depositPolicy.maxLocked - unspent - (await lockedElsewhere(channel)))
    }
    const needed = max - channel.balance
    const wanted = terms.minDeposit ?? terms.amount * BigInt(multiplier)
    let amount = wanted > needed ? wanted : needed
    for (const limit of limits) if (amount > limit) amount = limit
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
    const signature = await signer.signTypedData({ ...depositTypedData(authorization, domain) })
    return {
      amount,
      authorization,
      signature: isHex(signature, 65) ? parseEcdsaSignature(signature) : lowerHex(signature),
      spender: undefined,
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
    const voucher = await signVoucher(channel, max)
    // Written before it is sent: after a crash the client knows what it is bound to.
    channel = await book.keep({
      ...channel,
      signedMax: max > channel.signedMax ? max : channel.signedMax,
      isInDoubt: true,
      pendingDeposit: deposit ?? channel.pendingDeposit,
    })
    const common = { config: target.config, voucher, callId: payment.nonce }
    return {
      payload: encodeChannelPayload(
        deposit === undefined ? { type: 'voucher', ...common } : { type: 'deposit', ...common, deposit },
      ),
      payer: target.config.payer,
      paymentHash: channelPaymentHash(voucher, { chainId: terms.chainId, chargedBefore: channel.charged }),
      authorized: terms.amount,
      validBefore,
      session: sessionOf(channel, {
        ceiling: terms.amount,
        isDeposit: deposit !== undefined,
        wasCertain,
        signedBefore,
        holdMs: requirements.maxTimeoutSeconds * 1000,
        leave,
      }),
    }
  }

  function sessionOf(
    channel: ClientChannel,
    call: {
      readonly ceiling: bigint
      readonly isDeposit: boolean
      readonly wasCertain: boolean
      readonly signedBefore: bigint
      readonly holdMs: number
      readonly leave: () => void
    },
  ): PaymentSession {
    const { ceiling, isDeposit, wasCertain, signedBefore, leave } = call
    // An answer whose body nobody reads must not block the channel for ever.
    const timer = setTimeout(leave, Math.min(call.holdMs, MAX_HOLD_MS))
    if (typeof timer === 'object' && 'unref' in timer) timer.unref()
    const close = (): void => {
      clearTimeout(timer)
      leave()
    }

    async function judge(response: Response): Promise<'done' | 'again'> {
      const settlement = settlementOf(response)
      if (settlement?.success === true) {
        const judged = judgeSettlement({ ...channel, isInDoubt: !wasCertain }, { settlement, ceiling, isDeposit })
        // The outcome of an earlier attempt is taken over where it fits; it proves nothing where it does not.
        if (judged.kind === 'frozen' && response.status === 409) return 'done'
        if (judged.kind !== 'unchanged') await book.keep(judged.channel)
        if (judged.kind === 'frozen') onFrozen?.(judged.channel)
        return 'done'
      }
      const header = response.status === 402 ? response.headers.get(PAYMENT_REQUIRED_HEADER) : null
      if (header === null) return 'done'
      let required: PaymentRequired
      try {
        required = decodePaymentRequired(header)
      } catch {
        return 'done'
      }
      if (required.error === 'invalid_batch_settlement_evm_channel_busy') {
        await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS))
        return 'again'
      }
      let judged: Judgement
      try {
        judged = await judgeCorrection(channel, { required, chain, wasCertain, signedBefore })
      } catch {
        // Without the chain's word nothing is taken over; the caller gets the server's answer.
        return 'done'
      }
      if (judged.kind === 'unchanged') return 'done'
      await book.keep(judged.channel)
      if (judged.kind === 'frozen') onFrozen?.(judged.channel)
      return judged.kind === 'frozen' ? 'done' : 'again'
    }

    return {
      async answered(response) {
        let verdict: 'done' | 'again'
        try {
          verdict = await judge(response)
        } catch (error) {
          close()
          throw error
        }
        // A stream that says nothing of its charge keeps the channel until it ends; the next call then is corrected.
        if (!response.ok || settlementOf(response) !== undefined) close()
        return verdict
      },
      closed: close,
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

  async function send(
    call: { readonly channelId: Hex; readonly data: Hex; readonly what: string },
    writer: ChainWriter,
  ): Promise<Hex> {
    const dedupeKey = keccakHex(new TextEncoder().encode(`${call.what} ${systemClock()} ${call.data}`))
    const { transaction, status } = await writer.execute({ to: BATCH_SETTLEMENT_ADDRESS, data: call.data, dedupeKey })
    if (status === 'reverted') throw new X402Error('CHANNEL_REFUSED', `the chain refused to ${call.what}`)
    return transaction
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
      const channel = await requireChannel(channelId)
      const known = chain === undefined ? undefined : await readChannelState(chain, channel.channelId)
      const free =
        known === undefined ? unspentOf({ ...channel, pendingDeposit: undefined }) : known.balance - known.totalClaimed
      const data = initiateWithdrawCalldata(channel.config, amount ?? free)
      return send({ channelId: channel.channelId, data, what: 'start the withdrawal' }, writer)
    },
    async finishWithdraw(channelId, { writer }) {
      const channel = await requireChannel(channelId)
      const data = finalizeWithdrawCalldata(channel.config)
      const transaction = await send({ channelId: channel.channelId, data, what: 'finish the withdrawal' }, writer)
      if (chain !== undefined) {
        const { balance } = await readChannelState(chain, channel.channelId)
        await book.keep({ ...channel, balance })
      }
      return transaction
    },
  }
}

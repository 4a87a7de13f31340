import { settlementOf } from '../../client/refusal-reason.js'
import type { Fetch } from '../../defaults.js'
import type { ChainReader } from '../../evm/chain.js'
import {
  decodePaymentRequired,
  encodePaymentHeader,
  PAYMENT_REQUIRED_HEADER,
  PAYMENT_SIGNATURE_HEADER,
} from '../../protocol/header.js'
import type { PaymentRequired } from '../../protocol/payment-required.js'
import type { PaymentRequirements } from '../../protocol/payment-requirements.js'
import type { SettleResponse } from '../../protocol/settle-response.js'
import { X402Error } from '../../x402-error.js'
import { encodePayerPayload, type SignedVoucher } from '../shared/channel-payload.js'
import { parseChannelState } from '../shared/channel-state.js'
import type { ClientChannel } from './client-channel.js'
import { judgeCorrection } from './judge-answer.js'

/** What {@link requestRefund} works with. */
export interface RequestRefundOptions {
  readonly fetch: Fetch
  readonly amount: bigint | undefined
  readonly chain: Pick<ChainReader, 'call'> | undefined
  readonly select: (required: PaymentRequired) => PaymentRequirements | undefined
  readonly begin: (requirements: PaymentRequirements) => Promise<{ channel: ClientChannel; leave: () => void }>
  readonly signVoucher: (channel: ClientChannel, max: bigint) => Promise<SignedVoucher>
  readonly keep: (channel: ClientChannel) => Promise<ClientChannel>
}

function requiredIn(response: Response): PaymentRequired | undefined {
  const header = response.headers.get(PAYMENT_REQUIRED_HEADER)
  return response.status === 402 && header !== null ? decodePaymentRequired(header) : undefined
}

/** Asks a server for money back: a voucher for nothing new, answered with the refund's transaction. */
export async function requestRefund(url: string, options: RequestRefundOptions): Promise<SettleResponse> {
  const { fetch, amount, chain } = options
  const probe = await fetch(url, { redirect: 'error' })
  const required = requiredIn(probe)
  await probe.body?.cancel()
  const requirements = required === undefined ? undefined : options.select(required)
  if (required === undefined || requirements === undefined) {
    throw new X402Error('NO_ACCEPTABLE_REQUIREMENTS', 'the server offers no channel at this address')
  }
  const begun = await options.begin(requirements)
  let { channel } = begun
  try {
    for (let attempt = 1; ; attempt += 1) {
      if (channel.balance === 0n) throw new X402Error('CHANNEL_MISSING', 'there is nothing in this channel')
      const voucher = await options.signVoucher(channel, channel.charged)
      const content = encodePayerPayload({
        type: 'refund',
        config: channel.config,
        voucher,
        amount,
        order: undefined,
      })
      const payload = {
        x402Version: 2,
        resource: required.resource,
        accepted: requirements,
        payload: content,
        ...(required.extensions === undefined ? {} : { extensions: required.extensions }),
      } as const
      const response = await fetch(url, {
        headers: { [PAYMENT_SIGNATURE_HEADER]: encodePaymentHeader(payload) },
        redirect: 'error',
      })
      await response.body?.cancel()
      const settlement = settlementOf(response)
      if (settlement?.success === true) {
        await options.keep(afterRefund(channel, settlement))
        return settlement
      }
      const correction = requiredIn(response)
      const reason = settlement?.errorReason ?? correction?.error ?? `status ${response.status}`
      const judged =
        correction === undefined || settlement !== undefined || attempt > 1
          ? undefined
          : await judgeCorrection(channel, {
              required: correction,
              chain,
              wasCertain: !channel.isInDoubt,
              signedBefore: channel.signedMax,
            })
      if (judged === undefined || judged.kind === 'unchanged') throw new X402Error('CHANNEL_REFUSED', reason)
      channel = await options.keep(judged.channel)
      if (judged.kind === 'frozen') throw new X402Error('CHANNEL_FROZEN', channel.frozen ?? reason)
    }
  } finally {
    begun.leave()
  }
}

function afterRefund(channel: ClientChannel, settlement: SettleResponse): ClientChannel {
  let { balance } = channel
  try {
    const state = parseChannelState(settlement.extra?.['channelState'])
    // A refund takes out; it never puts in.
    if (state.channelId === channel.channelId && state.balance <= balance) balance = state.balance
  } catch {
    balance = channel.charged
  }
  return { ...channel, balance, pendingDeposit: undefined }
}

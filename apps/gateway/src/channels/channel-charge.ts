import { amountOf, type PaymentPayload } from '@og/x402'
import { type ChannelRecord, encodeChannelState, parseChannelPayload, type VoucherPayload } from '@og/x402/channel'
import type { Hex } from 'viem'

/** What a finished call takes from its channel. */
export interface ChannelCharge {
  readonly paymentHash: Hex
  readonly requestHash: Hex
  /** In atomic units; above 0. */
  readonly charged: bigint
  /** The payment as it was sent: a voucher, or a deposit with one. */
  readonly payload: PaymentPayload
}

/** How many named calls a record remembers, as `@og/x402` does. */
const maxRecent = 8

/** What a payment from a channel says, and what the channel had been charged before it. */
export function readVoucher(
  payload: PaymentPayload,
):
  | { readonly content: Pick<VoucherPayload, 'voucher' | 'config' | 'callId'>; readonly chargedBefore: bigint }
  | undefined {
  const content = parseChannelPayload(payload.payload)
  if (content.type !== 'voucher' && content.type !== 'deposit') return undefined
  return { content, chargedBefore: content.voucher.maxClaimableAmount - amountOf(payload.accepted) }
}

/** The channel after the charge of a call that ended it unbooked; `undefined` when the charge does not follow on its count. */
export function withCharge(
  record: ChannelRecord,
  { paymentHash, requestHash, charged, payload }: ChannelCharge,
): ChannelRecord | undefined {
  const read = readVoucher(payload)
  if (read === undefined || read.chargedBefore !== record.charged) return undefined
  const { voucher, callId, config } = read.content
  const { channelId, network } = record
  const total = record.charged + charged
  const settlement = {
    success: true,
    payer: config.payer,
    transaction: '',
    network,
    amount: '',
    extra: {
      chargedAmount: charged.toString(),
      channelState: encodeChannelState(record.state, { channelId, charged: total }),
    },
  }
  return {
    ...record,
    charged: total,
    signedMax: voucher.maxClaimableAmount,
    signature: voucher.signature,
    running: undefined,
    // Its call may have brought a deposit that nobody wrote down: the chain is asked again.
    syncedAt: 0n,
    recent:
      callId === undefined
        ? record.recent
        : [{ paymentHash, callId, requestHash, settlement }, ...record.recent].slice(0, maxRecent),
  }
}

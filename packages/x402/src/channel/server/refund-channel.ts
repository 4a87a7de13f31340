import type { TypedDataSigner } from '../../evm/signer.js'
import type { Facilitator } from '../../facilitator/facilitator.js'
import type { Hex } from '../../hex.js'
import { evmChainId } from '../../protocol/network.js'
import type { PaymentRequirements } from '../../protocol/payment-requirements.js'
import { type Refusal, refusal } from '../../protocol/reason.js'
import type { SettleResponse } from '../../protocol/settle-response.js'
import { encodeChannelPayload, type RefundPayload, type VoucherClaim } from '../shared/channel-payload.js'
import { type ChannelState, encodeChannelState, parseChannelState } from '../shared/channel-state.js'
import { claimBatchTypedData, refundTypedData } from '../shared/channel-typed-data.js'
import type { ChannelRecord } from './channel-store.js'

/** What a refund needs besides the client's wish. */
export interface RefundChannelOptions {
  readonly record: ChannelRecord
  readonly requirements: PaymentRequirements
  readonly facilitator: Facilitator
  readonly authorizer: TypedDataSigner | undefined
}

/** What became of a refund. */
export interface RefundOutcome {
  readonly settlement: SettleResponse
  readonly refusal: Refusal
  /** The channel afterwards, when the facilitator told. */
  readonly state: ChannelState | undefined
}

/** Completes a refund wish (claims, nonce, signatures) and has it settled. */
export async function refundChannel(payload: RefundPayload, options: RefundChannelOptions): Promise<RefundOutcome> {
  const { record, requirements, facilitator, authorizer } = options
  const { network } = requirements
  const { channelId, config, charged, state } = record
  const failed = (reason: Refusal['code'], settlement?: SettleResponse): RefundOutcome => ({
    settlement: settlement ?? { success: false, errorReason: reason, transaction: '', network, payer: config.payer },
    refusal: refusal(reason, 'the refund did not happen'),
    state: undefined,
  })
  const left = state.balance - charged
  if (left <= 0n) return failed('invalid_batch_settlement_evm_refund_no_balance')
  const amount = payload.amount === undefined || payload.amount > left ? left : payload.amount
  if (amount === 0n) return failed('invalid_batch_settlement_evm_refund_amount_invalid')
  const chainId = evmChainId(network)
  const claim: VoucherClaim = {
    config,
    maxClaimableAmount: payload.voucher.maxClaimableAmount,
    signature: payload.voucher.signature,
    totalClaimed: charged,
  }
  const claims = charged > state.totalClaimed ? [claim] : []
  const nonce = state.refundNonce
  let refundSignature: Hex | undefined
  let claimSignature: Hex | undefined
  if (authorizer !== undefined) {
    refundSignature = await authorizer.signTypedData({ ...refundTypedData({ channelId, nonce, amount }, chainId) })
    if (claims.length > 0) {
      const entries = [{ channelId, maxClaimableAmount: claim.maxClaimableAmount, totalClaimed: charged }]
      claimSignature = await authorizer.signTypedData({ ...claimBatchTypedData(entries, chainId) })
    }
  }
  const content = encodeChannelPayload({
    ...payload,
    amount,
    order: { nonce, claims, refundSignature, claimSignature },
  })
  const wish = { x402Version: 2, accepted: requirements, payload: content } as const
  let settlement: SettleResponse
  try {
    settlement = await facilitator.settle(wish, requirements)
    if (!settlement.success && settlement.errorReason === 'settlement_pending') {
      settlement = await facilitator.settle(wish, requirements)
    }
  } catch {
    return failed('unexpected_settle_error')
  }
  // What facilitators answer with are codes of the protocol.
  if (!settlement.success)
    return failed((settlement.errorReason ?? 'unexpected_settle_error') as Refusal['code'], settlement)
  let after: ChannelState | undefined
  try {
    const { charged: _, channelId: named, ...rest } = parseChannelState(settlement.extra?.['channelState'])
    after = named === channelId ? rest : undefined
  } catch {
    after = undefined
  }
  const extra =
    after === undefined ? settlement.extra : { channelState: encodeChannelState(after, { channelId, charged }) }
  return {
    settlement: { ...settlement, payer: config.payer, ...(extra === undefined ? {} : { extra }) },
    refusal: refusal('unexpected_settle_error', 'the refund happened'),
    state: after,
  }
}

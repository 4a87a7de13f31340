import type { Facilitator } from '../../facilitator/facilitator.js'
import type { Hex } from '../../hex.js'
import { type Refusal, refusal } from '../../protocol/reason.js'
import type { SettleResponse } from '../../protocol/settle-response.js'
import { BATCH_SETTLEMENT_ADDRESS } from '../shared/channel-contracts.js'
import type { DepositPayload, VoucherPayload } from '../shared/channel-payload.js'
import { encodeChannelState } from '../shared/channel-state.js'
import type { Admission, AdmitInput, VerifiedChannelPayment } from './admission.js'
import type { ChannelLease } from './channel-lease.js'
import { MAX_RECENT_CALLS } from './channel-store.js'
import { type InspectedChannelPayment, stateIn } from './inspect-channel-payment.js'

/** The refusal of a call on a channel that runs another one. */
export const busy = (): Refusal =>
  refusal('invalid_batch_settlement_evm_channel_busy', 'the channel is busy; try again')

/** What {@link grantCall} works with. */
export interface GrantOptions {
  readonly facilitator: Facilitator
  readonly clock: () => bigint
}

async function bringDeposit(input: AdmitInput, facilitator: Facilitator): Promise<SettleResponse | undefined> {
  try {
    const first = await facilitator.settle(input.payload, input.requirements)
    const pending = !first.success && first.errorReason === 'settlement_pending'
    return pending ? await facilitator.settle(input.payload, input.requirements) : first
  } catch {
    return undefined
  }
}

/** Lets a call that has its lease run, after its deposit was brought. */
export async function grantCall(
  input: AdmitInput,
  call: {
    readonly checked: InspectedChannelPayment
    readonly content: DepositPayload | VoucherPayload
    readonly lease: ChannelLease
    readonly paymentHash: Hex
  },
  options: GrantOptions,
): Promise<Admission> {
  const { facilitator, clock } = options
  const { content, paymentHash } = call
  const { terms } = call.checked
  const { record, end } = call.lease
  const { voucher, config } = content
  const { channelId } = voucher
  const { network } = input.requirements
  let state = record.state
  let deposit: SettleResponse | undefined
  if (content.type === 'deposit') {
    // Money first: only what is in the channel can pay for work.
    deposit = await bringDeposit(input, facilitator)
    const after = deposit?.success === true ? stateIn(deposit.extra?.['channelState'], channelId) : undefined
    if (deposit?.success !== true || after === undefined || voucher.maxClaimableAmount > after.balance) {
      await end((current) => current)
      const reason = deposit?.errorReason ?? 'unexpected_settle_error'
      const fault = { ok: false, code: reason as Refusal['code'], detail: 'the deposit was not brought' } as const
      return { kind: 'refused', refusal: fault, ...(deposit === undefined ? {} : { settlement: deposit }) }
    }
    state = after
  }
  const settlementFor = (charge: bigint): SettleResponse => ({
    success: true,
    payer: config.payer,
    transaction: deposit?.transaction ?? '',
    network,
    amount: content.type === 'deposit' ? content.deposit.amount.toString() : '',
    extra: {
      chargedAmount: charge.toString(),
      channelState: encodeChannelState(state, { channelId, charged: record.charged + charge }),
    },
  })
  const { chainId } = terms
  const payment: VerifiedChannelPayment = {
    ok: true,
    scheme: 'batch-settlement',
    payer: config.payer,
    paymentHash,
    nonceKey: { chainId, nonceContract: BATCH_SETTLEMENT_ADDRESS, payer: config.payer, nonce: paymentHash },
    authorized: terms.amount,
    validBefore: clock() + BigInt(input.requirements.maxTimeoutSeconds),
    validAfter: 0n,
    channelId,
    chargedBefore: record.charged,
  }
  return {
    kind: 'granted',
    payment,
    depositSettlement: deposit === undefined ? undefined : settlementFor(0n),
    async commit(asked) {
      const charge = asked < 0n ? 0n : asked > terms.amount ? terms.amount : asked
      const settlement = settlementFor(charge)
      const done = await end((current) => ({
        ...current,
        charged: record.charged + charge,
        signedMax: voucher.maxClaimableAmount,
        signature: voucher.signature,
        // Claims may have been booked meanwhile.
        state: {
          ...state,
          totalClaimed:
            current.state.totalClaimed > state.totalClaimed ? current.state.totalClaimed : state.totalClaimed,
        },
        syncedAt: deposit === undefined ? current.syncedAt : clock(),
        lastUsedAt: clock(),
        recent:
          charge === 0n || content.callId === undefined
            ? current.recent
            : [
                { paymentHash, callId: content.callId, requestHash: input.requestHash, settlement },
                ...current.recent,
              ].slice(0, MAX_RECENT_CALLS),
      }))
      if (done) return settlement
      // The lease was lost: another process counts on another base, so this call cannot be charged any more.
      return { success: false, errorReason: busy().code, transaction: '', network, payer: config.payer }
    },
    async release() {
      await end((current) => ({ ...current, state, syncedAt: deposit === undefined ? current.syncedAt : clock() }))
    },
  }
}

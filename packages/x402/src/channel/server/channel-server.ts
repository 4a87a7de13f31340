import { systemClock } from '../../defaults.js'
import { evmNetwork } from '../../protocol/network.js'
import { type Refusal, refusal } from '../../protocol/reason.js'
import type { SettleResponse } from '../../protocol/settle-response.js'
import type { VerifyResponse } from '../../protocol/verify-response.js'
import { BATCH_SETTLEMENT_ADDRESS } from '../shared/channel-contracts.js'
import type { DepositPayload, VoucherPayload } from '../shared/channel-payload.js'
import { encodeChannelState } from '../shared/channel-state.js'
import type { ChannelTerms } from '../shared/channel-terms.js'
import { channelPaymentHash } from '../shared/channel-typed-data.js'
import { createKeyQueue } from '../shared/key-queue.js'
import { isContractSigned } from '../shared/verify-voucher.js'
import type { Admission, AdmitInput, ChannelServer, ChannelServerOptions, VerifiedChannelPayment } from './admission.js'
import { type ChannelRecord, MAX_RECENT_CALLS } from './channel-store.js'
import {
  baselineOf,
  chargeOf,
  correctiveExtra,
  type InspectedChannelPayment,
  inspectChannelPayment,
  stateIn,
} from './inspect-channel-payment.js'
import { refundChannel } from './refund-channel.js'

const busy = (): Refusal => refusal('invalid_batch_settlement_evm_channel_busy', 'the channel is busy; try again')

/**
 * Builds the server's side of `batch-settlement`. A voucher of a plain key is verified here, without a chain, while the
 * channel's state is fresh; a deposit is brought on chain before the handler runs. Calls on one channel run one after
 * another, over all processes that share the store.
 */
export function createChannelServer(options: ChannelServerOptions): ChannelServer {
  const { store, facilitator, authorizer, minDeposit = 0n, recover } = options
  const clock = options.clock ?? systemClock
  const queueTimeoutMs = options.queueTimeoutMs ?? 30_000
  // One more, because the clock ticks in whole seconds.
  const leaseSeconds = BigInt(options.leaseSeconds ?? 60) + 1n
  const queue = createKeyQueue()

  function maxAgeOf(terms: ChannelTerms): bigint {
    const third = BigInt(Math.floor(terms.withdrawDelay / 3))
    return options.stateMaxAgeSeconds ?? (third < 30n ? 30n : third > 300n ? 300n : third)
  }

  async function ask(input: AdmitInput): Promise<VerifyResponse | undefined> {
    try {
      return await facilitator.verify(input.payload, input.requirements)
    } catch {
      return undefined
    }
  }

  function refusalOf(verified: VerifyResponse | undefined): Refusal {
    return verified === undefined
      ? refusal('unexpected_verify_error', 'the facilitator gave no answer')
      : // Facilitators answer with codes of the protocol; what they say is passed on.
        {
          ok: false,
          code: (verified.invalidReason ?? 'unexpected_verify_error') as Refusal['code'],
          detail: 'refused by the facilitator',
        }
  }

  async function admitInTurn(
    input: AdmitInput,
    checked: InspectedChannelPayment,
    leave: () => void,
  ): Promise<Admission> {
    const { content, terms } = checked
    const { config, voucher } = content
    const { channelId } = voucher
    const refused = (fault: Refusal): Admission => ({ kind: 'refused', refusal: fault })
    const known = await store.read(channelId)
    const amount = content.type === 'refund' ? 0n : terms.amount
    const mismatch = (record: ChannelRecord): Admission => ({
      kind: 'corrective',
      refusal: refusal(
        'invalid_batch_settlement_evm_cumulative_amount_mismatch',
        'the voucher is not charged + amount',
      ),
      extra: correctiveExtra(record),
    })
    // A contract wallet's signature is judged by the chain; until then nothing of the channel is told.
    if (known !== undefined && !isContractSigned(config)) {
      const before = content.type === 'refund' ? undefined : chargeOf(known, content, input.requestHash)
      if (before !== undefined) return { kind: 'finished', settlement: before.settlement }
      if (voucher.maxClaimableAmount !== known.charged + amount) {
        return mismatch(known)
      }
    }
    const now = clock()
    const stale = known === undefined || known.syncedAt + maxAgeOf(terms) <= now
    // A record that cannot cover the voucher may be behind the chain: someone else may have brought a deposit.
    const short = known !== undefined && voucher.maxClaimableAmount > known.state.balance
    let state = known?.state
    if (stale || short || content.type !== 'voucher' || isContractSigned(config)) {
      const verified = await ask(input)
      if (verified?.isValid !== true) {
        const code = verified?.invalidReason
        // Claimed on chain beyond the voucher: the client is behind, and can be told so.
        if (
          code === 'invalid_batch_settlement_evm_cumulative_below_claimed' &&
          known !== undefined &&
          !isContractSigned(config)
        ) {
          return mismatch(known)
        }
        return refused(refusalOf(verified))
      }
      state = stateIn(verified.extra, channelId)
    }
    if (state === undefined) {
      return refused(
        refusal('invalid_batch_settlement_evm_verification_state_unavailable', 'the channel state is unknown'),
      )
    }
    if (state.withdrawRequestedAt !== 0n && content.type !== 'refund') {
      // What is promised now may be gone before it is claimed. What was promised until now is claimed by the watch.
      if (known !== undefined)
        await store.update(channelId, (current) =>
          current === undefined ? 'keep' : { ...current, state, syncedAt: now },
        )
      return refused(refusal('channel_withdrawal_pending', 'the payer is withdrawing from this channel'))
    }
    const charged = baselineOf(content, { record: known, state, amount })
    const record: ChannelRecord = {
      channelId,
      network: evmNetwork(terms.chainId),
      config,
      signedMax: 0n,
      signature: undefined,
      attempts: 0,
      running: undefined,
      recent: [],
      lastUsedAt: now,
      ...known,
      charged,
      state,
      syncedAt: content.type === 'voucher' && !stale && !short ? (known?.syncedAt ?? now) : now,
    }
    if (voucher.maxClaimableAmount !== charged + amount) return mismatch(record)
    if (content.type === 'voucher' && voucher.maxClaimableAmount > state.balance) {
      return refused(refusal('invalid_batch_settlement_evm_cumulative_exceeds_balance', 'the channel holds less'))
    }

    const attempt = record.attempts + 1
    let granted = false
    const reserved = await store.update(channelId, (current) => {
      const running = current?.running
      granted = false
      // Another process runs a call, or has charged one since the record was read.
      if (running !== undefined && running.leaseUntil > now) return 'keep'
      if ((current?.attempts ?? 0) !== record.attempts || (current?.charged ?? record.charged) > record.charged)
        return 'keep'
      granted = true
      // A claim that was booked or a withdrawal that was seen meanwhile stays so.
      const claimed = current?.state.totalClaimed ?? 0n
      const totalClaimed = claimed > state.totalClaimed ? claimed : state.totalClaimed
      const syncedAt = current?.syncedAt === 0n ? 0n : record.syncedAt
      return {
        ...record,
        state: { ...state, totalClaimed },
        syncedAt,
        attempts: attempt,
        lastUsedAt: now,
        running: { attempt, leaseUntil: now + leaseSeconds },
      }
    })
    if (!granted) return refused(busy())
    if (reserved === undefined) {
      return refused(refusal('invalid_batch_settlement_evm_verification_state_unavailable', 'the store is full'))
    }
    const renewal = setInterval(
      () => {
        store
          .update(channelId, (current) =>
            current?.running?.attempt === attempt
              ? { ...current, running: { attempt, leaseUntil: clock() + leaseSeconds } }
              : 'keep',
          )
          .catch(() => undefined)
      },
      Number(leaseSeconds - 1n) * 333,
    )
    if (typeof renewal === 'object' && 'unref' in renewal) renewal.unref()

    async function end(change: (current: ChannelRecord) => ChannelRecord): Promise<boolean> {
      clearInterval(renewal)
      let done = false
      try {
        await store.update(channelId, (current) => {
          done = current?.running?.attempt === attempt
          return done && current !== undefined ? { ...change(current), running: undefined } : 'keep'
        })
      } finally {
        leave()
      }
      return done
    }

    try {
      if (content.type === 'refund') {
        const outcome = await refundChannel(content, {
          record: reserved,
          requirements: input.requirements,
          facilitator,
          authorizer,
        })
        await end((current) => ({
          ...current,
          // The refund's voucher is as good as the last one: it names what was charged.
          ...(current.signature === undefined
            ? { signedMax: voucher.maxClaimableAmount, signature: voucher.signature }
            : {}),
          ...(outcome.state === undefined ? {} : { state: outcome.state, syncedAt: now }),
        }))
        return outcome.settlement.success
          ? { kind: 'refunded', settlement: outcome.settlement, channelId }
          : { kind: 'refused', refusal: outcome.refusal, settlement: outcome.settlement }
      }
      return await grant(input, { content, terms, record: reserved, end })
    } catch (error) {
      await end((current) => current)
      throw error
    }
  }

  async function grant(
    input: AdmitInput,
    call: {
      readonly content: DepositPayload | VoucherPayload
      readonly terms: ChannelTerms
      readonly record: ChannelRecord
      readonly end: (change: (current: ChannelRecord) => ChannelRecord) => Promise<boolean>
    },
  ): Promise<Admission> {
    const { content, terms, record, end } = call
    const { voucher, config } = content
    const { channelId } = voucher
    const { network } = input.requirements
    let state = record.state
    let deposit: SettleResponse | undefined
    if (content.type === 'deposit') {
      // Money first: only what is in the channel can pay for work.
      deposit = await settleTwice(input)
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
    const paymentHash = channelPaymentHash(voucher, { chainId, chargedBefore: record.charged })
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

  async function settleTwice(input: AdmitInput): Promise<SettleResponse | undefined> {
    try {
      const first = await facilitator.settle(input.payload, input.requirements)
      const pending = !first.success && first.errorReason === 'settlement_pending'
      return pending ? await facilitator.settle(input.payload, input.requirements) : first
    } catch {
      return undefined
    }
  }

  return {
    store,
    facilitator,
    authorizer,
    clock,
    async admit(input) {
      const checked = inspectChannelPayment(input, { minDeposit, recover })
      if (!checked.ok) return { kind: 'refused', refusal: checked }
      const deadline = Date.now() + queueTimeoutMs
      const leave = await queue.enter(checked.content.voucher.channelId, {
        timeoutMs: queueTimeoutMs,
        maxWaiting: options.maxWaiting ?? 64,
        ...(input.signal === undefined ? {} : { signal: input.signal }),
      })
      if (leave === undefined) return { kind: 'refused', refusal: busy() }
      let result: Admission
      try {
        result = await admitInTurn(input, checked, leave)
        // Another process has the channel: its turn ends with its call or its lease.
        while (result.kind === 'refused' && result.refusal.code === busy().code && Date.now() < deadline) {
          await new Promise((resolve) => setTimeout(resolve, 50))
          result = await admitInTurn(input, checked, leave)
        }
      } catch (error) {
        leave()
        throw error
      }
      if (result.kind !== 'granted') leave()
      return result
    },
  }
}

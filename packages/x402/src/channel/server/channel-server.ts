import type { Address } from '../../address.js'
import { systemClock } from '../../defaults.js'
import type { NonceKey } from '../../evm/inspect-authorization.js'
import type { RecoverPublicKey } from '../../evm/recover-public-key.js'
import type { TypedDataSigner } from '../../evm/signer.js'
import type { Facilitator } from '../../facilitator/facilitator.js'
import type { Hex } from '../../hex.js'
import { evmNetwork } from '../../protocol/network.js'
import type { PaymentPayload } from '../../protocol/payment-payload.js'
import type { PaymentRequirements } from '../../protocol/payment-requirements.js'
import { type Refusal, refusal } from '../../protocol/reason.js'
import type { SettleResponse } from '../../protocol/settle-response.js'
import type { VerifyResponse } from '../../protocol/verify-response.js'
import { BATCH_SETTLEMENT_ADDRESS } from '../shared/channel-contracts.js'
import {
  type DepositPayload,
  parseChannelPayload,
  type RefundPayload,
  type VoucherPayload,
} from '../shared/channel-payload.js'
import { type ChannelState, encodeChannelState, parseChannelState } from '../shared/channel-state.js'
import { type ChannelTerms, channelTermsOf } from '../shared/channel-terms.js'
import { channelPaymentHash } from '../shared/channel-typed-data.js'
import { createKeyQueue } from '../shared/key-queue.js'
import { checkChannelConfig, isContractSigned, isVoucherSigned, voucherSignerOf } from '../shared/verify-voucher.js'
import type { ChannelRecord, ChannelStore } from './channel-store.js'
import { refundChannel } from './refund-channel.js'

/** Options of {@link createChannelServer}. */
export interface ChannelServerOptions {
  readonly store: ChannelStore
  readonly facilitator: Facilitator
  /** Unix seconds; the system clock when absent. */
  readonly clock?: () => bigint
  /**
   * The receiver authorizer's key, when the server keeps it itself: it signs claims and refunds. When absent, requirements
   * must name the facilitator's authorizer, which can then claim up to every ceiling.
   */
  readonly authorizer?: TypedDataSigner
  /** How old a channel's chain state may be before the facilitator is asked again, in seconds; a third of the withdraw
   * delay, at least 30 and at most 300, when absent. */
  readonly stateMaxAgeSeconds?: bigint
  /** How long a call waits for the one before it on the same channel, in milliseconds; 30 000 when absent. */
  readonly queueTimeoutMs?: number
  /** How long a process that dies blocks a channel for the others, in seconds; renewed while a handler runs. 60 when absent. */
  readonly leaseSeconds?: number
  /** Smallest deposit that opens or tops up a channel, in atomic units; 0 when absent. */
  readonly minDeposit?: bigint
  /** Recovers public keys; noble when absent. `createFastRecover` of `./node` is many times faster. */
  readonly recover?: RecoverPublicKey
}

/** A channel payment that was accepted. It has the members of an authorization that was verified. */
export interface VerifiedChannelPayment {
  readonly ok: true
  readonly scheme: 'batch-settlement'
  readonly payer: Address
  /** keccak256(voucher digest ‖ uint128 chargedBefore). */
  readonly paymentHash: Hex
  readonly nonceKey: NonceKey
  /** Most that this call may be charged, in atomic units. */
  readonly authorized: bigint
  /** Vouchers do not expire; the end of the call's own time, in unix seconds. */
  readonly validBefore: bigint
  readonly validAfter: bigint
  readonly channelId: Hex
  /** What the channel was charged before this call, in atomic units. */
  readonly chargedBefore: bigint
}

/** A call that may run now and is charged at most once. */
export interface GrantedCall {
  readonly kind: 'granted'
  readonly payment: VerifiedChannelPayment
  /** What to tell the client of a deposit when the call is not charged. */
  readonly depositSettlement: SettleResponse | undefined
  /** Books the charge, at most the ceiling, and lets the next call in. */
  commit(charge: bigint): Promise<SettleResponse>
  /** Lets the next call in; nothing is charged. */
  release(): Promise<void>
}

/** The server's answer to a channel payment. */
export type Admission =
  | GrantedCall
  /** Money was given back; there is nothing to run. */
  | { readonly kind: 'refunded'; readonly settlement: SettleResponse; readonly channelId: Hex }
  /** This call was charged before. */
  | { readonly kind: 'finished'; readonly settlement: SettleResponse }
  /** The client's count differs: `extra` corrects it. Only whoever signs for the channel gets this. */
  | { readonly kind: 'corrective'; readonly refusal: Refusal; readonly extra: PaymentRequirements['extra'] }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly settlement?: SettleResponse }

/** What {@link ChannelServer.admit} judges. */
export interface AdmitInput {
  readonly payload: PaymentPayload
  /** The server's own requirements that the payment accepts. */
  readonly requirements: PaymentRequirements
  /** Names method, URL and body, 32 bytes. */
  readonly requestHash: Hex
  readonly signal?: AbortSignal
}

/** The receiving side of channels. */
export interface ChannelServer {
  admit(input: AdmitInput): Promise<Admission>
  readonly store: ChannelStore
  readonly facilitator: Facilitator
  readonly authorizer: TypedDataSigner | undefined
  readonly clock: () => bigint
}

const busy = (): Refusal => refusal('invalid_batch_settlement_evm_channel_busy', 'the channel is busy; try again')

/** The official way to say what the server counts. */
export function correctiveExtra(record: ChannelRecord): PaymentRequirements['extra'] {
  return {
    channelState: encodeChannelState(record.state, { channelId: record.channelId, charged: record.charged }),
    ...(record.signature === undefined
      ? {}
      : { voucherState: { signedMaxClaimable: record.signedMax.toString(), signature: record.signature } }),
  }
}

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

  type Content = DepositPayload | VoucherPayload | RefundPayload

  function inspect(input: AdmitInput): Refusal | { ok: true; content: Content; terms: ChannelTerms } {
    const terms = channelTermsOf(input.requirements)
    if (terms === undefined) return refusal('invalid_payment_requirements', 'not channel requirements')
    let content: ReturnType<typeof parseChannelPayload>
    try {
      content = parseChannelPayload(input.payload.payload)
    } catch {
      return refusal('invalid_payload', 'the channel payload is malformed')
    }
    if (content.type === 'claim' || content.type === 'settle') {
      return refusal('invalid_batch_settlement_evm_payload_type', 'clients send deposits, vouchers and refunds')
    }
    if (content.type === 'refund' && content.order !== undefined) {
      return refusal('invalid_batch_settlement_evm_refund_payload', 'the server adds nonce, claims and signatures')
    }
    const { config, voucher } = content
    const fault = checkChannelConfig(config, { terms, channelId: voucher.channelId })
    if (fault !== undefined) return fault
    const { chainId } = terms
    if (!isContractSigned(config) && !isVoucherSigned(voucher, { signer: voucherSignerOf(config), chainId, recover })) {
      return refusal('invalid_batch_settlement_evm_voucher_signature', 'not signed by the payer authorizer')
    }
    if (content.type === 'deposit' && content.deposit.amount < minDeposit) {
      return refusal('invalid_batch_settlement_evm_deposit_below_min_deposit', 'the deposit is too small')
    }
    return { ok: true, content, terms }
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

  /** What a facilitator says of the channel, only if it says so of this channel. */
  function stateIn(extra: unknown, channelId: Hex): ChannelState | undefined {
    try {
      const { charged: _, channelId: named, ...state } = parseChannelState(extra)
      return named === channelId ? state : undefined
    } catch {
      return undefined
    }
  }

  /**
   * Looks at the record under the client's voucher. Without one, the baseline is what was claimed, or what the client
   * itself signs to have been charged, which a server that lost its records can only gain from.
   */
  function baselineOf(
    content: Content,
    from: { record: ChannelRecord | undefined; state: ChannelState; amount: bigint },
  ): bigint {
    if (from.record !== undefined) {
      const { charged } = from.record
      return charged > from.state.totalClaimed ? charged : from.state.totalClaimed
    }
    const signed = content.voucher.maxClaimableAmount - (content.type === 'refund' ? 0n : from.amount)
    return signed > from.state.totalClaimed ? signed : from.state.totalClaimed
  }

  async function admitInTurn(
    input: AdmitInput,
    checked: { content: Content; terms: ChannelTerms },
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
      const { last } = known
      if (
        content.type !== 'refund' &&
        content.callId !== undefined &&
        content.callId === last?.callId &&
        last.requestHash === input.requestHash
      ) {
        return { kind: 'finished', settlement: last.settlement }
      }
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
      last: undefined,
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
      return { ...record, attempts: attempt, lastUsedAt: now, running: { attempt, leaseUntil: now + leaseSeconds } }
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
          last:
            charge === 0n
              ? current.last
              : { paymentHash, callId: content.callId, requestHash: input.requestHash, settlement },
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
      const checked = inspect(input)
      if (!('content' in checked)) return { kind: 'refused', refusal: checked }
      const deadline = Date.now() + queueTimeoutMs
      const leave = await queue.enter(checked.content.voucher.channelId, {
        timeoutMs: queueTimeoutMs,
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

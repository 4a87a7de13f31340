import { createAddressReader } from '../../address.js'
import { systemClock } from '../../defaults.js'
import { evmNetwork } from '../../protocol/network.js'
import { type Refusal, refusal } from '../../protocol/reason.js'
import type { VerifyResponse } from '../../protocol/verify-response.js'
import { type ChannelTerms, createTermsReader } from '../shared/channel-terms.js'
import { paymentHashOf } from '../shared/channel-typed-data.js'
import { createKeyQueue } from '../shared/key-queue.js'
import { createIdTest, isContractSigned } from '../shared/verify-voucher.js'
import type { Admission, AdmitInput, ChannelServer, ChannelServerOptions } from './admission.js'
import { createRenewal, leaseChannel } from './channel-lease.js'
import type { ChannelRecord } from './channel-store.js'
import { busy, grantCall } from './grant-call.js'
import {
  baselineOf,
  chargeOf,
  correctiveExtra,
  type InspectedChannelPayment,
  inspectChannelPayment,
  stateIn,
} from './inspect-channel-payment.js'
import { refundChannel } from './refund-channel.js'

/**
 * Builds the server's side of `batch-settlement`. A voucher of a plain key is verified here, without a chain, while the
 * channel's state is fresh; a deposit is brought on chain before the handler runs. Calls on one channel run one after
 * another, over all processes that share the store.
 */
export function createChannelServer(options: ChannelServerOptions): ChannelServer {
  const { store, facilitator, authorizer, minDeposit = 0n } = options
  const { recover, recoverAsync, keccak } = options
  const tools = { recover, recoverAsync, keccak }
  const termsOf = createTermsReader()
  const readAddress = createAddressReader(options.keccak)
  const isIdOf = createIdTest(options.keccak)
  const clock = options.clock ?? systemClock
  const queueTimeoutMs = options.queueTimeoutMs ?? 30_000
  // One more, because the clock ticks in whole seconds.
  const leaseSeconds = BigInt(options.leaseSeconds ?? 60) + 1n
  const queue = createKeyQueue()
  const renewal = createRenewal(Number(leaseSeconds - 1n) * 333)

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
      if (before !== undefined) {
        return { kind: 'finished', settlement: before.settlement, paymentHash: before.paymentHash }
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

    const paymentHash = paymentHashOf(checked.digest, charged, tools.keccak)
    const lease = await leaseChannel(record, now, {
      store,
      clock,
      leaseSeconds,
      leave,
      renewal,
      paymentHash: content.type === 'refund' ? undefined : paymentHash,
    })
    if (lease === 'busy') return refused(busy())
    if (lease === 'full') {
      return refused(refusal('invalid_batch_settlement_evm_verification_state_unavailable', 'the store is full'))
    }
    const { end } = lease
    try {
      if (content.type === 'refund') {
        const outcome = await refundChannel(content, {
          record: lease.record,
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
      return await grantCall(input, { checked, content, lease, paymentHash }, { facilitator, clock })
    } catch (error) {
      await end((current) => current)
      throw error
    }
  }

  return {
    store,
    facilitator,
    authorizer,
    clock,
    async admit(input) {
      const inspecting = inspectChannelPayment(input, { minDeposit, tools, termsOf, readAddress, isIdOf })
      const checked = inspecting instanceof Promise ? await inspecting : inspecting
      if (!checked.ok) return { kind: 'refused', refusal: checked }
      const deadline = Date.now() + queueTimeoutMs
      const leave = await queue.enter(checked.content.voucher.channelId, {
        timeoutMs: queueTimeoutMs,
        maxWaiting: options.maxWaiting ?? 64,
        caller: input,
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

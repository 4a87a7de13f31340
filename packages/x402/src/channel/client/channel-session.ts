import type { PaymentSession } from '../../client/client-scheme.js'
import { settlementOf } from '../../client/refusal-reason.js'
import type { ChainReader } from '../../evm/chain.js'
import { decodePaymentRequired, PAYMENT_REQUIRED_HEADER } from '../../protocol/header.js'
import type { PaymentRequired } from '../../protocol/payment-required.js'
import type { ClientChannel } from './client-channel.js'
import { type Judgement, judgeCorrection, judgeSettlement } from './judge-answer.js'

const BUSY_PAUSE_MS = 250
/** Longest time that one answer keeps the others of its channel waiting, in milliseconds. The server queues too. */
const MAX_HOLD_MS = 120_000

/** A call that was paid from a channel and waits for its answer. */
export interface ChannelSessionCall {
  /** The channel as it was written down before the voucher went out. */
  readonly channel: ClientChannel
  /** Most that the call may be charged. */
  readonly ceiling: bigint
  readonly isDeposit: boolean
  /** Whether every earlier charge was known. */
  readonly wasCertain: boolean
  readonly signedBefore: bigint
  readonly holdMs: number
  /** Lets the next call on the channel begin. */
  readonly leave: () => void
}

/** Reads the answer to a call that was paid from a channel: what was charged, or what corrects the count. */
export function createChannelSession(
  call: ChannelSessionCall,
  using: {
    readonly chain: Pick<ChainReader, 'call'> | undefined
    readonly keep: (channel: ClientChannel) => Promise<ClientChannel>
    readonly onFrozen: ((channel: ClientChannel) => void) | undefined
  },
): PaymentSession {
  const { chain, keep, onFrozen } = using
  const { channel, ceiling, isDeposit, wasCertain, signedBefore, leave } = call
  // An answer whose body nobody reads must not block the channel for ever.
  const timer = setTimeout(leave, Math.min(call.holdMs, MAX_HOLD_MS))
  if (typeof timer === 'object' && 'unref' in timer) timer.unref()
  const close = (): void => {
    clearTimeout(timer)
    leave()
  }

  let isBelowProof = false

  async function judge(response: Response): Promise<'done' | 'again'> {
    const settlement = settlementOf(response)
    if (settlement?.success === true) {
      const judged = judgeSettlement({ ...channel, isInDoubt: !wasCertain }, { settlement, ceiling, isDeposit })
      // The outcome of an earlier attempt is taken over where it fits; it proves nothing where it does not.
      if (judged.kind === 'frozen' && response.status === 409) return 'done'
      if (judged.kind !== 'unchanged') await keep(judged.channel)
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
    // Signed elsewhere, or before this client forgot it: what it signs itself is written down first.
    isBelowProof = judged.channel.signedMax > channel.signedMax
    await keep(judged.channel)
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
    addedNothing: () => isBelowProof,
    closed: close,
  }
}

import { isSameAddress } from '../../address.js'
import type { ChainReader } from '../../evm/chain.js'
import { isHex, lowerHex } from '../../hex.js'
import { isJsonObject } from '../../protocol/json.js'
import { evmChainId } from '../../protocol/network.js'
import type { PaymentRequired } from '../../protocol/payment-required.js'
import type { SettleResponse } from '../../protocol/settle-response.js'
import { parseUint128 } from '../shared/channel-payload.js'
import { CHANNEL_REASON_PREFIX } from '../shared/channel-reason.js'
import { parseChannelState, type ReportedChannelState, readChannelState } from '../shared/channel-state.js'
import { channelTermsOf } from '../shared/channel-terms.js'
import { isVoucherSigned, voucherSignerOf } from '../shared/verify-voucher.js'
import type { ClientChannel } from './client-channel.js'

/** What a client makes of a server's word. */
export type Judgement =
  /** It fits; this is the channel now. */
  | { readonly kind: 'agreed'; readonly channel: ClientChannel }
  /** It cannot be true: nothing more is signed for this channel. */
  | { readonly kind: 'frozen'; readonly channel: ClientChannel }
  /** It says nothing that the client can act on. */
  | { readonly kind: 'unchanged' }

function frozen(channel: ClientChannel, why: string): Judgement {
  return { kind: 'frozen', channel: { ...channel, frozen: why } }
}

function amountIn(value: unknown): bigint | undefined {
  try {
    return parseUint128(value)
  } catch {
    return undefined
  }
}

function stateIn(value: unknown): ReportedChannelState | undefined {
  try {
    return parseChannelState(value)
  } catch {
    return undefined
  }
}

/**
 * Judges what a server says it charged (specification, "Client Verification Rules", steady state): not more than the
 * ceiling, and exactly what its own count moved by.
 */
export function judgeSettlement(
  channel: ClientChannel,
  answer: { readonly settlement: SettleResponse; readonly ceiling: bigint; readonly isDeposit: boolean },
): Judgement {
  const { settlement, ceiling, isDeposit } = answer
  if (!settlement.success) return { kind: 'unchanged' }
  const extra = settlement.extra ?? {}
  const charge = amountIn(extra['chargedAmount'])
  if (charge === undefined) {
    return extra['chargedAmount'] === undefined
      ? { kind: 'unchanged' }
      : frozen(channel, 'the server reports a charge that is no amount')
  }
  if (charge > ceiling) return frozen(channel, 'the server reports a charge above the ceiling')
  const charged = channel.charged + charge
  if (extra['channelState'] !== undefined) {
    const state = stateIn(extra['channelState'])
    if (state === undefined || state.channelId !== channel.channelId) {
      return frozen(channel, 'the server reports the state of another channel')
    }
    if (state.charged !== undefined && state.charged !== charged) {
      return frozen(channel, 'the server counts more or less than it says it charged')
    }
    if (state.totalClaimed > charged && !channel.isInDoubt)
      return frozen(channel, 'the server claimed more than it charged')
  }
  const deposited = isDeposit ? (channel.pendingDeposit?.amount ?? 0n) : 0n
  return {
    kind: 'agreed',
    channel: {
      ...channel,
      charged,
      balance: channel.balance + deposited,
      isInDoubt: false,
      pendingDeposit: isDeposit ? undefined : channel.pendingDeposit,
    },
  }
}

/** What {@link judgeCorrection} needs besides the channel. */
export interface CorrectionOptions {
  readonly required: PaymentRequired
  readonly chain: Pick<ChainReader, 'call'> | undefined
  /** Whether the client's own count was certain when it signed the refused voucher. */
  readonly wasCertain: boolean
  /** The highest ceiling that was signed before the refused voucher. */
  readonly signedBefore: bigint
}

const CORRECTIVE = ['cumulative_amount_mismatch', 'cumulative_below_claimed'].map((end) => CHANNEL_REASON_PREFIX + end)
const REREAD = ['cumulative_exceeds_balance', 'channel_not_found', 'missing_channel'].map(
  (end) => CHANNEL_REASON_PREFIX + end,
)

/** The channel with the chain's word on what is in it; a deposit that is there is no longer pending. */
function withBalance(channel: ClientChannel, balance: bigint | undefined): ClientChannel {
  if (balance === undefined) return channel
  const { pendingDeposit } = channel
  const arrived = pendingDeposit !== undefined && balance >= channel.balance + pendingDeposit.amount
  return { ...channel, balance, pendingDeposit: arrived ? undefined : pendingDeposit }
}

/**
 * Judges a corrective 402 (specification, "Recovery After State Loss"): the server's count is taken over only with a
 * voucher that this client has signed, never above that voucher, and checked against the chain where there is one.
 */
export async function judgeCorrection(channel: ClientChannel, options: CorrectionOptions): Promise<Judgement> {
  const { required, chain, wasCertain, signedBefore } = options
  const error = required.error ?? ''
  if (REREAD.includes(error)) {
    if (chain === undefined) return { kind: 'unchanged' }
    const { balance, totalClaimed } = await readChannelState(chain, channel.channelId)
    const charged = channel.charged > totalClaimed ? channel.charged : totalClaimed
    const changed = balance !== channel.balance || charged !== channel.charged
    return changed ? { kind: 'agreed', channel: { ...withBalance(channel, balance), charged } } : { kind: 'unchanged' }
  }
  if (!CORRECTIVE.includes(error)) return { kind: 'unchanged' }
  const accept = required.accepts.find((candidate) => {
    const terms = candidate.network === channel.network ? channelTermsOf(candidate) : undefined
    return (
      terms !== undefined &&
      isSameAddress(terms.receiver, channel.config.receiver) &&
      isSameAddress(terms.receiverAuthorizer, channel.config.receiverAuthorizer) &&
      isSameAddress(terms.token, channel.config.token)
    )
  })
  const reported = stateIn(accept?.extra?.['channelState'])
  const onChain = chain === undefined ? undefined : await readChannelState(chain, channel.channelId)
  const proof = accept?.extra?.['voucherState']
  if (!isJsonObject(proof) || proof['signature'] === undefined || reported?.charged === undefined) {
    if (onChain === undefined) {
      // Nothing vouches for the server's count, but a lower one costs nothing.
      const lower =
        reported?.channelId === channel.channelId &&
        reported.charged !== undefined &&
        reported.charged < channel.charged
      return lower && reported.charged !== undefined
        ? { kind: 'agreed', channel: { ...channel, charged: reported.charged } }
        : { kind: 'unchanged' }
    }
    if (wasCertain && onChain.totalClaimed > channel.charged && onChain.totalClaimed <= signedBefore) {
      return frozen(channel, 'the server claimed more than it charged')
    }
    return { kind: 'agreed', channel: { ...withBalance(channel, onChain.balance), charged: onChain.totalClaimed } }
  }
  const signedMax = amountIn(proof['signedMaxClaimable'])
  const { signature } = proof
  const { charged, channelId } = reported
  if (channelId !== channel.channelId || signedMax === undefined || !isHex(signature) || charged > signedMax) {
    return { kind: 'unchanged' }
  }
  const chainId = evmChainId(channel.network)
  const voucher = { channelId, maxClaimableAmount: signedMax, signature: lowerHex(signature) }
  if (!isVoucherSigned(voucher, { signer: voucherSignerOf(channel.config), chainId })) return { kind: 'unchanged' }
  if (onChain !== undefined && charged < onChain.totalClaimed) return { kind: 'unchanged' }
  if (wasCertain && charged > channel.charged && signedMax <= signedBefore) {
    return frozen(channel, 'the server counts more than it said it charged')
  }
  return {
    kind: 'agreed',
    channel: {
      ...withBalance(channel, onChain?.balance ?? (channel.balance === 0n ? reported.balance : undefined)),
      charged,
      signedMax: signedMax > channel.signedMax ? signedMax : channel.signedMax,
    },
  }
}

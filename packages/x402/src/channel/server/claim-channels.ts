import { type Address, ZERO_ADDRESS } from '../../address.js'
import type { ChainReader } from '../../evm/chain.js'
import type { Hex } from '../../hex.js'
import { evmChainId, type Network } from '../../protocol/network.js'
import type { PaymentRequirements } from '../../protocol/payment-requirements.js'
import type { SettleResponse } from '../../protocol/settle-response.js'
import { CHANNEL_SCHEME } from '../shared/channel-contracts.js'
import {
  type ClaimPayload,
  encodeChannelPayload,
  type SettlePayload,
  type VoucherClaim,
} from '../shared/channel-payload.js'
import { readChannelStates } from '../shared/channel-state.js'
import { claimBatchTypedData } from '../shared/channel-typed-data.js'
import type { ChannelServer } from './admission.js'
import { type ChannelRecord, unclaimedOf } from './channel-store.js'

/** Options of {@link claimChannels}. */
export interface ClaimChannelsOptions {
  readonly server: ChannelServer
  /** Most channels in one transaction; 100 when absent. */
  readonly maxBatch?: number
  /** Which channels to claim; every one with something to claim when absent. */
  readonly select?: (record: ChannelRecord) => boolean
  /** Least that is worth claiming, in atomic units; 1 when absent. Dust below it stays until it is more. */
  readonly minAmount?: bigint
}

/** What became of one channel. */
export interface ClaimedChannel {
  readonly channelId: Hex
  readonly amount: bigint
  readonly settlement: SettleResponse
}

function requirementsFor(
  network: Network,
  parties: { receiver: Address; token: Address; receiverAuthorizer: Address },
): PaymentRequirements {
  return {
    scheme: CHANNEL_SCHEME,
    network,
    amount: '0',
    asset: parties.token,
    payTo: parties.receiver,
    maxTimeoutSeconds: 60,
    extra: { receiverAuthorizer: parties.receiverAuthorizer },
  }
}

async function settle(
  server: ChannelServer,
  content: ClaimPayload | SettlePayload,
  requirements: PaymentRequirements,
): Promise<SettleResponse> {
  const payload = { x402Version: 2, accepted: requirements, payload: encodeChannelPayload(content) } as const
  try {
    const first = await server.facilitator.settle(payload, requirements)
    const pending = !first.success && first.errorReason === 'settlement_pending'
    return pending ? await server.facilitator.settle(payload, requirements) : first
  } catch {
    return { success: false, errorReason: 'unexpected_settle_error', transaction: '', network: requirements.network }
  }
}

/**
 * Claims what channels owe, many in one transaction. A batch that fails is halved until the bad channel stands alone, so
 * it costs the others nothing but time.
 */
export async function claimChannels(options: ClaimChannelsOptions): Promise<readonly ClaimedChannel[]> {
  const { server, maxBatch = 100, select, minAmount = 1n } = options
  const records = (await server.store.listUnclaimed()).filter(
    (record) => unclaimedOf(record) >= minAmount && (select?.(record) ?? true),
  )
  const groups = new Map<string, ChannelRecord[]>()
  for (const record of records) {
    const key = `${record.network} ${record.config.receiverAuthorizer}`
    groups.set(key, [...(groups.get(key) ?? []), record])
  }
  const done: ClaimedChannel[] = []
  for (const group of groups.values()) {
    for (let start = 0; start < group.length; start += maxBatch) {
      done.push(...(await claimBatch(server, group.slice(start, start + maxBatch))))
    }
  }
  return done
}

async function claimBatch(
  server: ChannelServer,
  records: readonly ChannelRecord[],
): Promise<readonly ClaimedChannel[]> {
  const [first] = records
  if (first === undefined) return []
  const claims = records.flatMap((record): VoucherClaim[] =>
    record.signature === undefined
      ? []
      : [
          {
            config: record.config,
            maxClaimableAmount: record.signedMax,
            signature: record.signature,
            totalClaimed: record.charged,
          },
        ],
  )
  const entries = records.map(({ channelId, signedMax, charged }) => ({
    channelId,
    maxClaimableAmount: signedMax,
    totalClaimed: charged,
  }))
  const chainId = evmChainId(first.network)
  const claimSignature = await server.authorizer?.signTypedData({ ...claimBatchTypedData(entries, chainId) })
  const settlement = await settle(
    server,
    { type: 'claim', claims, claimSignature },
    requirementsFor(first.network, first.config),
  )
  const divisible =
    settlement.errorReason !== 'settlement_pending' && settlement.errorReason !== 'unexpected_settle_error'
  if (!settlement.success && records.length > 1 && divisible) {
    const middle = Math.ceil(records.length / 2)
    return [
      ...(await claimBatch(server, records.slice(0, middle))),
      ...(await claimBatch(server, records.slice(middle))),
    ]
  }
  if (settlement.success) {
    for (const { channelId, charged } of records) {
      await server.store.update(channelId, (current) =>
        current === undefined || current.state.totalClaimed >= charged
          ? 'keep'
          : { ...current, state: { ...current.state, totalClaimed: charged } },
      )
    }
  }
  return records.map((record) => ({ channelId: record.channelId, amount: unclaimedOf(record), settlement }))
}

/** Has everything claimed for a receiver sent to it. Nothing to send answers `…nothing_to_settle`. */
export function settleChannels(
  server: ChannelServer,
  sweep: { readonly network: Network; readonly receiver: Address; readonly token: Address },
): Promise<SettleResponse> {
  const { network, receiver, token } = sweep
  const requirements = requirementsFor(network, { receiver, token, receiverAuthorizer: ZERO_ADDRESS })
  return settle(server, { type: 'settle', receiver, token }, requirements)
}

/** What one look at the chain found. */
export interface WithdrawWatchReport {
  /** Channels with something to claim that were looked at. */
  readonly checked: number
  /** Channels whose payer is withdrawing. */
  readonly withdrawing: readonly Hex[]
  readonly claimed: readonly ClaimedChannel[]
}

/**
 * Looks for payers that withdraw and claims what they owe, before their delay ends. Call it more often than the shortest
 * withdraw delay (900 seconds) allows to miss: every minute, say. Vouchers that are not claimed when a withdrawal is
 * paid out are worth nothing.
 */
export async function claimBeforeWithdraw(
  server: ChannelServer,
  options: { readonly network: Network; readonly chain: Pick<ChainReader, 'call'>; readonly maxBatch?: number },
): Promise<WithdrawWatchReport> {
  const { network, chain, maxBatch = 100 } = options
  const records = (await server.store.listUnclaimed()).filter((record) => record.network === network)
  const withdrawing = new Set<Hex>()
  for (let start = 0; start < records.length; start += maxBatch) {
    const part = records.slice(start, start + maxBatch)
    const now = server.clock()
    const states = await readChannelStates(
      chain,
      part.map(({ channelId }) => channelId),
    )
    for (const [index, { channelId }] of part.entries()) {
      const state = states[index]
      if (state === undefined) continue
      if (state.withdrawRequestedAt !== 0n) withdrawing.add(channelId)
      // Serving stops with the next call, whatever the age of the record.
      await server.store.update(channelId, (current) =>
        current === undefined ? 'keep' : { ...current, state, syncedAt: state.withdrawRequestedAt === 0n ? now : 0n },
      )
    }
  }
  const claimed =
    withdrawing.size === 0
      ? []
      : await claimChannels({ server, maxBatch, select: ({ channelId }) => withdrawing.has(channelId) })
  return { checked: records.length, withdrawing: [...withdrawing], claimed }
}

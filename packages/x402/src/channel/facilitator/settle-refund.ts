import { isSameAddress } from '../../address.js'
import { decodeUint, eventTopic } from '../../evm/abi.js'
import type { ChainLog } from '../../evm/chain.js'
import type { Hex } from '../../hex.js'
import type { SettleResponse } from '../../protocol/settle-response.js'
import { claimCalldata, multicallData, refundCalldata } from '../shared/channel-calldata.js'
import { BATCH_SETTLEMENT_ADDRESS } from '../shared/channel-contracts.js'
import type { RefundPayload } from '../shared/channel-payload.js'
import { encodeChannelState, readChannelState } from '../shared/channel-state.js'
import { channelIdOf, claimBatchTypedData, hashRefund, refundTypedData } from '../shared/channel-typed-data.js'
import { type ChannelSettlement, failedSettlement } from './channel-settlement.js'
import { claimEntriesOf } from './settle-claim.js'

const REFUNDED: Hex = /* @__PURE__ */ eventTopic('Refunded(bytes32,address,uint128)')
const REFUND_GAS = 250_000n
const GAS_PER_CLAIM = 90_000n
const MAX_CANDIDATES = 50

function refundedBy(logs: readonly ChainLog[], channelId: Hex): bigint {
  const log = logs.find(({ topics }) => topics[0]?.toLowerCase() === REFUNDED && topics[1]?.toLowerCase() === channelId)
  return log === undefined ? 0n : (decodeUint(log.data) ?? 0n)
}

/** Claims what is owed and gives the rest back, in one transaction. The refund's nonce makes it happen once. */
export function settleRefund(payload: RefundPayload, context: ChannelSettlement): Promise<SettleResponse> {
  const { chain, writer, network, chainId, authorizer } = context
  const { config, amount, order } = payload
  const { payer } = config
  const channelId = channelIdOf(config, chainId)
  if (order === undefined || amount === undefined || amount === 0n || channelId !== payload.voucher.channelId) {
    const reason = 'invalid_batch_settlement_evm_refund_payload'
    return Promise.resolve(failedSettlement(context, { reason, payer }))
  }
  const refund = { channelId, nonce: order.nonce, amount }
  const digest = hashRefund(refund, chainId)

  async function succeeded(transaction: Hex, logs: readonly ChainLog[]): Promise<SettleResponse> {
    const state = await readChannelState(chain, channelId)
    const extra = { channelState: encodeChannelState(state, { channelId }) }
    return { success: true, transaction, network, payer, amount: refundedBy(logs, channelId).toString(), extra }
  }

  /** The nonce has moved on: this very refund went through, or the receiver refunded in another way. */
  async function reconcile(): Promise<SettleResponse> {
    const { lookbackBlocks } = context
    const topics = [REFUNDED, channelId]
    const logs = await chain.getLogs({ address: BATCH_SETTLEMENT_ADDRESS, topics, lookbackBlocks })
    // The calldata of a signed refund holds its amount and nonce side by side.
    const wanted = [amount ?? 0n, refund.nonce].map((value) => value.toString(16).padStart(64, '0')).join('')
    for (const { transaction } of [...logs].reverse().slice(0, MAX_CANDIDATES)) {
      const mined = await chain.getTransaction(transaction)
      if (mined?.status === 'success' && mined.input.toLowerCase().includes(wanted)) {
        return succeeded(transaction, mined.logs)
      }
    }
    return failedSettlement(context, { reason: 'invalid_batch_settlement_evm_refund_simulation_failed', payer })
  }

  return context.once(`refund:${digest}`, async () => {
    const state = await readChannelState(chain, channelId)
    if (state.refundNonce > order.nonce) return reconcile()
    const claimed = order.claims.reduce(
      (most, claim) => (claim.totalClaimed > most ? claim.totalClaimed : most),
      state.totalClaimed,
    )
    if (state.balance <= claimed) {
      return failedSettlement(context, { reason: 'invalid_batch_settlement_evm_refund_no_balance', payer })
    }
    const needsKey =
      order.refundSignature === undefined || (order.claims.length > 0 && order.claimSignature === undefined)
    if (needsKey && authorizer === undefined) {
      return failedSettlement(context, { reason: 'invalid_batch_settlement_evm_authorizer_not_configured', payer })
    }
    if (needsKey && authorizer !== undefined && !isSameAddress(config.receiverAuthorizer, authorizer.address)) {
      return failedSettlement(context, { reason: 'invalid_batch_settlement_evm_authorizer_address_mismatch', payer })
    }
    const sign = async (kind: 'refund' | 'claim'): Promise<Hex> => {
      if (authorizer === undefined) throw new Error('unreachable: checked above')
      const entries = claimEntriesOf(order.claims, chainId)
      return authorizer.signTypedData({
        ...(kind === 'refund' ? refundTypedData(refund, chainId) : claimBatchTypedData(entries, chainId)),
      })
    }
    const signature = order.refundSignature ?? (await sign('refund'))
    const calls = [refundCalldata(config, { ...refund, signature })]
    if (order.claims.length > 0) {
      calls.unshift(claimCalldata(order.claims, order.claimSignature ?? (await sign('claim'))))
    }
    const [only] = calls
    const data = calls.length === 1 && only !== undefined ? only : multicallData(calls)
    const gasLimit = REFUND_GAS + GAS_PER_CLAIM * BigInt(order.claims.length)
    const call = { to: BATCH_SETTLEMENT_ADDRESS, data }
    if ((await chain.call({ ...call, from: writer.address, gas: gasLimit })).status !== 'success') {
      return failedSettlement(context, { reason: 'invalid_batch_settlement_evm_refund_simulation_failed', payer })
    }
    const { transaction, status, logs } = await writer.execute({ ...call, dedupeKey: digest, gasLimit })
    if (status === 'pending') return failedSettlement(context, { reason: 'settlement_pending', transaction, payer })
    return status === 'success'
      ? succeeded(transaction, logs)
      : failedSettlement(context, {
          reason: 'invalid_batch_settlement_evm_refund_transaction_failed',
          transaction,
          payer,
        })
  })
}

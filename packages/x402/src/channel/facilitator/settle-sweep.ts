import { addressWord, decodeUint, encodeCall, eventTopic, uintWord } from '../../evm/abi.js'
import { addressTopic } from '../../evm/transfer-log.js'
import { bytesOf, type Hex, hexOf } from '../../hex.js'
import { keccakHex } from '../../keccak.js'
import type { SettleResponse } from '../../protocol/settle-response.js'
import { settleCalldata } from '../shared/channel-calldata.js'
import { BATCH_SETTLEMENT_ADDRESS } from '../shared/channel-contracts.js'
import type { SettlePayload } from '../shared/channel-payload.js'
import { type ChannelSettlement, failedSettlement } from './channel-settlement.js'

const SETTLED: Hex = /* @__PURE__ */ eventTopic('Settled(address,address,address,uint128)')
const SETTLE_GAS = 150_000n

/** Sends everything claimed to a receiver. Each sum is sent once, however often one asks for it. */
export function settleSweep(payload: SettlePayload, context: ChannelSettlement): Promise<SettleResponse> {
  const { chain, writer, network, chainId } = context
  const { receiver, token } = payload
  const words = [addressWord(receiver), addressWord(token)]
  return context.once(`settle:${receiver}:${token}`, async () => {
    const answer = await chain.call({
      to: BATCH_SETTLEMENT_ADDRESS,
      data: encodeCall('receivers(address,address)', words),
    })
    const claimed = answer.status === 'success' ? decodeUint(answer.data) : undefined
    const settled = answer.status === 'success' ? decodeUint(hexOf(bytesOf(answer.data).subarray(32))) : undefined
    if (claimed === undefined || settled === undefined) {
      return failedSettlement(context, { reason: 'invalid_batch_settlement_evm_rpc_read_failed' })
    }
    if (claimed <= settled) {
      return failedSettlement(context, { reason: 'invalid_batch_settlement_evm_nothing_to_settle' })
    }
    const call = { to: BATCH_SETTLEMENT_ADDRESS, data: settleCalldata(payload) }
    if ((await chain.call({ ...call, from: writer.address, gas: SETTLE_GAS })).status !== 'success') {
      return failedSettlement(context, { reason: 'invalid_batch_settlement_evm_settle_simulation_failed' })
    }
    const dedupeKey = keccakHex(uintWord(chainId), ...words, uintWord(settled), uintWord(claimed))
    const { transaction, status, logs } = await writer.execute({ ...call, dedupeKey, gasLimit: SETTLE_GAS })
    if (status === 'pending') return failedSettlement(context, { reason: 'settlement_pending', transaction })
    if (status !== 'success') {
      return failedSettlement(context, {
        reason: 'invalid_batch_settlement_evm_settle_transaction_failed',
        transaction,
      })
    }
    const log = logs.find(
      ({ topics }) =>
        topics[0]?.toLowerCase() === SETTLED &&
        topics[1]?.toLowerCase() === addressTopic(receiver) &&
        topics[2]?.toLowerCase() === addressTopic(token),
    )
    const amount = log === undefined ? 0n : (decodeUint(log.data) ?? 0n)
    return { success: true, transaction, network, amount: amount.toString() }
  })
}

import { isSameAddress } from '../../address.js'
import { decodeUint, eventTopic } from '../../evm/abi.js'
import { bytesOf, type Hex, hexOf } from '../../hex.js'
import type { SettleResponse } from '../../protocol/settle-response.js'
import { claimCalldata } from '../shared/channel-calldata.js'
import { BATCH_SETTLEMENT_ADDRESS } from '../shared/channel-contracts.js'
import type { ClaimPayload, VoucherClaim } from '../shared/channel-payload.js'
import { readChannelStates } from '../shared/channel-state.js'
import { type ClaimEntry, channelIdOf, claimBatchTypedData, hashClaimBatch } from '../shared/channel-typed-data.js'
import { type ChannelSettlement, failedSettlement } from './channel-settlement.js'

const CLAIMED: Hex = /* @__PURE__ */ eventTopic('Claimed(bytes32,address,uint128,uint128)')
/** Bounds, not estimates. On the local contract one claim took 61 052 gas, ten of one receiver 282 182. */
const BASE_GAS = 120_000n
const GAS_PER_CLAIM = 90_000n

/** The rows of a batch as they are signed. */
export function claimEntriesOf(claims: readonly VoucherClaim[], chainId: bigint): readonly ClaimEntry[] {
  return claims.map(({ config, maxClaimableAmount, totalClaimed }) => ({
    channelId: channelIdOf(config, chainId),
    maxClaimableAmount,
    totalClaimed,
  }))
}

/** The transaction of an earlier claim that covers this one. */
async function findClaim(entry: ClaimEntry, context: ChannelSettlement): Promise<Hex | undefined> {
  const { chain, lookbackBlocks } = context
  const topics = [CLAIMED, entry.channelId]
  const logs = await chain.getLogs({ address: BATCH_SETTLEMENT_ADDRESS, topics, lookbackBlocks })
  return logs.find((log) => (decodeUint(hexOf(bytesOf(log.data).subarray(32))) ?? 0n) >= entry.totalClaimed)
    ?.transaction
}

/** Signs a batch when the server left that to this facilitator. */
async function authorize(
  payload: ClaimPayload,
  context: ChannelSettlement,
): Promise<
  | Hex
  | 'invalid_batch_settlement_evm_authorizer_not_configured'
  | 'invalid_batch_settlement_evm_authorizer_address_mismatch'
> {
  if (payload.claimSignature !== undefined) return payload.claimSignature
  const { authorizer, chainId } = context
  if (authorizer === undefined) return 'invalid_batch_settlement_evm_authorizer_not_configured'
  if (!payload.claims.every(({ config }) => isSameAddress(config.receiverAuthorizer, authorizer.address))) {
    return 'invalid_batch_settlement_evm_authorizer_address_mismatch'
  }
  return authorizer.signTypedData({ ...claimBatchTypedData(claimEntriesOf(payload.claims, chainId), chainId) })
}

/** Books a batch of claims. A batch of which nothing is new sends nothing and names the transaction that did it. */
export function settleClaim(payload: ClaimPayload, context: ChannelSettlement): Promise<SettleResponse> {
  const { chain, writer, network, chainId } = context
  const entries = claimEntriesOf(payload.claims, chainId)
  const digest = hashClaimBatch(entries, chainId)
  return context.once(`claim:${digest}`, async () => {
    const states = await readChannelStates(
      chain,
      entries.map(({ channelId }) => channelId),
    )
    const first = entries[0]
    if (
      first !== undefined &&
      entries.every((entry, index) => entry.totalClaimed <= (states[index]?.totalClaimed ?? 0n))
    ) {
      return { success: true, transaction: (await findClaim(first, context)) ?? '', network, amount: '' }
    }
    const signature = await authorize(payload, context)
    if (
      signature === 'invalid_batch_settlement_evm_authorizer_not_configured' ||
      signature === 'invalid_batch_settlement_evm_authorizer_address_mismatch'
    ) {
      return failedSettlement(context, { reason: signature })
    }
    const data = claimCalldata(payload.claims, signature)
    const gasLimit = BASE_GAS + GAS_PER_CLAIM * BigInt(entries.length)
    const call = { to: BATCH_SETTLEMENT_ADDRESS, data }
    if ((await chain.call({ ...call, from: writer.address, gas: gasLimit })).status !== 'success') {
      return failedSettlement(context, { reason: 'invalid_batch_settlement_evm_claim_simulation_failed' })
    }
    const { transaction, status } = await writer.execute({ ...call, dedupeKey: digest, gasLimit })
    if (status === 'pending') return failedSettlement(context, { reason: 'settlement_pending', transaction })
    return status === 'success'
      ? { success: true, transaction, network, amount: '' }
      : failedSettlement(context, { reason: 'invalid_batch_settlement_evm_claim_transaction_failed', transaction })
  })
}

import { bytes32Word, eventTopic } from '../../evm/abi.js'
import type { ChainReader } from '../../evm/chain.js'
import { addressTopic } from '../../evm/transfer-log.js'
import { type Hex, hexOf } from '../../hex.js'
import type { Reason } from '../../protocol/reason.js'
import type { SettleResponse } from '../../protocol/settle-response.js'
import { depositCalldata } from '../shared/channel-calldata.js'
import { BATCH_SETTLEMENT_ADDRESS } from '../shared/channel-contracts.js'
import type { DepositPayload } from '../shared/channel-payload.js'
import { encodeChannelState, readChannelState } from '../shared/channel-state.js'
import type { ChannelTerms } from '../shared/channel-terms.js'
import { depositNonce, hashDeposit } from '../shared/channel-typed-data.js'
import { type ChannelSettlement, failedSettlement } from './channel-settlement.js'
import { depositDomainOf, isDepositUsed } from './check-deposit.js'

/** Topic 0 of the channel contract's `Deposited`. */
const DEPOSITED: Hex = /* @__PURE__ */ eventTopic('Deposited(bytes32,address,uint128,uint128)')
const AUTHORIZATION_USED: Hex = /* @__PURE__ */ eventTopic('AuthorizationUsed(address,bytes32)')
const MAX_CANDIDATES = 50

/** Context of {@link settleDeposit}. */
export interface DepositSettlement extends ChannelSettlement {
  readonly terms: ChannelTerms
  readonly gasLimit: bigint
  /** Why the deposit cannot be brought, or `undefined`. */
  readonly check: () => Promise<string | undefined>
}

/** Finds the transaction that brought a deposit whose nonce is used: by this facilitator or by anyone else. */
async function findDeposit(
  payload: DepositPayload,
  search: { readonly chain: ChainReader; readonly lookbackBlocks: bigint },
): Promise<Hex | undefined> {
  const { authorization: a, amount } = payload.deposit
  const { channelId } = payload.voucher
  const logs = await search.chain.getLogs({
    address: BATCH_SETTLEMENT_ADDRESS,
    topics: [DEPOSITED, channelId],
    lookbackBlocks: search.lookbackBlocks,
  })
  const wanted = hexOf(bytes32Word(`0x${amount.toString(16).padStart(64, '0')}`))
  const candidates = logs.filter((log) => log.data.slice(0, 66).toLowerCase() === wanted).slice(-MAX_CANDIDATES)
  for (const { transaction } of [...candidates].reverse()) {
    const mined = await search.chain.getTransaction(transaction)
    if (mined?.status !== 'success') continue
    if (a.method === 'permit2') {
      // Permit2 names no nonce in its events; the calldata of the deposit does.
      if (mined.input.toLowerCase().includes(a.nonce.toString(16).padStart(64, '0'))) return transaction
      continue
    }
    const nonce = depositNonce(channelId, a.salt)
    const from = addressTopic(a.from)
    const used = mined.logs.some(
      ({ topics }) =>
        topics[0]?.toLowerCase() === AUTHORIZATION_USED &&
        topics[1]?.toLowerCase() === from &&
        topics[2]?.toLowerCase() === nonce,
    )
    if (used) return transaction
  }
  return undefined
}

/** Brings a deposit on chain, once: a deposit that is there already is a success with its transaction. */
export function settleDeposit(payload: DepositPayload, context: DepositSettlement): Promise<SettleResponse> {
  const { chain, writer, network, terms } = context
  const { payer } = payload.config
  const { channelId } = payload.voucher
  const { authorization, amount } = payload.deposit
  const digest = hashDeposit(authorization, depositDomainOf(terms))

  async function succeeded(transaction: Hex): Promise<SettleResponse> {
    const state = await readChannelState(chain, channelId)
    const extra = { channelState: encodeChannelState(state, { channelId }) }
    return { success: true, transaction, network, payer, amount: amount.toString(), extra }
  }

  async function reconcile(reason: Reason, sent = ''): Promise<SettleResponse> {
    if (!(await isDepositUsed(authorization, { chain, token: terms.token }))) {
      return failedSettlement(context, { reason, transaction: sent, payer })
    }
    const transaction = await findDeposit(payload, context)
    // Used without a deposit: the payer cancelled it.
    return transaction === undefined
      ? failedSettlement(context, { reason: 'channel_deposit_already_used', payer })
      : succeeded(transaction)
  }

  return context.once(`deposit:${digest}`, async () => {
    if (await isDepositUsed(authorization, { chain, token: terms.token })) {
      return reconcile('invalid_batch_settlement_evm_deposit_transaction_failed')
    }
    const fault = await context.check()
    // The check answers with codes of this package only.
    if (fault !== undefined) return failedSettlement(context, { reason: fault as Reason, payer })
    const outcome = await writer.execute({
      to: BATCH_SETTLEMENT_ADDRESS,
      data: depositCalldata(payload.config, payload.deposit),
      dedupeKey: digest,
      gasLimit: context.gasLimit,
    })
    const { transaction, status, logs } = outcome
    if (status === 'pending') return failedSettlement(context, { reason: 'settlement_pending', transaction, payer })
    const deposited = logs.some(
      ({ topics }) => topics[0]?.toLowerCase() === DEPOSITED && topics[1]?.toLowerCase() === channelId,
    )
    if (status === 'success' && deposited) return succeeded(transaction)
    return reconcile('invalid_batch_settlement_evm_deposit_transaction_failed', transaction)
  })
}

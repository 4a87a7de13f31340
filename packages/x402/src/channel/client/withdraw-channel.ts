import { systemClock } from '../../defaults.js'
import type { ChainReader, ChainWriter } from '../../evm/chain.js'
import type { Hex } from '../../hex.js'
import { keccakHex } from '../../keccak.js'
import { X402Error } from '../../x402-error.js'
import { finalizeWithdrawCalldata, initiateWithdrawCalldata } from '../shared/channel-calldata.js'
import { BATCH_SETTLEMENT_ADDRESS } from '../shared/channel-contracts.js'
import { readChannelState } from '../shared/channel-state.js'
import { type ClientChannel, unspentOf } from './client-channel.js'

type Chain = Pick<ChainReader, 'call'> | undefined

async function send(call: { readonly data: Hex; readonly what: string }, writer: ChainWriter): Promise<Hex> {
  const dedupeKey = keccakHex(new TextEncoder().encode(`${call.what} ${systemClock()} ${call.data}`))
  const { transaction, status } = await writer.execute({ to: BATCH_SETTLEMENT_ADDRESS, data: call.data, dedupeKey })
  if (status === 'reverted') throw new X402Error('CHANNEL_REFUSED', `the chain refused to ${call.what}`)
  return transaction
}

/** Starts the way out that needs no server, for `amount` or all that is free. @throws X402Error `CHANNEL_REFUSED` */
export async function startWithdrawal(
  channel: ClientChannel,
  using: { readonly writer: ChainWriter; readonly chain: Chain; readonly amount: bigint | undefined },
): Promise<Hex> {
  const { writer, chain, amount } = using
  const known = chain === undefined ? undefined : await readChannelState(chain, channel.channelId)
  const free =
    known === undefined ? unspentOf({ ...channel, pendingDeposit: undefined }) : known.balance - known.totalClaimed
  const data = initiateWithdrawCalldata(channel.config, amount ?? free)
  return send({ data, what: 'start the withdrawal' }, writer)
}

/** Ends the way out after the withdraw delay; the balance is `undefined` without a chain to ask. @throws X402Error `CHANNEL_REFUSED` */
export async function finishWithdrawal(
  channel: ClientChannel,
  using: { readonly writer: ChainWriter; readonly chain: Chain },
): Promise<{ readonly transaction: Hex; readonly balance: bigint | undefined }> {
  const { writer, chain } = using
  const data = finalizeWithdrawCalldata(channel.config)
  const transaction = await send({ data, what: 'finish the withdrawal' }, writer)
  const after = chain === undefined ? undefined : await readChannelState(chain, channel.channelId)
  return { transaction, balance: after?.balance }
}

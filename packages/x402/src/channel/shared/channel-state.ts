import { bytes32Word, decodeUint, encodeCall } from '../../evm/abi.js'
import type { ChainReader } from '../../evm/chain.js'
import { bytesOf, type Hex, hexOf, isHex, lowerHex } from '../../hex.js'
import { parseAtomicAmount } from '../../protocol/amount.js'
import type { JsonObject } from '../../protocol/json.js'
import { isJsonObject } from '../../protocol/json.js'
import { X402Error } from '../../x402-error.js'
import { decodeBytesArray, multicallData } from './channel-calldata.js'
import { BATCH_SETTLEMENT_ADDRESS } from './channel-contracts.js'
import { parseUint128 } from './channel-payload.js'

/** What the channel contract knows of a channel. A channel that was never opened is all zeros. */
export interface ChannelState {
  readonly balance: bigint
  readonly totalClaimed: bigint
  /** Unix seconds; 0 when no withdrawal is pending. */
  readonly withdrawRequestedAt: bigint
  readonly refundNonce: bigint
}

/** A channel's state as messages carry it, with the server's own count. */
export interface ReportedChannelState extends ChannelState {
  readonly channelId: Hex
  /** What the server says it has charged in all; facilitators do not know it. */
  readonly charged: bigint | undefined
}

function word(data: Hex | undefined, index: number): bigint | undefined {
  return data === undefined ? undefined : decodeUint(hexOf(bytesOf(data).subarray(index * 32)))
}

/**
 * Reads channels in one `eth_call`, so that the numbers of each belong to one block.
 * @throws X402Error `CHAIN_READ_FAILED` when the contract is not there
 */
export async function readChannelStates(
  chain: Pick<ChainReader, 'call'>,
  channelIds: readonly Hex[],
): Promise<readonly ChannelState[]> {
  if (channelIds.length === 0) return []
  const calls = channelIds.flatMap((channelId) =>
    ['channels(bytes32)', 'pendingWithdrawals(bytes32)', 'refundNonce(bytes32)'].map((signature) =>
      encodeCall(signature, [bytes32Word(channelId)]),
    ),
  )
  const answer = await chain.call({ to: BATCH_SETTLEMENT_ADDRESS, data: multicallData(calls) })
  const results = answer.status === 'success' ? decodeBytesArray(answer.data) : undefined
  if (results === undefined || results.length !== calls.length) {
    throw new X402Error('CHAIN_READ_FAILED', 'the channel contract gave no answer')
  }
  return channelIds.map((_, index) => {
    const [channel, withdrawal, nonce] = results.slice(index * 3, index * 3 + 3)
    const [balance, totalClaimed] = [word(channel, 0), word(channel, 1)]
    const [withdrawRequestedAt, refundNonce] = [word(withdrawal, 1), word(nonce, 0)]
    if (
      balance === undefined ||
      totalClaimed === undefined ||
      withdrawRequestedAt === undefined ||
      refundNonce === undefined
    ) {
      throw new X402Error('CHAIN_READ_FAILED', 'the channel contract gave a short answer')
    }
    return { balance, totalClaimed, withdrawRequestedAt, refundNonce }
  })
}

/** Reads one channel; see {@link readChannelStates}. */
export async function readChannelState(chain: Pick<ChainReader, 'call'>, channelId: Hex): Promise<ChannelState> {
  const [state] = await readChannelStates(chain, [channelId])
  if (state === undefined) throw new X402Error('CHAIN_READ_FAILED', 'the channel contract gave no answer')
  return state
}

/** Writes a state as messages carry it. */
export function encodeChannelState(state: ChannelState, named: { channelId: Hex; charged?: bigint }): JsonObject {
  return {
    channelId: named.channelId,
    balance: state.balance.toString(),
    totalClaimed: state.totalClaimed.toString(),
    withdrawRequestedAt: Number(state.withdrawRequestedAt),
    refundNonce: state.refundNonce.toString(),
    ...(named.charged === undefined ? {} : { chargedCumulativeAmount: named.charged.toString() }),
  }
}

function uintOf(value: unknown): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
  return parseAtomicAmount(value)
}

/**
 * Reads a state from a message; numbers are taken for texts, as some peers send them.
 * @throws X402Error `MALFORMED_MESSAGE`, `INVALID_AMOUNT`
 */
export function parseChannelState(input: unknown): ReportedChannelState {
  if (!isJsonObject(input)) throw new X402Error('MALFORMED_MESSAGE', 'channelState: expected an object')
  const { channelId, chargedCumulativeAmount: charged } = input
  if (!isHex(channelId, 32)) throw new X402Error('MALFORMED_MESSAGE', 'channelId: expected 32 bytes of hex')
  return {
    channelId: lowerHex(channelId),
    balance: uintOf(input['balance']),
    totalClaimed: uintOf(input['totalClaimed']),
    withdrawRequestedAt: uintOf(input['withdrawRequestedAt']),
    refundNonce: uintOf(input['refundNonce']),
    charged: charged === undefined || charged === null ? undefined : parseUint128(charged),
  }
}

import type { Address, Hex } from '@og/settlement'
import { ClientError } from '../client-error.js'
import type { JsonValue } from '../read-json.js'
import { addressTopic, callContract, encodeCall, topicOf } from './abi.js'
import type { JsonRpc } from './json-rpc.js'

/** Tokens that an owner holds, in atomic units. @throws ClientError `CHAIN_UNAVAILABLE` */
export async function balanceOf(
  rpc: JsonRpc,
  query: { readonly asset: Address; readonly owner: Address },
): Promise<bigint> {
  const answer = await callContract(rpc, {
    to: query.asset,
    signature: 'balanceOf(address)',
    words: [query.owner],
  })
  return answer.uint(0)
}

/** Tokens that a spender may move for an owner, in atomic units. @throws ClientError `CHAIN_UNAVAILABLE` */
export async function allowanceOf(
  rpc: JsonRpc,
  query: { readonly asset: Address; readonly owner: Address; readonly spender: Address },
): Promise<bigint> {
  const answer = await callContract(rpc, {
    to: query.asset,
    signature: 'allowance(address,address)',
    words: [query.owner, query.spender],
  })
  return answer.uint(0)
}

/** Decimals of a token, `uint8` in ERC-20. @throws ClientError `CHAIN_UNAVAILABLE` */
export async function decimalsOf(rpc: JsonRpc, asset: Address): Promise<number> {
  const answer = await callContract(rpc, { to: asset, signature: 'decimals()', words: [] })
  const decimals = answer.uint(0)
  if (decimals > 255n) throw new ClientError('CHAIN_UNAVAILABLE', 'the token names no possible number of decimals')
  return Number(decimals)
}

/** Calldata of an approval. */
export function approveCalldata(approval: { readonly spender: Address; readonly amount: bigint }): Hex {
  return encodeCall('approve(address,uint256)', [approval.spender, approval.amount])
}

/** A movement of tokens. */
export interface Transfer {
  readonly asset: Address
  readonly from: Address
  readonly to: Address
  readonly amount: bigint
}

/** True when a log of a transaction, as JSON-RPC gives it, is this very transfer. */
export function isTransfer(log: { readonly [key: string]: JsonValue }, transfer: Transfer): boolean {
  const { address, topics, data } = log
  if (typeof address !== 'string' || typeof data !== 'string' || !Array.isArray(topics)) return false
  const wanted = [topicOf('Transfer(address,address,uint256)'), addressTopic(transfer.from), addressTopic(transfer.to)]
  return (
    address.toLowerCase() === transfer.asset.toLowerCase() &&
    topics.length === wanted.length &&
    wanted.every((topic, index) => String(topics[index]).toLowerCase() === topic) &&
    /^0x[0-9a-f]{64}$/i.test(data) &&
    BigInt(data) === transfer.amount
  )
}

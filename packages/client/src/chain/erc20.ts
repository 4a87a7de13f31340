import type { Address, Hex } from '@og/settlement'
import { ClientError } from '../client-error.js'
import { isJsonObject, type JsonValue } from '../read-json.js'
import { isSameAddress } from '../same-address.js'
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

/** A log of a transaction. Topics are lower case. */
export interface TransactionLog {
  readonly address: string
  readonly topics: readonly string[]
  readonly data: string
}

/** Reads the logs of a transaction's receipt, as JSON-RPC gives them. What cannot be a log is left out. */
export function logsOf(value: JsonValue | undefined): readonly TransactionLog[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((log) => {
    if (!isJsonObject(log)) return []
    const { address, topics, data } = log
    if (typeof address !== 'string' || typeof data !== 'string' || !Array.isArray(topics)) return []
    return [{ address, data, topics: topics.map((topic) => String(topic).toLowerCase()) }]
  })
}

function isEvent({ address, topics }: TransactionLog, asset: Address, wanted: readonly string[]): boolean {
  return (
    isSameAddress(address, asset) &&
    topics.length === wanted.length &&
    wanted.every((topic, index) => topics[index] === topic)
  )
}

/** True when a log of a transaction is this very transfer. */
export function isTransfer(log: TransactionLog, { asset, from, to, amount }: Transfer): boolean {
  const wanted = [topicOf('Transfer(address,address,uint256)'), addressTopic(from), addressTopic(to)]
  return isEvent(log, asset, wanted) && /^0x[0-9a-f]{64}$/i.test(log.data) && BigInt(log.data) === amount
}

/**
 * The logs that an EIP-3009 authorization left in a transaction: from the token's event that it was used to the next such event. `undefined` when
 * the transaction did not use it.
 */
export function logsOfAuthorization(
  logs: readonly TransactionLog[],
  { asset, from, nonce }: { readonly asset: Address; readonly from: Address; readonly nonce: Hex },
): readonly TransactionLog[] | undefined {
  const used = topicOf('AuthorizationUsed(address,bytes32)')
  const wanted = [used, addressTopic(from), nonce]
  const start = logs.findIndex((log) => isEvent(log, asset, wanted))
  if (start < 0) return undefined
  const rest = logs.slice(start + 1)
  const end = rest.findIndex(({ address, topics }) => isSameAddress(address, asset) && topics[0] === used)
  return end < 0 ? rest : rest.slice(0, end)
}

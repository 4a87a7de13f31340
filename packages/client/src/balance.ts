import { type Address, checksumAddress } from '@og/settlement'
import { PERMIT2_ADDRESS } from '@og/x402/evm'
import { allowanceOf, balanceOf, decimalsOf } from './chain/erc20.js'
import { type JsonRpc, quantityOf } from './chain/json-rpc.js'
import { ClientError } from './client-error.js'

/** What the payer holds. Amounts are atomic units. */
export interface Balance {
  readonly network: string
  readonly asset: Address
  /** Decimals of the asset, by its own word: 6 means that 1000000 is one. */
  readonly decimals: number
  readonly amount: bigint
  /** How much of it Permit2 may move: what `upto` payments need. */
  readonly allowance: bigint
  /** The chain's own coin, in wei: what transactions of the payer itself need. Paying for inference needs none. */
  readonly gas: bigint
}

/** Reads what an owner holds of a token. @throws ClientError `CHAIN_UNAVAILABLE`, `CHAIN_REFUSED`, `INVALID_OPTIONS` */
export async function fetchBalance(options: {
  readonly rpc: JsonRpc
  readonly owner: Address
  readonly network: string
  readonly asset: string
}): Promise<Balance> {
  const { rpc, owner, network } = options
  const asset = checksumAddress(`0x${options.asset.slice(2)}`)
  const chainId = await rpc.chainId()
  if (`eip155:${chainId}` !== network) {
    throw new ClientError('INVALID_OPTIONS', `rpcUrl leads to eip155:${chainId}, the node is paid on ${network}`)
  }
  const [amount, allowance, decimals, gas] = await Promise.all([
    balanceOf(rpc, { asset, owner }),
    allowanceOf(rpc, { asset, owner, spender: PERMIT2_ADDRESS }),
    decimalsOf(rpc, asset),
    rpc.request('eth_getBalance', [owner, 'latest']).then(quantityOf),
  ])
  return { network, asset, decimals, amount, allowance, gas }
}

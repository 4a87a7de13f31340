import { decodeFunctionResult, encodeFunctionData } from 'viem'
import { usdcAddress } from './addresses.js'
import { usdcDoubleAbi } from './generated/usdc-double.js'
import type { Address, Hex } from './hex.js'
import { masterAddress } from './master.js'
import { type ChainTarget, callContract, sendAs } from './rpc.js'

/**
 * Mints tokens of the token double; `amount` is in atomic units (6 decimals). Returns the transaction hash.
 *
 * @throws DevchainError `REVERTED`, `RPC_FAILED`
 */
export function mintToken(
  chain: ChainTarget,
  options: { readonly to: Address; readonly amount: bigint },
): Promise<Hex> {
  const data = encodeFunctionData({ abi: usdcDoubleAbi, functionName: 'mint', args: [options.to, options.amount] })
  return sendAs(chain, masterAddress(), { to: usdcAddress, data })
}

/** Reads a balance of the token double in atomic units. */
export async function tokenBalance(chain: ChainTarget, address: Address): Promise<bigint> {
  const call = encodeFunctionData({ abi: usdcDoubleAbi, functionName: 'balanceOf', args: [address] })
  const data = await callContract(chain, { to: usdcAddress, data: call })
  return decodeFunctionResult({ abi: usdcDoubleAbi, functionName: 'balanceOf', data })
}

/** What the token's issuer can do to an account or to everybody. */
export type TokenOrder =
  | { readonly order: 'blacklist' | 'unBlacklist'; readonly account: Address }
  | { readonly order: 'pause' | 'unpause' }

/** Gives one of the issuer's orders to the token double, for tests of payments that fail after they were verified. */
export function orderToken(chain: ChainTarget, order: TokenOrder): Promise<Hex> {
  const data =
    'account' in order
      ? encodeFunctionData({ abi: usdcDoubleAbi, functionName: order.order, args: [order.account] })
      : encodeFunctionData({ abi: usdcDoubleAbi, functionName: order.order })
  return sendAs(chain, masterAddress(), { to: usdcAddress, data })
}

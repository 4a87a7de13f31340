import { PERMIT2_ADDRESS } from '@og/x402/evm'
import {
  type Address,
  createWalletClient,
  defineChain,
  erc20Abi,
  getAddress,
  type Hex,
  http,
  type LocalAccount,
  maxUint256,
  type PublicClient,
} from 'viem'
import { ClientError } from './client-error.js'
import type { Fetch } from './defaults.js'

/** What `client.approve` did. */
export interface Approval {
  readonly transaction: Hex
  readonly network: string
  readonly asset: Address
  /** Allowance of Permit2 in atomic units, read from the chain after the transaction. */
  readonly allowance: bigint
}

/** Options of {@link approvePermit2}. */
export interface ApprovePermit2Options {
  readonly account: LocalAccount
  readonly chain: PublicClient
  readonly rpcUrl: string
  readonly fetch: Fetch
  readonly network: string
  readonly asset: string
  /** Atomic units; everything unless told otherwise. */
  readonly amount?: bigint | undefined
}

/**
 * Lets Permit2 move the payer's tokens, so that `upto` payments (charged by use) become possible. Costs gas of the payer.
 * @throws ClientError `APPROVAL_FAILED`
 */
export async function approvePermit2(options: ApprovePermit2Options): Promise<Approval> {
  const { account, chain, network } = options
  const asset = getAddress(options.asset)
  try {
    const chainId = await chain.getChainId()
    if (`eip155:${chainId}` !== network) {
      throw new ClientError('APPROVAL_FAILED', `rpcUrl leads to eip155:${chainId}, the node is paid on ${network}`)
    }
    const wallet = createWalletClient({
      account,
      chain: defineChain({
        id: chainId,
        name: network,
        nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
        rpcUrls: { default: { http: [options.rpcUrl] } },
      }),
      transport: http(options.rpcUrl, { fetchFn: (input, init) => options.fetch(String(input), init ?? {}) }),
    })
    const transaction = await wallet.writeContract({
      address: asset,
      abi: erc20Abi,
      functionName: 'approve',
      args: [PERMIT2_ADDRESS, options.amount ?? maxUint256],
    })
    const receipt = await chain.waitForTransactionReceipt({ hash: transaction })
    if (receipt.status !== 'success')
      throw new ClientError('APPROVAL_FAILED', `the approval ${transaction} was reverted`)
    const allowance = await chain.readContract({
      address: asset,
      abi: erc20Abi,
      functionName: 'allowance',
      args: [account.address, PERMIT2_ADDRESS],
    })
    return { transaction, network, asset, allowance }
  } catch (error) {
    if (error instanceof ClientError) throw error
    throw new ClientError('APPROVAL_FAILED', 'the approval could not be sent or confirmed', { cause: error })
  }
}

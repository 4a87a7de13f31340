import { type Address, checksumAddress, type Hex } from '@og/settlement'
import { PERMIT2_ADDRESS } from '@og/x402/evm'
import { allowanceOf, approveCalldata } from './chain/erc20.js'
import { type SendTransactionOptions, sendTransaction } from './chain/send-transaction.js'
import { ClientError } from './client-error.js'

/** What `client.approve` did. */
export interface Approval {
  readonly transaction: Hex
  readonly network: string
  readonly asset: Address
  /** Allowance of Permit2 in atomic units, read from the chain after the transaction. */
  readonly allowance: bigint
}

/** Options of {@link approvePermit2}. */
export interface ApprovePermit2Options extends SendTransactionOptions {
  readonly network: string
  readonly asset: string
  /** Atomic units; everything unless told otherwise. */
  readonly amount?: bigint | undefined
}

const EVERYTHING = (1n << 256n) - 1n

/**
 * Lets Permit2 move the payer's tokens, so that `upto` payments (charged by use) become possible. Costs gas of the payer.
 * @throws ClientError `APPROVAL_FAILED`
 */
export async function approvePermit2(options: ApprovePermit2Options): Promise<Approval> {
  const { account, rpc, network, amount = EVERYTHING } = options
  const asset = checksumAddress(`0x${options.asset.slice(2)}`)
  try {
    const chainId = await rpc.chainId()
    if (`eip155:${chainId}` !== network) {
      throw new ClientError('APPROVAL_FAILED', `rpcUrl leads to eip155:${chainId}, the node is paid on ${network}`)
    }
    const data = approveCalldata({ spender: PERMIT2_ADDRESS, amount })
    const { transaction } = await sendTransaction({ to: asset, data }, options)
    const allowance = await allowanceOf(rpc, { asset, owner: account.address, spender: PERMIT2_ADDRESS })
    return { transaction, network, asset, allowance }
  } catch (error) {
    if (error instanceof ClientError && error.code === 'APPROVAL_FAILED') throw error
    throw new ClientError('APPROVAL_FAILED', 'the approval could not be sent or confirmed', { cause: error })
  }
}

import { ClientError } from '@og/client'
import type { Hex } from '@og/settlement'
import { inferenceLogDeployData, nodeRegistryOf } from '@og/settlement/contracts'
import { BaseError, createPublicClient, createWalletClient, getAddress, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

/** The record contracts of an operator: where records go, and the registry that says who may sign them. */
export interface DeployedContracts {
  readonly chainId: bigint
  readonly inferenceLog: Hex
  readonly nodeRegistry: Hex
  /** Whose signature admits nodes. */
  readonly registrar: Hex
  readonly transaction: Hex
  readonly blockNumber: bigint
}

/**
 * Deploys `InferenceLog` and, by it, its `NodeRegistry`, in one transaction that the given key pays for.
 * @throws ClientError `CHAIN_REFUSED` with what the chain says
 */
export async function deployContracts(options: {
  readonly rpc: string
  readonly privateKey: Hex
  /** The account of the key unless given. */
  readonly registrar?: Hex
}): Promise<DeployedContracts> {
  const transport = http(options.rpc)
  const client = createPublicClient({ transport, pollingInterval: 250 })
  const account = privateKeyToAccount(options.privateKey)
  const registrar = getAddress(options.registrar ?? account.address)
  try {
    const chainId = BigInt(await client.getChainId())
    const wallet = createWalletClient({ account, transport })
    const data = inferenceLogDeployData({ registrar })
    const transaction = await wallet.sendTransaction({ data, chain: null })
    const { status, contractAddress, blockNumber } = await client.waitForTransactionReceipt({ hash: transaction })
    if (status !== 'success' || contractAddress == null) throw new ClientError('CHAIN_REFUSED', 'nothing was deployed')
    const nodeRegistry = nodeRegistryOf(contractAddress)
    return { chainId, inferenceLog: getAddress(contractAddress), nodeRegistry, registrar, transaction, blockNumber }
  } catch (error) {
    if (error instanceof ClientError) throw error
    const why = error instanceof BaseError ? error.shortMessage.split('\n', 1).join() : 'it cannot be reached'
    throw new ClientError('CHAIN_REFUSED', `the chain refuses the contracts: ${why}`)
  }
}

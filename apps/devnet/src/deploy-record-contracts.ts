import { waitForReceipt } from '@og/devchain'
import { inferenceLogDeployData, nodeRegistryOf } from '@og/settlement/contracts'
import { type Address, createPublicClient, createWalletClient, getAddress, type Hex, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

/** Where receipts and nodes are recorded. */
export interface RecordContracts {
  readonly inferenceLog: Address
  readonly nodeRegistry: Address
}

/** Deploys the record contracts; the deployer is also the registrar whose word the registry takes. */
export async function deployRecordContracts(options: {
  readonly rpcUrl: string
  readonly deployer: { readonly address: Address; readonly privateKey: Hex }
}): Promise<RecordContracts> {
  const transport = http(options.rpcUrl)
  const client = createPublicClient({ transport, pollingInterval: 50 })
  const wallet = createWalletClient({ account: privateKeyToAccount(options.deployer.privateKey), transport })
  const data = inferenceLogDeployData({ registrar: options.deployer.address })
  const hash = await wallet.sendTransaction({ chain: null, data })
  const { contractAddress } = await waitForReceipt(client, hash)
  if (contractAddress == null) throw new Error('The record contracts were not deployed.')
  return { inferenceLog: getAddress(contractAddress), nodeRegistry: nodeRegistryOf(contractAddress) }
}

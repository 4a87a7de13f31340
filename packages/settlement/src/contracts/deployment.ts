import { encodeDeployData, getContractAddress } from 'viem'
import type { Address } from '../address.js'
import type { Hex } from '../hex.js'
import { inferenceLogAbi, inferenceLogBytecode } from './generated/inference-log.js'

/**
 * Gives the data of the one transaction that deploys an `InferenceLog` and, from its constructor, its `NodeRegistry`.
 *
 * @example
 * const hash = await wallet.sendTransaction({ data: inferenceLogDeployData({ registrar }) })
 * const { contractAddress } = await client.waitForTransactionReceipt({ hash })
 * const nodeRegistry = nodeRegistryOf(contractAddress)
 */
export function inferenceLogDeployData(options: { readonly registrar: Address }): Hex {
  return encodeDeployData({ abi: inferenceLogAbi, bytecode: inferenceLogBytecode, args: [options.registrar] })
}

/** Derives the address of the `NodeRegistry` that an `InferenceLog` deployed along with itself. */
export function nodeRegistryOf(inferenceLog: Address): Address {
  return getContractAddress({ from: inferenceLog, nonce: 1n })
}

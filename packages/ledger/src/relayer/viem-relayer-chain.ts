import {
  BaseError,
  ExecutionRevertedError,
  type PublicClient,
  RpcRequestError,
  TransactionReceiptNotFoundError,
} from 'viem'
import { LedgerError } from '../ledger-error.js'
import type { RelayerChain } from './relayer-chain.js'

/** Overrides of {@link viemRelayerChain}. */
export interface ViemRelayerChainOptions {
  /** The chain that is meant; default: the client's configured chain. */
  readonly chainId?: bigint
}

const EXECUTION_REVERTED = 3 // JSON-RPC error code of go-ethereum and anvil for a revert

function isRevert(error: unknown): boolean {
  if (!(error instanceof BaseError)) return false
  const found = error.walk(
    (cause) =>
      cause instanceof ExecutionRevertedError ||
      (cause instanceof RpcRequestError && cause.code === EXECUTION_REVERTED),
  )
  return found !== null
}

/**
 * The relayer's chain port over a viem public client.
 *
 * @throws LedgerError `INVALID_INPUT` if neither the client nor the options name a chain
 */
export function viemRelayerChain(publicClient: PublicClient, options: ViemRelayerChainOptions = {}): RelayerChain {
  const configured = options.chainId ?? (publicClient.chain === undefined ? undefined : BigInt(publicClient.chain.id))
  if (configured === undefined)
    throw new LedgerError('INVALID_INPUT', 'the public client has no chain: pass { chainId }')
  return {
    chainId: configured,
    fetchChainId: async () => BigInt(await publicClient.getChainId()),
    fetchBlockNumber: () => publicClient.getBlockNumber({ cacheTime: 0 }),
    fetchNonce: (address, at) =>
      publicClient.getTransactionCount(
        typeof at === 'bigint' ? { address, blockNumber: at } : { address, blockTag: at },
      ),
    fetchBalance: (address) => publicClient.getBalance({ address }),
    fetchFees: async () => {
      const [block, maxPriorityFeePerGas] = await Promise.all([
        publicClient.getBlock({ blockTag: 'latest' }),
        publicClient.estimateMaxPriorityFeePerGas(),
      ])
      return { baseFeePerGas: block.baseFeePerGas ?? 0n, maxPriorityFeePerGas }
    },
    estimateGas: async ({ from, to, data }) => {
      try {
        return { ok: true, gas: await publicClient.estimateGas({ account: from, to, data }) }
      } catch (error) {
        if (isRevert(error))
          return { ok: false, detail: error instanceof BaseError ? error.shortMessage : String(error) }
        throw error
      }
    },
    sendRawTransaction: async (raw) => {
      try {
        await publicClient.sendRawTransaction({ serializedTransaction: raw })
      } catch (error) {
        // The full message names the node's URL, which may hold a key: what is stored is the node's own words.
        if (error instanceof BaseError) throw new Error(error.details || error.shortMessage, { cause: error })
        throw error
      }
    },
    fetchReceipt: async (hash) => {
      try {
        const receipt = await publicClient.getTransactionReceipt({ hash })
        return {
          status: receipt.status,
          blockNumber: receipt.blockNumber,
          logs: receipt.logs.map(({ address, topics, data }) => ({ address, topics, data })),
        }
      } catch (error) {
        if (error instanceof TransactionReceiptNotFoundError) return null
        throw error
      }
    },
  }
}

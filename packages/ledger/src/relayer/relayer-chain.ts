import type { Address, Hex } from '../ledger.js'

/** A log entry of a mined transaction. */
export interface ChainLog {
  readonly address: Address
  readonly topics: readonly Hex[]
  readonly data: Hex
}

/** What the chain shows of a mined transaction. */
export interface ChainReceipt {
  readonly status: 'success' | 'reverted'
  readonly blockNumber: bigint
  readonly logs: readonly ChainLog[]
}

/** What a simulation said. */
export type GasEstimate = { readonly ok: true; readonly gas: bigint } | { readonly ok: false; readonly detail: string }

/** The chain as the relayer sees it. Methods throw when the node cannot be reached: nothing is concluded from that. */
export interface RelayerChain {
  /** The chain that is meant; every tick checks it against {@link RelayerChain.fetchChainId}. */
  readonly chainId: bigint
  fetchChainId(): Promise<bigint>
  fetchBlockNumber(): Promise<bigint>
  /** Number of transactions of the account at a block. */
  fetchNonce(address: Address, at: 'latest' | 'pending' | bigint): Promise<number>
  fetchBalance(address: Address): Promise<bigint>
  fetchFees(): Promise<{ readonly baseFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint }>
  /** Only a revert is `ok: false`; any other trouble throws. */
  estimateGas(call: { readonly from: Address; readonly to: Address; readonly data: Hex }): Promise<GasEstimate>
  sendRawTransaction(raw: Hex): Promise<void>
  /** `null` while no canonical block has it. */
  fetchReceipt(hash: Hex): Promise<ChainReceipt | null>
}

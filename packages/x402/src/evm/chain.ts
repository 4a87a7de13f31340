import type { Address } from '../address.js'
import type { Hex } from '../hex.js'

/** A log of a transaction. */
export interface ChainLog {
  readonly address: Address
  readonly topics: readonly Hex[]
  readonly data: Hex
}

/** The outcome of an `eth_call`: an answer, or the chain's refusal. Trouble with the node itself is thrown. */
export type CallResult =
  | { readonly status: 'success'; readonly data: Hex }
  | { readonly status: 'reverted'; readonly data: Hex }

/** Filter of {@link ChainReader.getLogs}; `null` in topics matches anything. */
export interface LogFilter {
  readonly address: Address
  readonly topics: readonly (Hex | null)[]
  /** How many blocks to look back from the latest. */
  readonly lookbackBlocks: bigint
}

/** A log with the transaction it came from. */
export interface FoundLog extends ChainLog {
  readonly transaction: Hex
}

/** A mined transaction, as far as settlement needs it. */
export interface MinedTransaction {
  readonly status: 'success' | 'reverted'
  readonly input: Hex
  readonly logs: readonly ChainLog[]
}

/** What a facilitator reads from a chain. Methods throw only when the node cannot answer. */
export interface ChainReader {
  chainId(): Promise<bigint>
  call(request: {
    readonly to: Address
    readonly data: Hex
    readonly from?: Address
    readonly gas?: bigint
  }): Promise<CallResult>
  /** Code at an address; `0x` when there is none. */
  getCode(address: Address): Promise<Hex>
  getLogs(filter: LogFilter): Promise<readonly FoundLog[]>
  /** A mined transaction; `undefined` while it is not mined, or unknown. */
  getTransaction(transaction: Hex): Promise<MinedTransaction | undefined>
}

/** One transaction that a facilitator wants sent. */
export interface ChainCall {
  readonly to: Address
  readonly data: Hex
  /** Calls with the same key are one transaction, also over restarts where the writer is durable. */
  readonly dedupeKey: Hex
  readonly gasLimit?: bigint
  /** Whose money moves; batches serve payers in turn. */
  readonly payer?: Address
  /** Unix seconds after which the call is of no use. */
  readonly validBefore?: bigint
  /** The event by which the call shows in a transaction of many, where it has one of its own. */
  readonly evidence?: { readonly address: Address; readonly topics: readonly Hex[] }
}

/**
 * What became of a call. `pending` means sent, not mined in time: ask again with the same call. `refused` means that
 * nothing was sent, because the call would fail or too many wait; the transaction then is `0x`.
 */
export interface ChainOutcome {
  readonly transaction: Hex
  readonly status: 'success' | 'reverted' | 'pending' | 'refused'
  readonly logs: readonly ChainLog[]
}

/** Whoever sends transactions: a wallet, or a durable relayer. */
export interface ChainWriter {
  /** The account that contracts see as `msg.sender`. */
  readonly address: Address
  /** The accounts that sign transactions, where they are not `address`. */
  readonly signers?: readonly Address[]
  /** Whether this call will be simulated before it is sent, so that nobody else need do it; none is when absent. */
  readonly simulates?: (call: ChainCall) => Promise<boolean>
  execute(call: ChainCall): Promise<ChainOutcome>
}

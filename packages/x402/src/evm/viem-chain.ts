import { type Address, parseAddress } from '../address.js'
import { type Hex, isHex, lowerHex } from '../hex.js'
import { X402Error } from '../x402-error.js'
import type { CallResult, ChainLog, ChainOutcome, ChainReader, ChainWriter, FoundLog } from './chain.js'

interface RpcLog {
  readonly address: Address
  readonly topics: readonly Hex[]
  readonly data: Hex
  readonly transactionHash: Hex | null
}

interface RpcReceipt {
  readonly status: 'success' | 'reverted'
  readonly logs: readonly { readonly address: Address; readonly topics: readonly Hex[]; readonly data: Hex }[]
}

/** The part of a viem public client that is used. */
export interface ViemPublicClient {
  request(request: { method: string; params?: unknown }): Promise<unknown>
  getChainId(): Promise<number>
  getCode(request: { address: Address }): Promise<Hex | undefined>
  getBlockNumber(options?: { cacheTime?: number }): Promise<bigint>
  getTransaction(request: { hash: Hex }): Promise<{ input: Hex }>
  getTransactionReceipt(request: { hash: Hex }): Promise<RpcReceipt>
  /** Milliseconds between two looks for a receipt; 1 000 when absent. */
  readonly pollingInterval?: number
}

/** The part of a viem wallet client that is used; it needs an account and a chain of its own. */
export interface ViemWalletClient {
  readonly account: { readonly address: Address } | undefined
  sendTransaction(request: { to: Address; data: Hex; gas?: bigint }): Promise<Hex>
}

/** Options of {@link viemChain}. */
export interface ViemChainOptions {
  readonly publicClient: ViemPublicClient
  readonly walletClient: ViemWalletClient
  /** How long to wait for a transaction before it is `pending`, in milliseconds; 60 000 when absent. */
  readonly timeoutMs?: number
  /** How many transactions are remembered for deduplication; 10 000 when absent. */
  readonly maxRemembered?: number
}

/** Reader and writer over viem clients. */
export interface ViemChain extends ChainReader, ChainWriter {}

// What a contract can do to its own call, as geth, erigon, nethermind and anvil word it.
const CONTRACT_FAILURE =
  /revert|out ?of ?gas|gas (?:uint64 overflow|required exceeds)|invalid (?:opcode|jump)|stack (?:under|over)flow|EVM error|VM (?:exception|execution error)/i

function revertDataOf(error: unknown): Hex | undefined {
  let current: unknown = error
  for (let depth = 0; depth < 12 && typeof current === 'object' && current !== null; depth += 1) {
    const { code, message, data, cause } = current as {
      code?: unknown
      message?: unknown
      data?: unknown
      cause?: unknown
    }
    // Code 3 is "execution reverted"; other nodes say in the text of some other JSON-RPC code what the contract did.
    if (code === 3 || (typeof code === 'number' && typeof message === 'string' && CONTRACT_FAILURE.test(message))) {
      return isHex(data) ? data : '0x'
    }
    current = cause
  }
  return undefined
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && /NotFound/.test(error.name)
}

function logsOf(receipt: RpcReceipt): readonly ChainLog[] {
  return receipt.logs.map((log) => ({ address: log.address, topics: log.topics, data: log.data }))
}

/**
 * Reads and writes a chain through viem clients. Transactions of this object are sent one after another, so that their
 * nonces do not collide; the same `dedupeKey` is sent once as long as this object lives. It is not durable: use a
 * relayer with a store where a restart must not send twice.
 * @throws X402Error `INVALID_OPTIONS` when the wallet client has no account
 */
export function viemChain(options: ViemChainOptions): ViemChain {
  const { publicClient, walletClient, timeoutMs = 60_000, maxRemembered = 10_000 } = options
  const account = walletClient.account
  if (account === undefined) throw new X402Error('INVALID_OPTIONS', 'the wallet client has no account')
  const sent = new Map<Hex, Promise<Hex>>()
  let lane: Promise<unknown> = Promise.resolve()

  function sendInLane(send: () => Promise<Hex>): Promise<Hex> {
    const next = lane.then(send, send)
    lane = next.catch(() => undefined)
    return next
  }

  async function call(request: { to: Address; data: Hex; from?: Address; gas?: bigint }): Promise<CallResult> {
    const { gas, ...rest } = request
    try {
      const data = await publicClient.request({
        method: 'eth_call',
        params: [{ ...rest, ...(gas === undefined ? {} : { gas: `0x${gas.toString(16)}` }) }, 'latest'],
      })
      return { status: 'success', data: isHex(data) ? data : '0x' }
    } catch (error) {
      const data = revertDataOf(error)
      if (data === undefined) throw error
      return { status: 'reverted', data }
    }
  }

  async function getLogs(filter: Parameters<ChainReader['getLogs']>[0]): Promise<readonly FoundLog[]> {
    const latest = await publicClient.getBlockNumber({ cacheTime: 0 })
    const from = latest > filter.lookbackBlocks ? latest - filter.lookbackBlocks : 0n
    const logs = (await publicClient.request({
      method: 'eth_getLogs',
      params: [
        { address: filter.address, topics: filter.topics, fromBlock: `0x${from.toString(16)}`, toBlock: 'latest' },
      ],
    })) as readonly RpcLog[]
    return logs.flatMap((log) =>
      log.transactionHash === null
        ? []
        : [{ address: log.address, topics: log.topics, data: log.data, transaction: log.transactionHash }],
    )
  }

  async function execute(request: Parameters<ChainWriter['execute']>[0]): Promise<ChainOutcome> {
    const key = lowerHex(request.dedupeKey)
    let sending = sent.get(key)
    if (sending === undefined) {
      sending = sendInLane(() =>
        walletClient.sendTransaction({
          to: request.to,
          data: request.data,
          ...(request.gasLimit === undefined ? {} : { gas: request.gasLimit }),
        }),
      )
      sent.set(key, sending)
      for (const oldest of sent.keys()) {
        if (sent.size <= maxRemembered) break
        sent.delete(oldest)
      }
    }
    let transaction: Hex
    try {
      transaction = await sending
    } catch (error) {
      sent.delete(key)
      throw error
    }
    const receipt = await awaitReceipt(transaction)
    if (receipt === undefined) return { transaction, status: 'pending', logs: [] }
    // A revert moved nothing and burned no authorization: a later, simulated attempt may send again.
    if (receipt.status === 'reverted') sent.delete(key)
    return { transaction, status: receipt.status, logs: logsOf(receipt) }
  }

  /**
   * Asks for the receipt itself, not for the next block as viem's own wait does: a chain that tells of a block before it has
   * the block's receipts, and then has no other, would be waited for until the time is over.
   */
  async function awaitReceipt(hash: Hex): Promise<RpcReceipt | undefined> {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      // Whatever goes wrong here, the transaction is on its way: it is asked for again.
      const receipt = await publicClient.getTransactionReceipt({ hash }).catch(() => undefined)
      const left = deadline - Date.now()
      if (receipt !== undefined || left <= 0) return receipt
      const pause = Math.min(publicClient.pollingInterval ?? 1_000, left)
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }

  return {
    address: parseAddress(account.address),
    chainId: async () => BigInt(await publicClient.getChainId()),
    call,
    getCode: async (address) => (await publicClient.getCode({ address })) ?? '0x',
    getLogs,
    async getTransaction(hash) {
      try {
        const [{ input }, receipt] = await Promise.all([
          publicClient.getTransaction({ hash }),
          publicClient.getTransactionReceipt({ hash }),
        ])
        return { status: receipt.status, input, logs: logsOf(receipt) }
      } catch (error) {
        if (isNotFound(error)) return undefined
        throw error
      }
    },
    execute,
  }
}

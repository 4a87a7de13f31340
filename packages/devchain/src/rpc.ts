import { DevchainError } from './devchain-error.js'
import type { Address, Hex } from './hex.js'

/** A chain that answers JSON-RPC; what {@link startChain} returns fits. */
export interface ChainTarget {
  readonly rpcUrl: string
  /** Ends requests that are under way. */
  readonly signal?: AbortSignal
}

/**
 * Sends one JSON-RPC request.
 *
 * @throws DevchainError `RPC_FAILED` with the node's message
 */
export async function sendRpc(chain: ChainTarget, method: string, ...params: readonly unknown[]): Promise<unknown> {
  let answer: { result?: unknown; error?: { message?: string } }
  try {
    const response = await fetch(chain.rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      ...(chain.signal === undefined ? {} : { signal: chain.signal }),
    })
    answer = await response.json()
  } catch (cause) {
    throw new DevchainError('RPC_FAILED', `${method}: no answer from ${chain.rpcUrl}`, { cause })
  }
  if (answer.error !== undefined) {
    throw new DevchainError('RPC_FAILED', `${method}: ${answer.error.message ?? 'unknown error'}`)
  }
  return answer.result
}

/** Reads with `eth_call`. */
export async function callContract(chain: ChainTarget, call: { to?: Address; data: Hex }): Promise<Hex> {
  return hexFrom(await sendRpc(chain, 'eth_call', call, 'latest'))
}

/** Reads the code of an account, `0x` for none. */
export async function fetchCode(chain: ChainTarget, address: Address): Promise<Hex> {
  return hexFrom(await sendRpc(chain, 'eth_getCode', address, 'latest'))
}

/**
 * Sends a transaction from any address, which needs no key on a local chain, and waits until it is mined.
 *
 * @throws DevchainError `REVERTED`, `RPC_FAILED`
 */
export async function sendAs(chain: ChainTarget, from: Address, call: { to: Address; data: Hex }): Promise<Hex> {
  await sendRpc(chain, 'anvil_setBalance', from, '0x8ac7230489e80000')
  await sendRpc(chain, 'anvil_impersonateAccount', from)
  const hash = hexFrom(await sendRpc(chain, 'eth_sendTransaction', { from, ...call }))
  for (;;) {
    const receipt = await sendRpc(chain, 'eth_getTransactionReceipt', hash)
    if (typeof receipt === 'object' && receipt !== null && 'status' in receipt) {
      if (receipt.status === '0x1') return hash
      throw new DevchainError('REVERTED', `transaction ${hash} reverted`)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function hexFrom(value: unknown): Hex {
  if (typeof value === 'string' && /^0x[0-9a-f]*$/i.test(value)) return value as Hex // checked on this line
  throw new DevchainError('RPC_FAILED', `expected hexadecimal text, got ${typeof value}`)
}

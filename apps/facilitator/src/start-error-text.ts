import { BaseError } from 'viem'

/** Why a start failed, in one line for its operator. What the chain's client says names its URL, and that may hold a key. */
export function startErrorText(error: unknown): string {
  if (error instanceof BaseError) {
    const { status } = error as { readonly status?: unknown }
    // What an RPC answers may quote the key that it was asked with.
    const why = typeof status === 'number' ? `HTTP status ${status}` : error.details.split('\n', 1).join().slice(0, 100)
    return `rpcUrl: the chain could not be asked: ${error.shortMessage.split('\n', 1).join()} ${why}`.trim()
  }
  return error instanceof Error ? error.message : 'cannot start'
}

import { BaseError } from 'viem'

/** Why a start failed, in one line for its operator. What the chain's client says names its URL, and that may hold a key. */
export function startErrorText(error: unknown): string {
  if (error instanceof BaseError) {
    const [details = ''] = error.details.split('\n', 1)
    return `rpcUrl: the chain could not be asked: ${error.shortMessage.split('\n', 1).join()} ${details.slice(0, 100)}`.trim()
  }
  return error instanceof Error ? error.message : 'cannot start'
}

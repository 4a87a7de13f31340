import { DevchainError } from './devchain-error.js'
import type { Hex } from './hex.js'

const pollMs = 20

/** What is asked for receipts; a viem client fits. */
export interface ReceiptReader<Receipt> {
  getTransactionReceipt(request: { hash: Hex }): Promise<Receipt>
}

/**
 * Waits until a transaction is in a block and returns its receipt, whether it succeeded or not. viem's own wait asks again only when
 * there is a new block: anvil can tell of a block before it has the block's receipts, and where it makes blocks only for transactions
 * the next one may never come.
 *
 * @throws DevchainError `RPC_FAILED` when there is no receipt after `timeoutMs` (30 000)
 */
export async function waitForReceipt<Receipt>(
  client: ReceiptReader<Receipt>,
  hash: Hex,
  { timeoutMs = 30_000 }: { readonly timeoutMs?: number } = {},
): Promise<Receipt> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    try {
      return await client.getTransactionReceipt({ hash })
    } catch (cause) {
      const isMissing = cause instanceof Error && cause.name === 'TransactionReceiptNotFoundError'
      if (!isMissing) throw cause
      if (Date.now() > deadline) {
        throw new DevchainError('RPC_FAILED', `${hash}: no receipt after ${timeoutMs} ms`, { cause })
      }
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

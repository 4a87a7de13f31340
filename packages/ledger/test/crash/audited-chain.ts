import type { Hex } from '../../src/ledger.js'
import type { TestChain } from '../test-chain.js'
import type { AuditInput } from './audit.js'

/** What the audit asks of a chain. */
export function auditedChain(chain: TestChain): AuditInput['chain'] {
  return {
    countOf: chain.countOf,
    nonceOf: chain.nonceOf,
    receiptOf: async (hash) => {
      const receipt = await chain.client.getTransactionReceipt({ hash }).catch(() => null)
      return receipt === null ? null : { blockNumber: receipt.blockNumber, status: receipt.status }
    },
  }
}

/** The keys of the two queues, from the chain's own accounts. */
export function keysFrom(chain: TestChain, first: number): { readonly payment: Hex; readonly record: Hex } {
  const keyOf = (index: number): Hex => chain.chain.accounts[index]?.privateKey ?? '0x'
  return { payment: keyOf(first), record: keyOf(first + 1) }
}

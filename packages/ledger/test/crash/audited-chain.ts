import { privateKeyToAccount } from 'viem/accounts'
import type { Hex } from '../../src/ledger.js'
import type { TestChain } from '../test-chain.js'
import { type AuditInput, audit, type Violation } from './audit.js'

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

/** Audits payments whose names start alike, beside others on the same chain and upstream; `keys` are their lanes'. */
export function auditShare(
  chain: TestChain,
  {
    keys,
    prefix,
    upstreamCalls,
    ...books
  }: Pick<AuditInput, 'ledger' | 'grants' | 'names' | 'upstreamCalls'> & {
    readonly keys: ReturnType<typeof keysFrom>
    readonly prefix: string
  },
): Promise<readonly Violation[]> {
  return audit({
    ...books,
    chainId: BigInt(chain.chain.chainId),
    chain: auditedChain(chain),
    upstreamCalls: new Map([...upstreamCalls].filter(([key]) => key.startsWith(prefix))),
    lanes: Object.values(keys).map((key) => privateKeyToAccount(key).address),
  })
}

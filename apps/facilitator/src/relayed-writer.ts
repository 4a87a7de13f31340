import type { Relayer } from '@og/ledger'
import type { ChainWriter } from '@og/x402/evm'
import type { Address, PublicClient } from 'viem'

/**
 * Lets the facilitator's schemes send transactions through the durable relayer: the same `dedupeKey` is the same transaction, over
 * restarts and simultaneous calls.
 */
export function createRelayedWriter(options: {
  readonly relayer: Relayer
  readonly client: PublicClient
  readonly address: Address
  readonly timeoutMs: number
}): ChainWriter {
  const { relayer, client } = options
  return {
    address: options.address,
    execute: async ({ to, data, dedupeKey }) => {
      const id = await relayer.submit({ dedupeKey, to, data })
      const job = await relayer.wait(id, { timeoutMs: options.timeoutMs })
      if (job.state === 'failed' && job.transaction === null) return { transaction: '0x', status: 'reverted', logs: [] }
      if (job.state !== 'final' && job.state !== 'failed') {
        return { transaction: job.transaction ?? '0x', status: 'pending', logs: [] }
      }
      if (job.transaction === null) return { transaction: '0x', status: 'pending', logs: [] }
      const receipt = await client.getTransactionReceipt({ hash: job.transaction })
      return {
        transaction: job.transaction,
        status: receipt.status,
        logs: receipt.logs.map(({ address, topics, data: logData }) => ({ address, topics, data: logData })),
      }
    },
  }
}

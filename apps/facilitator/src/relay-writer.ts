import { type Ledger, LedgerError, type Relayer } from '@og/ledger'
import type { ChainOutcome, ChainWriter } from '@og/x402/evm'
import { type Address, concatHex, type Hex, isAddressEqual, keccak256, numberToHex } from 'viem'

/** How often a call that reverted on chain may be sent anew. */
const MAX_LIVES = 5

/** Options of {@link createRelayWriter}. */
export interface RelayWriterOptions {
  readonly relayer: Relayer
  readonly ledger: Pick<Ledger, 'job'>
  readonly settleTimeoutMs: number
  readonly pollMs: number
  /** Contracts that carry batches: what has failed in one goes out in another, so that none is ever sent again. */
  readonly batchTargets: readonly Address[]
}

/**
 * A writer whose every transaction is durable before it is sent: the same key is the same transaction, over restarts and
 * simultaneous calls. A call that has reverted moved nothing; asked for again, after its checks, it is sent again.
 */
export function createRelayWriter(options: RelayWriterOptions): ChainWriter {
  const { relayer, ledger, settleTimeoutMs, pollMs, batchTargets } = options
  return {
    address: relayer.address,
    async execute({ to, data, dedupeKey, gasLimit, validBefore: deadline }) {
      let outcome: ChainOutcome = { transaction: '0x', status: 'reverted', logs: [] }
      const lives = batchTargets.some((target) => isAddressEqual(target, to)) ? 1 : MAX_LIVES
      for (let life = 0; life < lives; life += 1) {
        const key: Hex = life === 0 ? dedupeKey : keccak256(concatHex([dedupeKey, numberToHex(life, { size: 32 })]))
        const call = {
          to,
          data,
          dedupeKey: key,
          ...(gasLimit === undefined ? {} : { gasLimit }),
          // What runs out first is sent first, however many wait.
          ...(deadline === undefined ? {} : { deadline }),
        }
        try {
          const id = await relayer.submit(call)
          const job = await ledger.job(id)
          const wasOver = job?.state === 'failed'
          outcome = await relayer.execute(call, { timeoutMs: settleTimeoutMs, pollMs })
          if (!wasOver) return outcome
        } catch (error) {
          // Another charge of the same payment went out under this key: only one of them can be taken.
          if (error instanceof LedgerError && error.code === 'DUPLICATE')
            return { transaction: '0x', status: 'refused', logs: [] }
          throw error
        }
      }
      return outcome
    },
  }
}

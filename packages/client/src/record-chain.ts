import type { AnchorQuery } from '@og/settlement'
import { settlementModes } from '@og/settlement'
import { readCheckpoint, readSettlement } from '@og/settlement/contracts'
import type { PublicClient } from 'viem'

/** Looks records up on the chain of the `InferenceLog`. */
export interface RecordChain {
  /** Whether a receipt's record, or the checkpoint that covers it, stands on chain. Never rejects because the chain cannot be read. */
  readAnchor(query: AnchorQuery): Promise<RecordAnchor>
}

/** What the record chain says. */
type RecordAnchor =
  | {
      readonly ok: true
      /** Time of the block, unix seconds. */
      readonly anchoredAt: bigint
      /** Of the record's own transaction; null for a checkpoint, of which the contract keeps the time only. */
      readonly blockNumber: bigint | null
      readonly detail: string
    }
  | { readonly ok: false; readonly code: string; readonly detail: string }

/** Creates the reader of a record chain. */
export function recordChainOf(client: PublicClient): RecordChain {
  async function read(query: AnchorQuery): Promise<RecordAnchor> {
    const chainId = BigInt(await client.getChainId())
    if (chainId !== query.chain.chainId) {
      return {
        ok: false,
        code: 'WRONG_CHAIN',
        detail: `rpcUrl leads to chain ${chainId}, the record is on ${query.chain.chainId}`,
      }
    }
    const isBatch = settlementModes[query.receipt.settlement] === 'SETTLE_BATCH'
    return isBatch ? await readBatch(query) : await readRecord(query)
  }

  async function readRecord({ chain, digest, settlement }: AnchorQuery): Promise<RecordAnchor> {
    const record = await readSettlement(client, {
      contract: chain.verifyingContract,
      digest,
      // A known block spares a search over the whole chain, which many public nodes refuse.
      ...(settlement === undefined ? {} : { fromBlock: settlement.blockNumber, toBlock: settlement.blockNumber }),
    })
    const blockNumber = record?.blockNumber ?? null
    if (blockNumber === null) {
      return { ok: false, code: 'NOT_ON_CHAIN', detail: 'the contract has no record of this receipt' }
    }
    const block = await client.getBlock({ blockNumber })
    return { ok: true, anchoredAt: block.timestamp, blockNumber, detail: `recorded in block ${blockNumber}` }
  }

  async function readBatch({ chain, checkpoint }: AnchorQuery): Promise<RecordAnchor> {
    if (checkpoint === undefined) {
      return {
        ok: false,
        code: 'NO_INCLUSION',
        detail: 'a batch receipt without an inclusion proof cannot be found on chain',
      }
    }
    const { logId, seq, size, root } = checkpoint
    const published = await readCheckpoint(client, { contract: chain.verifyingContract, logId, seq })
    if (published === null)
      return { ok: false, code: 'NOT_ON_CHAIN', detail: `the contract has no checkpoint ${seq} of this log` }
    if (published.size !== size || published.root !== root.toLowerCase()) {
      return { ok: false, code: 'OTHER_CHECKPOINT', detail: `checkpoint ${seq} on chain has another size or root` }
    }
    return { ok: true, anchoredAt: published.publishedAt, blockNumber: null, detail: `covered by checkpoint ${seq}` }
  }

  return {
    async readAnchor(query) {
      try {
        return await read(query)
      } catch (error) {
        const why = error instanceof Error ? error.name : 'unknown'
        return { ok: false, code: 'CHAIN_UNAVAILABLE', detail: `the chain could not be read: ${why}` }
      }
    },
  }
}

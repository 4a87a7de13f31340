import type { AnchorQuery } from '@og/settlement'
import { settlementModes } from '@og/settlement'
import { findRecord, readBlockTime, readCheckpoint } from './chain/inference-log.js'
import type { JsonRpc } from './chain/json-rpc.js'

/** Looks records up on the chain of the `InferenceLog`. */
export interface RecordChain {
  /** Whether a receipt's record, or the checkpoint that covers it, stands on chain. Never rejects because the chain cannot be read. */
  readAnchor(query: AnchorQuery): Promise<RecordAnchor>
  /** Whether a checkpoint stands on chain as it was given. Never rejects either. */
  readCheckpoint(query: CheckpointQuery): Promise<RecordAnchor>
}

/** Which checkpoint of which contract. */
type CheckpointQuery = Pick<AnchorQuery, 'chain'> & { readonly checkpoint: NonNullable<AnchorQuery['checkpoint']> }

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
export function recordChainOf(rpc: JsonRpc): RecordChain {
  async function read(query: AnchorQuery): Promise<RecordAnchor> {
    const { chain, checkpoint } = query
    const covering = checkpoint === undefined ? undefined : await readBatch({ chain, checkpoint })
    if (settlementModes[query.receipt.settlement] !== 'SETTLE_BATCH') {
      // A record of its own says nothing of a checkpoint that is claimed besides.
      return covering === undefined || covering.ok ? readRecord(query) : covering
    }
    return (
      covering ?? {
        ok: false,
        code: 'NO_INCLUSION',
        detail: 'a batch receipt without an inclusion proof cannot be found on chain',
      }
    )
  }

  async function otherChain(wanted: bigint): Promise<RecordAnchor | undefined> {
    const chainId = await rpc.chainId()
    if (chainId === wanted) return undefined
    const detail = `rpcUrl leads to chain ${chainId}, the record is on ${wanted}`
    return { ok: false, code: 'WRONG_CHAIN', detail }
  }

  async function readRecord({ chain, digest, settlement }: AnchorQuery): Promise<RecordAnchor> {
    // A known block spares a search over the whole chain, which many public nodes refuse.
    const record = await findRecord(rpc, { contract: chain.verifyingContract, digest, block: settlement?.blockNumber })
    if (record === null) {
      return { ok: false, code: 'NOT_ON_CHAIN', detail: 'the contract has no record of this receipt' }
    }
    const { blockNumber } = record
    const anchoredAt = await readBlockTime(rpc, blockNumber)
    return { ok: true, anchoredAt, blockNumber, detail: `recorded in block ${blockNumber}` }
  }

  async function readBatch({ chain, checkpoint }: CheckpointQuery): Promise<RecordAnchor> {
    const { logId, seq, size, root } = checkpoint
    const published = await readCheckpoint(rpc, { contract: chain.verifyingContract, logId, seq })
    if (published === null)
      return { ok: false, code: 'NOT_ON_CHAIN', detail: `the contract has no checkpoint ${seq} of this log` }
    if (published.size !== size || published.root !== root.toLowerCase()) {
      return { ok: false, code: 'OTHER_CHECKPOINT', detail: `checkpoint ${seq} on chain has another size or root` }
    }
    return { ok: true, anchoredAt: published.publishedAt, blockNumber: null, detail: `covered by checkpoint ${seq}` }
  }

  async function answered(chainId: bigint, ask: () => Promise<RecordAnchor>): Promise<RecordAnchor> {
    try {
      return (await otherChain(chainId)) ?? (await ask())
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unknown'
      return { ok: false, code: 'CHAIN_UNAVAILABLE', detail: `the chain could not be read: ${why}` }
    }
  }

  return {
    readAnchor: (query) => answered(query.chain.chainId, () => read(query)),
    readCheckpoint: (query) => answered(query.chain.chainId, () => readBatch(query)),
  }
}

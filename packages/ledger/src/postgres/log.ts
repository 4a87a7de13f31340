import type { LogCache } from '../engine/log-cache.js'
import { checkpointOf } from '../engine/read-checkpoint.js'
import { countOf, hexOf, integerOf } from '../engine/row.js'
import type { CheckpointRecord, Hex, LogStore, SealPolicy } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import type { Transaction } from './connection.js'
import { insertIntent } from './intents.js'

/** Number of leaves of a log. */
export async function logSize(transaction: Transaction, logId: Hex): Promise<number> {
  const row = await transaction.get('SELECT size FROM log WHERE log_id = $1', [logId])
  return row === undefined ? 0 : countOf(row, 'size')
}

/** Reads leaf values of a range. */
export async function readLeaves(
  transaction: Transaction,
  logId: Hex,
  from: number,
  to: number,
): Promise<readonly Hex[]> {
  const rows = await transaction.all(
    'SELECT digest FROM leaf WHERE log_id = $1 AND leaf_index >= $2 AND leaf_index < $3 ORDER BY leaf_index',
    [logId, from, to],
  )
  return rows.map((row) => hexOf(row, 'digest'))
}

async function isDue(
  transaction: Transaction,
  batch: { readonly logId: Hex; readonly from: number; readonly pending: number; readonly policy: SealPolicy },
): Promise<boolean> {
  const { minLeaves, maxAgeSeconds } = batch.policy
  if (minLeaves === undefined && maxAgeSeconds === undefined) return true
  if (minLeaves !== undefined && batch.pending >= minLeaves) return true
  if (maxAgeSeconds === undefined) return false
  const row = await transaction.get('SELECT appended_at FROM leaf WHERE log_id = $1 AND leaf_index = $2', [
    batch.logId,
    batch.from,
  ])
  return row !== undefined && transaction.now - integerOf(row, 'appended_at') >= maxAgeSeconds
}

/** The root over the stored leaves, after checking them against the receipts and the last checkpoint. */
export async function recomputeRoot(
  transaction: Transaction,
  batch: {
    readonly logId: Hex
    readonly size: number
    readonly last: CheckpointRecord | undefined
    readonly cache: LogCache
  },
): Promise<Hex> {
  const { logId, size, last } = batch
  const leaves = await readLeaves(transaction, logId, 0, size)
  if (leaves.length !== size)
    throw new LedgerError('LOG_CORRUPT', `log ${logId} has ${leaves.length} of ${size} leaves`)
  const strays = await transaction.get(
    `SELECT count(*) AS strays FROM leaf LEFT JOIN receipt USING (log_id, leaf_index)
     WHERE leaf.log_id = $1 AND (receipt.digest IS NULL OR receipt.digest <> leaf.digest)`,
    [logId],
  )
  if (strays === undefined || countOf(strays, 'strays') !== 0)
    throw new LedgerError('LOG_CORRUPT', `log ${logId} has leaves that are no receipt's digest`)
  const log = batch.cache.logOf(logId, leaves)
  if (last !== undefined && log.rootAt(last.size) !== last.root)
    throw new LedgerError('LOG_CORRUPT', `the leaves of log ${logId} contradict its checkpoint ${last.seq}`)
  return log.root()
}

/** Seals the next checkpoint. Sealers of one log wait for each other; payments of it do not wait for them. */
export async function sealBatch(
  transaction: Transaction,
  input: { readonly logId: Hex; readonly policy: SealPolicy; readonly cache: LogCache },
): Promise<CheckpointRecord | null> {
  const { logId, policy, cache } = input
  await transaction.run("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' seal ' || $1, 0))", [
    logId,
  ])
  const row = await transaction.get('SELECT * FROM log_checkpoint WHERE log_id = $1 ORDER BY seq DESC LIMIT 1', [logId])
  const last = row === undefined ? undefined : checkpointOf(row)
  // One open checkpoint a log: the contract takes seq = last + 1 only, and a later one covers any backlog.
  if (last?.state === 'sealed') return last
  if (last?.state === 'signed') return null
  const size = await logSize(transaction, logId)
  const from = last?.size ?? 0
  if (size <= from || !(await isDue(transaction, { logId, from, pending: size - from, policy }))) return null
  const root = await recomputeRoot(transaction, { logId, size, last, cache })
  const made = await transaction.get(
    `INSERT INTO log_checkpoint (log_id, seq, size, root, sealed_at, state)
     VALUES ($1, $2, $3, $4, $5, 'sealed') RETURNING *`,
    [logId, (last?.seq ?? 0n) + 1n, size, root, transaction.now],
  )
  if (made === undefined) throw new LedgerError('CORRUPT', 'a checkpoint just written is not there')
  return checkpointOf(made)
}

async function lockCheckpoint(transaction: Transaction, logId: Hex, seq: bigint): Promise<CheckpointRecord> {
  const row = await transaction.get('SELECT * FROM log_checkpoint WHERE log_id = $1 AND seq = $2 FOR UPDATE', [
    logId,
    seq,
  ])
  if (row === undefined) throw new LedgerError('NOT_FOUND', `log ${logId} has no checkpoint ${seq}`)
  return checkpointOf(row)
}

/** Stores the signature and queues the intent. */
export async function attachCheckpointSignature(
  transaction: Transaction,
  input: Parameters<LogStore['attachCheckpointSignature']>[0],
): Promise<void> {
  const checkpoint = await lockCheckpoint(transaction, input.logId, input.seq)
  if (checkpoint.state !== 'sealed') {
    if (checkpoint.uri === input.uri && checkpoint.signature === input.signature) return
    throw new LedgerError('DUPLICATE', `checkpoint ${input.seq} is signed already`)
  }
  await transaction.run(
    "UPDATE log_checkpoint SET state = 'signed', uri = $3, signature = $4 WHERE log_id = $1 AND seq = $2",
    [input.logId, input.seq, input.uri, input.signature],
  )
  transaction.step('attachCheckpointSignature:checkpoint')
  await insertIntent(transaction, {
    kind: 'checkpoint',
    dedupeKey: input.intent.dedupeKey,
    body: input.intent.body,
    deadline: transaction.now,
    paymentHash: null,
    attempt: null,
  })
}

/** Notes where a checkpoint stands on chain. */
export async function markCheckpointAnchored(
  transaction: Transaction,
  input: Parameters<LogStore['markCheckpointAnchored']>[0],
): Promise<void> {
  const checkpoint = await lockCheckpoint(transaction, input.logId, input.seq)
  if (checkpoint.state === 'anchored') {
    if (checkpoint.transaction === input.transaction && checkpoint.blockNumber === input.blockNumber) return
    throw new LedgerError('DUPLICATE', `checkpoint ${input.seq} is anchored elsewhere`)
  }
  if (checkpoint.state === 'sealed') throw new LedgerError('NOT_FOUND', `checkpoint ${input.seq} is not signed yet`)
  await transaction.run(
    "UPDATE log_checkpoint SET state = 'anchored', tx = $3, block_number = $4 WHERE log_id = $1 AND seq = $2",
    [input.logId, input.seq, input.transaction, input.blockNumber],
  )
}

/** Checkpoints of a log, oldest first. */
export async function readCheckpoints(
  transaction: Transaction,
  logId: Hex,
  { newest }: { readonly newest?: number } = {},
): Promise<readonly CheckpointRecord[]> {
  const rows = await transaction.all('SELECT * FROM log_checkpoint WHERE log_id = $1 ORDER BY seq DESC LIMIT $2', [
    logId,
    newest ?? null,
  ])
  return rows.map(checkpointOf).reverse()
}

import type { LogCache } from '../engine/log-cache.js'
import { checkpointOf } from '../engine/read-checkpoint.js'
import { countOf, hexOf, integerOf } from '../engine/row.js'
import type { CheckpointRecord, Hex, SealPolicy } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import type { Connection } from './connection.js'
import { insertIntent } from './intents.js'

/** Number of leaves of a log. */
export function logSize(connection: Connection, logId: Hex): number {
  const row = connection.get('SELECT size FROM log WHERE log_id = ?', [logId])
  return row === undefined ? 0 : countOf(row, 'size')
}

/** Appends a leaf, inside a transaction, and returns its index. */
export function appendLeaf(
  connection: Connection,
  leaf: { readonly logId: Hex; readonly digest: Hex; readonly now: bigint },
): number {
  const grown = connection.get(
    `INSERT INTO log (log_id, size) VALUES (?, 1) ON CONFLICT (log_id) DO UPDATE SET size = size + 1
     RETURNING size - 1 AS leaf_index`,
    [leaf.logId],
  )
  if (grown === undefined) throw new LedgerError('CORRUPT', 'a log just written is not there')
  const index = countOf(grown, 'leaf_index')
  connection.run('INSERT INTO leaf (log_id, leaf_index, digest, appended_at) VALUES (?, ?, ?, ?)', [
    leaf.logId,
    index,
    leaf.digest,
    leaf.now,
  ])
  return index
}

/** Reads leaf values of a range. */
export function readLeaves(connection: Connection, logId: Hex, from: number, to: number): readonly Hex[] {
  return connection
    .all('SELECT digest FROM leaf WHERE log_id = ? AND leaf_index >= ? AND leaf_index < ? ORDER BY leaf_index', [
      logId,
      from,
      to,
    ])
    .map((row) => hexOf(row, 'digest'))
}

function lastCheckpoint(connection: Connection, logId: Hex): CheckpointRecord | undefined {
  const row = connection.get('SELECT * FROM log_checkpoint WHERE log_id = ? ORDER BY seq DESC LIMIT 1', [logId])
  return row === undefined ? undefined : checkpointOf(row)
}

function isDue(
  connection: Connection,
  batch: {
    readonly logId: Hex
    readonly from: number
    readonly pending: number
    readonly policy: SealPolicy
    readonly now: bigint
  },
): boolean {
  const { minLeaves, maxAgeSeconds } = batch.policy
  if (minLeaves === undefined && maxAgeSeconds === undefined) return true
  if (minLeaves !== undefined && batch.pending >= minLeaves) return true
  if (maxAgeSeconds === undefined) return false
  const row = connection.get('SELECT appended_at FROM leaf WHERE log_id = ? AND leaf_index = ?', [
    batch.logId,
    batch.from,
  ])
  return row !== undefined && batch.now - integerOf(row, 'appended_at') >= maxAgeSeconds
}

/** The root over the stored leaves, after checking them against the receipts and the last checkpoint. */
export function recomputeRoot(
  connection: Connection,
  batch: {
    readonly logId: Hex
    readonly size: number
    readonly last: CheckpointRecord | undefined
    readonly cache: LogCache
  },
): Hex {
  const { logId, size, last } = batch
  const leaves = readLeaves(connection, logId, 0, size)
  if (leaves.length !== size)
    throw new LedgerError('LOG_CORRUPT', `log ${logId} has ${leaves.length} of ${size} leaves`)
  const strays = connection.get(
    `SELECT count(*) AS strays FROM leaf LEFT JOIN receipt USING (log_id, leaf_index)
     WHERE leaf.log_id = ? AND (receipt.digest IS NULL OR receipt.digest <> leaf.digest)`,
    [logId],
  )
  if (strays === undefined || countOf(strays, 'strays') !== 0)
    throw new LedgerError('LOG_CORRUPT', `log ${logId} has leaves that are no receipt's digest`)
  const log = batch.cache.logOf(logId, leaves)
  if (last !== undefined && log.rootAt(last.size) !== last.root)
    throw new LedgerError('LOG_CORRUPT', `the leaves of log ${logId} contradict its checkpoint ${last.seq}`)
  return log.root()
}

/** Seals the next checkpoint, inside a transaction. */
export function sealBatch(
  connection: Connection,
  input: { readonly logId: Hex; readonly policy: SealPolicy; readonly cache: LogCache; readonly now: bigint },
): CheckpointRecord | null {
  const { logId, policy, cache, now } = input
  const last = lastCheckpoint(connection, logId)
  // One open checkpoint a log: the contract takes seq = last + 1 only, and a later one covers any backlog.
  if (last?.state === 'sealed') return last
  if (last?.state === 'signed') return null
  const size = logSize(connection, logId)
  const from = last?.size ?? 0
  if (size <= from || !isDue(connection, { logId, from, pending: size - from, policy, now })) return null
  const root = recomputeRoot(connection, { logId, size, last, cache })
  const seq = (last?.seq ?? 0n) + 1n
  connection.run(
    "INSERT INTO log_checkpoint (log_id, seq, size, root, sealed_at, state) VALUES (?, ?, ?, ?, ?, 'sealed')",
    [logId, seq, size, root, now],
  )
  return readCheckpoint(connection, logId, seq)
}

function readCheckpoint(connection: Connection, logId: Hex, seq: bigint): CheckpointRecord {
  const row = connection.get('SELECT * FROM log_checkpoint WHERE log_id = ? AND seq = ?', [logId, seq])
  if (row === undefined) throw new LedgerError('NOT_FOUND', `log ${logId} has no checkpoint ${seq}`)
  return checkpointOf(row)
}

/** Stores the signature and queues the intent, inside a transaction. */
export function attachCheckpointSignature(
  connection: Connection,
  input: {
    readonly logId: Hex
    readonly seq: bigint
    readonly uri: string
    readonly signature: Hex
    readonly intent: { readonly dedupeKey: Hex; readonly body: string }
  },
  now: bigint,
): void {
  const checkpoint = readCheckpoint(connection, input.logId, input.seq)
  if (checkpoint.state !== 'sealed') {
    if (checkpoint.uri === input.uri && checkpoint.signature === input.signature) return
    throw new LedgerError('DUPLICATE', `checkpoint ${input.seq} is signed already`)
  }
  connection.run("UPDATE log_checkpoint SET state = 'signed', uri = ?, signature = ? WHERE log_id = ? AND seq = ?", [
    input.uri,
    input.signature,
    input.logId,
    input.seq,
  ])
  connection.step('attachCheckpointSignature:checkpoint')
  insertIntent(
    connection,
    {
      kind: 'checkpoint',
      dedupeKey: input.intent.dedupeKey,
      body: input.intent.body,
      deadline: now,
      paymentId: null,
      attempt: null,
    },
    undefined,
    now,
  )
}

/** Notes where a checkpoint stands on chain, inside a transaction. */
export function markCheckpointAnchored(
  connection: Connection,
  input: { readonly logId: Hex; readonly seq: bigint; readonly transaction: Hex; readonly blockNumber: bigint },
): void {
  const checkpoint = readCheckpoint(connection, input.logId, input.seq)
  if (checkpoint.state === 'anchored') {
    if (checkpoint.transaction === input.transaction && checkpoint.blockNumber === input.blockNumber) return
    throw new LedgerError('DUPLICATE', `checkpoint ${input.seq} is anchored elsewhere`)
  }
  if (checkpoint.state === 'sealed') throw new LedgerError('NOT_FOUND', `checkpoint ${input.seq} is not signed yet`)
  connection.run(
    "UPDATE log_checkpoint SET state = 'anchored', tx = ?, block_number = ? WHERE log_id = ? AND seq = ?",
    [input.transaction, input.blockNumber, input.logId, input.seq],
  )
}

/** Checkpoints of a log, oldest first. */
export function readCheckpoints(
  connection: Connection,
  logId: Hex,
  { newest = -1 }: { readonly newest?: number } = {},
): readonly CheckpointRecord[] {
  return connection
    .all('SELECT * FROM log_checkpoint WHERE log_id = ? ORDER BY seq DESC LIMIT ?', [logId, newest])
    .map(checkpointOf)
    .reverse()
}

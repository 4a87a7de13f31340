import { jobOf } from '../engine/read-relay.js'
import { countOf, encodeAmount } from '../engine/row.js'
import type { Hex } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import type { RelayJob, RelayJobInput, RelayStore } from '../relay-store.js'
import type { Connection } from './connection.js'

/** Reads a job. */
export function readJob(connection: Connection, id: number): RelayJob | null {
  const row = connection.get('SELECT * FROM relay_job WHERE id = ?', [id])
  return row === undefined ? null : jobOf(row)
}

function findJob(connection: Connection, chainId: bigint, dedupeKey: Hex): RelayJob | null {
  const row = connection.get('SELECT * FROM relay_job WHERE chain_id = ? AND dedupe_key = ?', [chainId, dedupeKey])
  return row === undefined ? null : jobOf(row)
}

/** Queues a job, inside a transaction. */
export function submitJob(connection: Connection, input: RelayJobInput, now: bigint): number {
  const made = connection.get(
    `INSERT INTO relay_job (chain_id, dedupe_key, to_address, data, gas_limit, queue, deadline, turn, state, tries, run_at, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued', 0, ?9, ?9) ON CONFLICT (chain_id, dedupe_key) DO NOTHING RETURNING id`,
    [
      input.chainId,
      input.dedupeKey,
      input.to,
      input.data,
      input.gasLimit === undefined ? null : encodeAmount(input.gasLimit),
      input.queue ?? '',
      input.deadline === undefined ? null : encodeAmount(input.deadline),
      encodeAmount(input.deadline ?? now),
      now,
    ],
  )
  if (made !== undefined) return countOf(made, 'id')
  const found = findJob(connection, input.chainId, input.dedupeKey)
  if (found !== null && found.to.toLowerCase() === input.to && found.data === input.data) return found.id
  throw new LedgerError('DUPLICATE', `the job key ${input.dedupeKey} is taken by other content`)
}

/** Queued jobs that are due: those that can still be in time, then the others. */
export function dueJobs(
  connection: Connection,
  input: Parameters<RelayStore['dueJobs']>[0],
  now: bigint,
): readonly RelayJob[] {
  const select = (time: string, limit: number): readonly RelayJob[] =>
    connection
      .all(
        `SELECT * FROM relay_job WHERE chain_id = ? AND queue = ? AND state = 'queued' AND run_at <= ? AND ${time}
         ORDER BY turn, id LIMIT ?`,
        [input.chainId, input.queue ?? '', now, encodeAmount(now), limit],
      )
      .map(jobOf)
  const inTime = select('(deadline IS NULL OR deadline > ?)', input.limit)
  const room = input.limit - inTime.length
  return room === 0 ? inTime : [...inTime, ...select('deadline <= ?', room)]
}

/** Puts a queued job off, or ends it without a nonce, inside a transaction. */
export function deferJob(
  connection: Connection,
  id: number,
  failure: { readonly error: string; readonly retryAt: bigint | null },
): void {
  connection.run(
    "UPDATE relay_job SET state = ?, tries = tries + 1, error = ?, run_at = coalesce(?, run_at) WHERE id = ? AND state = 'queued'",
    [failure.retryAt === null ? 'failed' : 'queued', failure.error, failure.retryAt, id],
  )
}

import { jobOf } from '../engine/read-relay.js'
import { countOf, encodeAmount } from '../engine/row.js'
import { LedgerError } from '../ledger-error.js'
import type { RelayJob, RelayJobInput, RelayStore } from '../relay-store.js'
import type { Transaction } from './connection.js'

/** Reads a job. */
export async function readJob(transaction: Transaction, id: number): Promise<RelayJob | null> {
  const row = await transaction.get('SELECT * FROM relay_job WHERE id = $1', [id])
  return row === undefined ? null : jobOf(row)
}

/** Queues a job. */
export async function submitJob(transaction: Transaction, input: RelayJobInput): Promise<number> {
  const made = await transaction.get(
    `INSERT INTO relay_job (chain_id, dedupe_key, to_address, data, gas_limit, queue, deadline, turn, state, tries, run_at, created_at)
     VALUES ($1, $2, $3, $4, $5::numeric, $7, $8::numeric, coalesce($8::numeric, $6), 'queued', 0, $6, $6) ON CONFLICT (chain_id, dedupe_key) DO NOTHING RETURNING id`,
    [
      input.chainId,
      input.dedupeKey,
      input.to,
      input.data,
      input.gasLimit === undefined ? null : encodeAmount(input.gasLimit),
      transaction.now,
      input.queue ?? '',
      input.deadline === undefined ? null : encodeAmount(input.deadline),
    ],
  )
  if (made !== undefined) return countOf(made, 'id')
  const row = await transaction.get('SELECT * FROM relay_job WHERE chain_id = $1 AND dedupe_key = $2', [
    input.chainId,
    input.dedupeKey,
  ])
  if (row === undefined) throw new LedgerError('CORRUPT', 'a job that was there is not')
  const found = jobOf(row)
  if (found.to.toLowerCase() === input.to && found.data === input.data) return found.id
  throw new LedgerError('DUPLICATE', `the job key ${input.dedupeKey} is taken by other content`)
}

/** Queued jobs that are due: those that can still be in time, then the others. */
export async function dueJobs(
  transaction: Transaction,
  input: Parameters<RelayStore['dueJobs']>[0],
): Promise<readonly RelayJob[]> {
  const rows = await transaction.all(
    `SELECT * FROM relay_job WHERE chain_id = $1 AND queue = $4 AND state = 'queued' AND run_at <= $2
     ORDER BY coalesce(deadline <= $2, false), turn, id LIMIT $3`,
    [input.chainId, transaction.now, input.limit, input.queue ?? ''],
  )
  return rows.map(jobOf)
}

/** Puts a queued job off, or ends it without a nonce. */
export async function deferJob(
  transaction: Transaction,
  id: number,
  failure: { readonly error: string; readonly retryAt: bigint | null },
): Promise<void> {
  await transaction.run(
    `UPDATE relay_job SET state = $2, tries = tries + 1, error = $3, run_at = coalesce($4::bigint, run_at)
     WHERE id = $1 AND state = 'queued'`,
    [id, failure.retryAt === null ? 'failed' : 'queued', failure.error, failure.retryAt],
  )
}

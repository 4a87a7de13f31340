import { existsSync } from 'node:fs'
import type { PoolClient } from 'pg'
import { createLogCache } from '../engine/log-cache.js'
import { checkpointOf } from '../engine/read-checkpoint.js'
import { countOf, hexOf, type Row, textOf } from '../engine/row.js'
import type { Hex } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import { type Connection, openConnection } from '../sqlite/connection.js'
import { INTENT_COLUMNS } from '../sqlite/intents.js'
import { recomputeRoot as recomputeSourceRoot } from '../sqlite/log.js'
import { WHOLE_PAYMENTS } from '../sqlite/read-payment.js'
import { transactionOn } from './connection.js'
import { unavailable } from './failures.js'
import { recomputeRoot } from './log.js'
import { prepareDatabase, requireSchemaName } from './migrate-schema.js'
import { createPool, type PostgresConnectionOptions } from './pool.js'

/** What {@link migrateLedger} copied, as counted and recomputed in the target. */
export interface MigrationReport {
  /** Rows of each table. */
  readonly rows: Readonly<Record<string, number>>
  /** Each log with the root recomputed from its copied leaves. */
  readonly logs: readonly { readonly logId: Hex; readonly size: number; readonly root: Hex }[]
}

// A table comes after those that it refers to. The source numbers its payments and receipts; PostgreSQL knows them by their hashes.
const SOURCES = {
  payment: WHOLE_PAYMENTS,
  payment_attempt: '(SELECT a.*, payment_hash FROM payment_attempt a JOIN payment ON payment.id = a.payment_id)',
  exposure: 'exposure',
  log: 'log',
  leaf: 'leaf',
  receipt: '(SELECT r.*, payment_hash FROM receipt r JOIN payment ON payment.id = r.payment_id)',
  answer: '(SELECT a.*, digest FROM answer a JOIN receipt ON receipt.id = a.receipt_id)',
  log_checkpoint: 'log_checkpoint',
  intent: `(SELECT ${INTENT_COLUMNS}, run_at, created_at FROM intent)`,
  lane: 'lane',
  relay_job: 'relay_job',
  relay_attempt: 'relay_attempt',
} as const
type Table = keyof typeof SOURCES
const TABLES = Object.keys(SOURCES) as readonly Table[]

const MAX_ROWS = 200
const MAX_BYTES = 8 * 1024 * 1024
const COPY_TIMEOUT_MS = 600_000

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  return value instanceof ArrayBuffer || value instanceof Uint8Array ? value.byteLength : 8
}

function encode(value: unknown): string | Uint8Array | null {
  if (value === null || typeof value === 'string') return value
  if (value instanceof ArrayBuffer) return Buffer.from(value)
  if (value instanceof Uint8Array) return Buffer.from(value)
  return String(value)
}

/** The columns of the target; each is in the source under the same name. */
async function columnsOf(client: PoolClient, schema: string, table: Table): Promise<readonly string[]> {
  const { rows } = await client.query<Record<string, string>>(
    'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position',
    [schema, table],
  )
  return rows.map((row) => textOf(row, 'name'))
}

async function copyTable(source: Connection, client: PoolClient, schema: string, table: Table): Promise<void> {
  const columns = await columnsOf(client, schema, table)
  let values: (string | Uint8Array | null)[] = []
  let bytes = 0
  const flush = async (): Promise<void> => {
    if (values.length === 0) return
    const rows = Array.from({ length: values.length / columns.length }, (_, row) => {
      const places = columns.map((_column, column) => `$${row * columns.length + column + 1}`)
      return `(${places.join(', ')})`
    })
    await client.query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${rows.join(', ')}`, values)
    values = []
    bytes = 0
  }
  for (const row of source.iterate(`SELECT ${columns.join(', ')} FROM ${SOURCES[table]}`)) {
    for (const column of columns) {
      values.push(encode(row[column]))
      bytes += sizeOf(row[column])
    }
    if (values.length >= MAX_ROWS * columns.length || bytes >= MAX_BYTES) await flush()
  }
  await flush()
}

async function requireEmpty(client: PoolClient): Promise<void> {
  for (const table of TABLES) {
    const { rows } = await client.query<Record<string, unknown>>(`SELECT EXISTS (SELECT FROM ${table}) AS found`)
    if (rows[0]?.['found'] !== 'f')
      throw new LedgerError('NOT_EMPTY', `the target ledger has rows in ${table}: nothing was copied`)
  }
}

async function verify(source: Connection, client: PoolClient): Promise<MigrationReport> {
  const target = transactionOn(client, 0n, () => {})
  const differ = (what: string, expected: unknown, found: unknown): never => {
    throw new LedgerError('CORRUPT', `${what} is ${found} in the copy and ${expected} in the source: nothing was kept`)
  }
  const both = async (sql: string): Promise<readonly [Row, Row]> => [
    source.get(sql) ?? {},
    (await target.get(sql)) ?? {},
  ]
  const rows: Record<string, number> = {}
  for (const table of TABLES) {
    const [expected, found] = await both(`SELECT count(*) AS many FROM ${table}`)
    rows[table] = countOf(found, 'many')
    if (rows[table] !== countOf(expected, 'many')) differ(`count of ${table}`, expected['many'], found['many'])
  }
  const stray = await target.get(
    `SELECT count(*) AS many FROM exposure FULL JOIN
       (SELECT chain_id, asset, payer, sum(outstanding) AS parts FROM payment GROUP BY chain_id, asset, payer) AS sums
       USING (chain_id, asset, payer) WHERE coalesce(outstanding, 0) <> coalesce(parts, 0)`,
  )
  if (stray === undefined || countOf(stray, 'many') !== 0)
    throw new LedgerError('CORRUPT', 'exposures are not the sums of their payments: nothing was kept')
  const logs: { logId: Hex; size: number; root: Hex }[] = []
  for (const row of source.all('SELECT log_id, size FROM log ORDER BY log_id')) {
    const logId = hexOf(row, 'log_id')
    const batch = { logId, size: countOf(row, 'size'), last: undefined }
    const expected = recomputeSourceRoot(source, { ...batch, cache: createLogCache() })
    const root = await recomputeRoot(target, { ...batch, cache: createLogCache() })
    if (root !== expected) differ(`root of log ${logId}`, expected, root)
    logs.push({ logId, size: batch.size, root })
  }
  return { rows, logs }
}

/** Checks the source's logs against their checkpoints as well, before anything is copied. */
function requireSoundSource(source: Connection): void {
  const cache = createLogCache()
  for (const row of source.all('SELECT log_id, size FROM log ORDER BY log_id')) {
    const logId = hexOf(row, 'log_id')
    const last = source.get('SELECT * FROM log_checkpoint WHERE log_id = ? ORDER BY seq DESC LIMIT 1', [logId])
    recomputeSourceRoot(source, {
      logId,
      size: countOf(row, 'size'),
      last: last === undefined ? undefined : checkpointOf(last),
      cache,
    })
  }
}

async function copyAll(source: Connection, client: PoolClient, schema: string): Promise<MigrationReport> {
  await client.query('BEGIN')
  await client.query(`SET LOCAL search_path TO "${schema}"`)
  await client.query(`LOCK TABLE ${TABLES.join(', ')} IN ACCESS EXCLUSIVE MODE`)
  await requireEmpty(client)
  for (const table of TABLES) await copyTable(source, client, schema, table)
  for (const table of ['intent', 'relay_job'])
    await client.query(
      `SELECT setval(pg_get_serial_sequence($1, 'id'), (SELECT coalesce(max(id), 0) + 1 FROM ${table}), false)`,
      [table],
    )
  const report = await verify(source, client)
  await client.query('COMMIT')
  return report
}

/**
 * Copies a SQLite ledger into an empty PostgreSQL one: all of it in one transaction, kept only if the counts of every
 * table, the root of every log recomputed from the copied leaves, and the sums of every payer agree. The source is held
 * exclusively meanwhile and is not changed. Never open the source again after the copy serves: two ledgers must not
 * share payments or signing keys.
 *
 * @throws LedgerError `LEDGER_LOCKED` while a process uses the file, `NOT_EMPTY` if the target holds anything,
 *   `LOG_CORRUPT` if the source's log is unsound, `CORRUPT` if the copy differs, `NOT_FOUND`, `STORE_UNAVAILABLE`
 * @example
 * await migrateLedger({ path: 'ledger.db' }, { connectionString: 'postgres://og_owner@db.internal/og' })
 */
export async function migrateLedger(
  from: { readonly path: string },
  to: PostgresConnectionOptions & { readonly schema?: string },
): Promise<MigrationReport> {
  const schema = requireSchemaName(to.schema)
  if (!existsSync(from.path)) throw new LedgerError('NOT_FOUND', `no ledger file ${from.path}`)
  const source = openConnection({ path: from.path })
  try {
    requireSoundSource(source)
    const pool = createPool({ ...to, statementTimeoutMs: to.statementTimeoutMs ?? COPY_TIMEOUT_MS })
    try {
      await prepareDatabase(pool, schema)
      const client = await pool.connect()
      client.on('error', () => {})
      try {
        return await copyAll(source, client, schema)
      } finally {
        // With the connection goes what was not committed.
        client.release(true)
      }
    } catch (error) {
      throw error instanceof LedgerError ? error : unavailable(error)
    } finally {
      await pool.end()
    }
  } finally {
    await source.close()
  }
}

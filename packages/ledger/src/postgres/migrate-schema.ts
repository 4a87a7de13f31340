import type { Pool } from 'pg'
import { LedgerError } from '../ledger-error.js'
import type { SchemaSteps } from '../sqlite/connection.js'
import { unavailable } from './failures.js'
import { POSTGRES_MIGRATIONS } from './schema.js'

const LEAST_SERVER_VERSION = 140_000

const ledgerSteps: SchemaSteps = { versionTable: 'schema_version', migrations: POSTGRES_MIGRATIONS }

/** What the server says of itself that the ledger depends on. */
export interface ServerSettings {
  /** Whether commits would be acknowledged before they are durable unless asked otherwise. */
  readonly raiseSynchronousCommit: boolean
}

/** The name of the schema, if it is a plain one; default `og_ledger`. */
export function requireSchemaName(name: string | undefined): string {
  const schema = name ?? 'og_ledger'
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
    throw new LedgerError('INVALID_INPUT', 'schema must be a plain lower-case identifier')
  return schema
}

/**
 * Checks the server and brings the schema up to date: one transaction under an advisory lock, so that any number of
 * processes may start at once. A role without the right to create anything can open a schema that is up to date.
 */
export async function prepareDatabase(
  pool: Pool,
  schema: string,
  steps: SchemaSteps = ledgerSteps,
): Promise<ServerSettings> {
  try {
    const client = await pool.connect()
    try {
      const settings = await checkServer(client.query.bind(client))
      await client.query('BEGIN')
      await migrate(client.query.bind(client), schema, steps)
      await client.query('COMMIT')
      client.release()
      return settings
    } catch (error) {
      // The connection goes, and with it the transaction and the lock.
      client.release(true)
      throw error
    }
  } catch (error) {
    throw error instanceof LedgerError ? error : unavailable(error)
  }
}

type Query = (
  sql: string,
  values?: readonly unknown[],
) => Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>

async function checkServer(query: Query): Promise<ServerSettings> {
  const { rows } = await query(
    `SELECT current_setting('server_version_num')::bigint AS version, current_setting('fsync') AS fsync,
       current_setting('server_encoding') AS encoding, current_setting('synchronous_commit') AS commit`,
  )
  const [row] = rows
  if (row === undefined || Number(row['version']) < LEAST_SERVER_VERSION)
    throw new LedgerError('STORE_UNAVAILABLE', 'the ledger needs PostgreSQL 14 or later')
  if (row['fsync'] !== 'on')
    throw new LedgerError('STORE_UNAVAILABLE', 'the database runs with fsync=off: it may lose what it acknowledged')
  if (row['encoding'] !== 'UTF8') throw new LedgerError('STORE_UNAVAILABLE', 'the database is not encoded in UTF8')
  return { raiseSynchronousCommit: row['commit'] === 'off' }
}

async function migrate(query: Query, schema: string, steps: SchemaSteps): Promise<void> {
  const { versionTable, migrations } = steps
  await query("SET LOCAL lock_timeout = '30s'")
  await query("SELECT pg_advisory_xact_lock(hashtextextended('og-ledger migrate ' || $1, 0))", [schema])
  const known = await query('SELECT to_regnamespace($1)::text AS schema, to_regclass($2)::text AS versions', [
    schema,
    `${schema}.${versionTable}`,
  ])
  if (known.rows[0]?.['schema'] === null) await query(`CREATE SCHEMA "${schema}"`)
  await query(`SET LOCAL search_path TO "${schema}"`)
  if (known.rows[0]?.['versions'] === null)
    await query(`CREATE TABLE ${versionTable} (one bigint PRIMARY KEY CHECK (one = 1), version bigint NOT NULL)`)
  const { rows } = await query(`SELECT version FROM ${versionTable} WHERE one = 1`)
  const found = Number(rows[0]?.['version'] ?? 0)
  if (found > migrations.length)
    throw new LedgerError(
      'SCHEMA_TOO_NEW',
      `the ledger database has schema ${found}, this program knows up to ${migrations.length}`,
    )
  if (found === migrations.length) return
  for (const migration of migrations.slice(found)) await query(migration)
  await query(
    `INSERT INTO ${versionTable} (one, version) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET version = excluded.version`,
    [migrations.length],
  )
}

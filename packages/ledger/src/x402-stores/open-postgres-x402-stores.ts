import type { Clock } from '../defaults.js'
import { LedgerError } from '../ledger-error.js'
import { createConnection } from '../postgres/connection.js'
import { prepareDatabase, requireSchemaName } from '../postgres/migrate-schema.js'
import { createPool, DEFAULT_STATEMENT_TIMEOUT_MS, type PostgresConnectionOptions } from '../postgres/pool.js'
import type { StepHook } from '../sqlite/connection.js'
import { createStores } from './create-stores.js'
import { postgresSteps } from './schema.js'
import { runOnPostgres } from './statements.js'
import type { X402StoreOptions, X402Stores } from './stores.js'

/** How to open the stores in PostgreSQL. */
export interface OpenPostgresX402StoresOptions extends PostgresConnectionOptions, X402StoreOptions {
  /** The schema that holds the tables, made if it is not there; default `og_x402`. It may be a ledger's. */
  readonly schema?: string
  /** Unix seconds; default: the database's clock. Reservations bring their own time. */
  readonly now?: Clock
  /** Called at named points of every operation: for fault injection only. */
  readonly onStep?: StepHook
}

/**
 * Opens durable stores for `@og/x402` in PostgreSQL 14 or later, for any number of processes at once: one payment runs
 * one handler and one channel has one account over all of them.
 *
 * @throws LedgerError `STORE_UNAVAILABLE`, `SCHEMA_TOO_NEW`, `INVALID_INPUT`
 */
export async function openPostgresX402Stores(options: OpenPostgresX402StoresOptions): Promise<X402Stores> {
  const schema = requireSchemaName(options.schema ?? 'og_x402')
  const statementTimeoutMs = options.statementTimeoutMs ?? DEFAULT_STATEMENT_TIMEOUT_MS
  if (!Number.isSafeInteger(statementTimeoutMs) || statementTimeoutMs < 1)
    throw new LedgerError('INVALID_INPUT', 'statementTimeoutMs must be a whole number of at least 1')
  const pool = createPool(options)
  try {
    const { raiseSynchronousCommit } = await prepareDatabase(pool, schema, postgresSteps)
    const { read, write, close } = createConnection({
      pool,
      schema,
      statementTimeoutMs,
      raiseSynchronousCommit,
      now: options.now,
      step: options.onStep ?? (() => {}),
    })
    return createStores(
      {
        write: (name, operation) =>
          write(name, (transaction) => runOnPostgres(transaction, operation(transaction.now))),
        read: (operation) => read((transaction) => runOnPostgres(transaction, operation(transaction.now))),
        close,
      },
      options,
    )
  } catch (error) {
    await pool.end()
    throw error
  }
}

import { type Clock, systemClock } from '../defaults.js'
import { openConnection, type StepHook } from '../sqlite/connection.js'
import { createStores } from './create-stores.js'
import { sqliteSteps } from './schema.js'
import { runOnSqlite } from './statements.js'
import type { X402StoreOptions, X402Stores } from './stores.js'

/** How to open the stores in a SQLite file. */
export interface OpenX402StoresOptions extends X402StoreOptions {
  /** The database file, its own: not the ledger's. Its folder must exist. */
  readonly path: string
  /** Unix seconds; default: the machine's clock. Reservations bring their own time. */
  readonly now?: Clock
  /** Called at named points of every commit: for fault injection only. */
  readonly onStep?: StepHook
}

/**
 * Opens durable stores for `@og/x402` in one SQLite file, owned by this process alone: WAL, `synchronous=FULL`, group
 * commit. Every method resolves once it is durable, so that a channel's account and a reserved payment survive a crash.
 *
 * @throws LedgerError `LEDGER_LOCKED` if another process holds the file, `SCHEMA_TOO_NEW`, `STORE_UNAVAILABLE`
 * @example
 * const stores = openX402Stores({ path: 'x402.db', maxExposurePerPayer: 1_000_000n })
 * const paywall = createPaywall({ requirementsFor, facilitator, store: stores.reservations })
 */
export function openX402Stores(options: OpenX402StoresOptions): X402Stores {
  const now = options.now ?? systemClock
  const connection = openConnection({
    path: options.path,
    schema: sqliteSteps,
    ...(options.onStep === undefined ? {} : { step: options.onStep }),
  })
  return createStores(
    {
      write: (name, operation) => connection.write(name, () => runOnSqlite(connection, operation(now()))),
      read: (operation) => connection.read(() => runOnSqlite(connection, operation(now()))),
      close: connection.close,
    },
    options,
  )
}

/**
 * Opens the same stores without a file, for tests and for embedding where losing everything is acceptable. **Not durable**:
 * after the end of the process payments may run again and channels' charges are lost.
 */
export function openMemoryX402Stores(options: Omit<OpenX402StoresOptions, 'path'> = {}): X402Stores {
  return openX402Stores({ ...options, path: ':memory:' })
}

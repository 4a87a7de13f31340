import { Pool, type PoolConfig, types } from 'pg'
import { LedgerError } from '../ledger-error.js'

/** How to reach the database; what is left out comes from `PGHOST` and its kin, as with `psql`. */
export interface PostgresConnectionOptions {
  /** `postgres://user:password@host:port/database?sslmode=verify-full`; instead of the single parts below. */
  readonly connectionString?: string
  readonly host?: string
  readonly port?: number
  readonly database?: string
  readonly user?: string
  /** A function is asked for each new connection: for passwords that expire. */
  readonly password?: string | (() => string | Promise<string>)
  /** `true` checks the server's certificate against the machine's authorities. */
  readonly ssl?: boolean | { readonly ca?: string; readonly cert?: string; readonly key?: string }
  /** Most connections of this process; default 10. */
  readonly maxConnections?: number
  /** How long an operation may wait for a free or a new connection; default 10 s. */
  readonly connectTimeoutMs?: number
  /** How long one statement may run, and the half of it for how long it may wait for a lock; default 20 s. */
  readonly statementTimeoutMs?: number
}

/** The default of {@link PostgresConnectionOptions.statementTimeoutMs}. */
export const DEFAULT_STATEMENT_TIMEOUT_MS = 20_000

const INT8 = 20
const INT2 = 21
const INT4 = 23
const NUMERIC = 1700
const BYTEA = 17
const AMOUNT_DIGITS = 78

const toBigInt = (text: string): bigint => BigInt(text)
// The width of the SQLite engine's amounts, so that both engines' rows are read by the same functions.
const toAmount = (text: string): string => text.padStart(AMOUNT_DIGITS, '0')
const toText = (text: string): string => text
const toBytes = (text: string): Uint8Array => Uint8Array.from(types.getTypeParser(BYTEA)(text) as Uint8Array)

function parserOf(oid: number): (text: string) => unknown {
  if (oid === INT8 || oid === INT4 || oid === INT2) return toBigInt
  if (oid === NUMERIC) return toAmount
  return oid === BYTEA ? toBytes : toText
}

/** Makes the pool. Integers come as bigint, numerics as amounts of fixed width, the rest as text. */
export function createPool(options: PostgresConnectionOptions): Pool {
  const { connectionString, host, port, database, user, password, ssl } = options
  if (connectionString !== undefined && !/^postgres(ql)?:\/\//.test(connectionString))
    throw new LedgerError('INVALID_INPUT', 'connectionString must begin with postgres:// or postgresql://')
  const statementTimeoutMs = options.statementTimeoutMs ?? DEFAULT_STATEMENT_TIMEOUT_MS
  const config: PoolConfig = {
    ...(connectionString === undefined ? {} : { connectionString }),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(database === undefined ? {} : { database }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(ssl === undefined ? {} : { ssl }),
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    // The client's own limit, for a server or a network that has gone silent.
    query_timeout: statementTimeoutMs + 5_000,
    keepAlive: true,
    application_name: 'og-ledger',
    types: { getTypeParser: parserOf as typeof types.getTypeParser },
  }
  const pool = new Pool(config)
  // An idle connection that breaks is dropped by the pool; whoever asks next gets a new one, or the reason why not.
  pool.on('error', () => {})
  return pool
}

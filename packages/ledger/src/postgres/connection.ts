import type { Pool, PoolClient } from 'pg'
import { sleepFor } from '../defaults.js'
import type { Row, SqlValue } from '../engine/row.js'
import { LedgerError } from '../ledger-error.js'
import type { StepHook } from '../sqlite/connection.js'
import { hasCode, isConnectionLoss, isRetryable, unavailable } from './failures.js'

/** One running transaction. */
export interface Transaction {
  /** Unix seconds: the ledger's clock, or the database's where it was given none. */
  readonly now: bigint
  get(sql: string, parameters?: readonly SqlValue[]): Promise<Row | undefined>
  all(sql: string, parameters?: readonly SqlValue[]): Promise<readonly Row[]>
  /** Returns the number of changed rows. */
  run(sql: string, parameters?: readonly SqlValue[]): Promise<number>
  /** Takes back all that the operation has done so far, and gives its locks back. */
  undo(): Promise<void>
  /** Marks a point inside an operation. */
  step(name: string): void
}

/** A pool of connections on which each operation is one transaction. */
export interface PostgresConnection {
  /** Runs the operation atomically and resolves once it is durable; it may run again after a lost race. */
  write<T>(name: string, operation: (transaction: Transaction) => Promise<T>): Promise<T>
  /** Runs reads that see one state. */
  read<T>(operation: (transaction: Transaction) => Promise<T>): Promise<T>
  /** Waits for what was asked before, then closes every connection. */
  close(): Promise<void>
}

/** What {@link createConnection} is made of. */
export interface ConnectionSettings {
  readonly pool: Pool
  /** A checked identifier. */
  readonly schema: string
  readonly statementTimeoutMs: number
  /** Whether the server's default would acknowledge before it is durable. */
  readonly raiseSynchronousCommit: boolean
  readonly now: (() => bigint) | undefined
  readonly step: StepHook
}

const MAX_TRIES = 12
const UNTOUCHED = 'untouched'

// Prepared once per connection under these names; the text of a name never changes.
const statementNames = new Map<string, string>()

function nameOf(sql: string): string {
  let name = statementNames.get(sql)
  if (name === undefined) {
    name = `og_${statementNames.size}`
    statementNames.set(sql, name)
  }
  return name
}

function encode(value: SqlValue): string | number | Buffer | null {
  if (typeof value === 'bigint') return value.toString()
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
}

/** The statements of a transaction that runs on the client. */
export function transactionOn(client: PoolClient, now: bigint, step: StepHook): Transaction {
  const query = (sql: string, parameters: readonly SqlValue[]) =>
    client.query<Record<string, unknown>>({ name: nameOf(sql), text: sql, values: parameters.map(encode) })
  return {
    now,
    get: async (sql, parameters = []) => (await query(sql, parameters)).rows[0],
    all: async (sql, parameters = []) => (await query(sql, parameters)).rows,
    run: async (sql, parameters = []) => (await query(sql, parameters)).rowCount ?? 0,
    undo: async () => {
      await client.query(`ROLLBACK TO SAVEPOINT ${UNTOUCHED}`)
    },
    step,
  }
}

function clockOf(results: unknown): bigint {
  const now: unknown = Array.isArray(results) ? results[1]?.rows?.[0]?.now : undefined
  if (typeof now !== 'bigint') throw new LedgerError('STORE_UNAVAILABLE', 'the database did not tell its time')
  return now
}

/** Wraps a pool. */
export function createConnection(settings: ConnectionSettings): PostgresConnection {
  const { pool, schema, statementTimeoutMs, step } = settings
  const running = new Set<Promise<unknown>>()
  let closing: Promise<void> | undefined

  // Everything that a session could have set otherwise, and the clock, in one round trip; poolers that share sessions
  // between clients keep it apart, because it ends with the transaction.
  const local = {
    search_path: `"${schema}"`,
    statement_timeout: `${statementTimeoutMs}`,
    lock_timeout: `${Math.ceil(statementTimeoutMs / 2)}`,
    idle_in_transaction_session_timeout: '60000',
    ...(settings.raiseSynchronousCommit ? { synchronous_commit: 'on' } : {}),
  }
  const preamble = `SELECT floor(extract(epoch FROM clock_timestamp()))::bigint AS now,
    ${Object.entries(local)
      .map(([name, value]) => `set_config('${name}', '${value}', true)`)
      .join(', ')}`
  const beginWrite = `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; ${preamble}; SAVEPOINT ${UNTOUCHED}`
  const beginRead = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${preamble}`

  async function attempt<T>(begin: string, operation: (transaction: Transaction) => Promise<T>): Promise<T> {
    const client = await pool.connect()
    let broken: Error | undefined
    const onError = (error: Error): void => {
      broken = error
    }
    client.on('error', onError)
    try {
      let time: bigint
      try {
        time = clockOf(await client.query(begin))
      } catch (error) {
        // Nothing was asked yet: a connection that died in the pool is no reason to fail.
        if (isConnectionLoss(error)) throw new StaleConnection(error)
        throw error
      }
      const value = await operation(transactionOn(client, settings.now?.() ?? time, step))
      // A transaction that failed before answers COMMIT with ROLLBACK and no error.
      if ((await client.query('COMMIT')).command !== 'COMMIT') throw new Error('the database rolled the commit back')
      return value
    } catch (error) {
      if (error instanceof StaleConnection || isConnectionLoss(error)) broken = broken ?? asError(error)
      else
        await client.query('ROLLBACK').catch((failure: unknown) => {
          broken = asError(failure)
        })
      // A plan made before a migration must not be met again.
      if (hasCode(error, '0A000')) broken = asError(error)
      throw error
    } finally {
      client.off('error', onError)
      client.release(broken)
    }
  }

  async function persist<T>(begin: string, operation: (transaction: Transaction) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await attempt(begin, operation)
      } catch (error) {
        if (error instanceof LedgerError) throw error
        const mayTryAgain = error instanceof StaleConnection ? tries <= 2 : tries < MAX_TRIES && isRetryable(error)
        if (!mayTryAgain) throw unavailable(error instanceof StaleConnection ? error.cause : error)
        // Losers of a race come back one after the other.
        await sleepFor(Math.random() * Math.min(200, 2 ** tries))
      }
    }
  }

  function track<T>(work: () => Promise<T>): Promise<T> {
    if (closing !== undefined) return Promise.reject(new LedgerError('CLOSED', 'the ledger is closed'))
    const promise = work()
    running.add(promise)
    const done = (): void => {
      running.delete(promise)
    }
    promise.then(done, done)
    return promise
  }

  return {
    write: (name, operation) =>
      track(async () => {
        const value = await persist(beginWrite, async (transaction) => {
          const result = await operation(transaction)
          step(`${name}:applied`)
          return result
        })
        step(`${name}:committed`)
        return value
      }),
    read: (operation) => track(() => persist(beginRead, operation)),
    close: () => {
      closing ??= Promise.allSettled([...running]).then(() => pool.end())
      return closing
    },
  }
}

class StaleConnection extends Error {
  constructor(cause: unknown) {
    super('the connection was gone before it was used', { cause })
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

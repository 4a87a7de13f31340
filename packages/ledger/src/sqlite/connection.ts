import Database from 'libsql'
import type { Row, SqlValue } from '../engine/row.js'
import { LedgerError } from '../ledger-error.js'
import { MIGRATIONS } from './schema.js'

/** Called at named points of a commit; a test may end the process there. */
export type StepHook = (step: string) => void

/** One exclusive connection with group commit. */
export interface Connection {
  get(sql: string, parameters?: readonly SqlValue[]): Row | undefined
  all(sql: string, parameters?: readonly SqlValue[]): readonly Row[]
  /** Reads row by row; nothing else may be asked meanwhile. */
  iterate(sql: string): IterableIterator<Row>
  /** Returns the number of changed rows. */
  run(sql: string, parameters?: readonly SqlValue[]): number
  /** Writes at most one row and returns its number, `undefined` if it wrote none. Costs half of what `RETURNING` does. */
  insert(sql: string, parameters: readonly SqlValue[]): bigint | undefined
  /** Marks a point inside an operation. */
  step(name: string): void
  /** Runs the operation atomically and resolves once it is durable. */
  write<T>(name: string, operation: () => T): Promise<T>
  /** Runs reads that see one state. */
  read<T>(operation: () => T): Promise<T>
  close(): Promise<void>
}

interface Waiting {
  readonly name: string
  readonly operation: () => unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** The tables of a file: migrations by the version they lead to, and the table that remembers the version. */
export interface SchemaSteps {
  readonly versionTable: string
  readonly migrations: readonly string[]
}

const ledgerSchema: SchemaSteps = { versionTable: 'schema_version', migrations: MIGRATIONS }

const MAX_GROUP = 256

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_BUSY') || (error instanceof Error && /database is locked/.test(error.message))
}

/** Opens the file, takes it for this process alone, and brings its schema up to date. */
export function openConnection(options: {
  readonly path: string
  readonly step?: StepHook
  /** Default: the ledger's. */
  readonly schema?: SchemaSteps
}): Connection {
  const schema = options.schema ?? ledgerSchema
  let database: Database.Database
  try {
    database = new Database(options.path)
  } catch (cause) {
    if (isBusy(cause)) throw lockedBy(options.path, cause)
    throw new LedgerError('STORE_UNAVAILABLE', `the ledger file ${options.path} cannot be opened`, { cause })
  }
  try {
    prepare(database, { isMemory: options.path === ':memory:', schema })
  } catch (error) {
    try {
      giveUp(database, schema)
    } catch {
      // It was not ours, or not a database: the error above tells more.
    }
    if (isBusy(error)) throw lockedBy(options.path, error)
    if (error instanceof LedgerError) throw error
    throw new LedgerError('STORE_UNAVAILABLE', `the ledger file ${options.path} cannot be used`, { cause: error })
  }
  return createConnection(database, { step: options.step ?? (() => {}), schema })
}

function lockedBy(path: string, cause: unknown): LedgerError {
  return new LedgerError(
    'LEDGER_LOCKED',
    `the ledger file ${path} is held by another process: one process owns a SQLite ledger`,
    { cause },
  )
}

function prepare(
  database: Database.Database,
  options: { readonly isMemory: boolean; readonly schema: SchemaSteps },
): void {
  const { versionTable, migrations } = options.schema
  // Before the first access to the file, so that the lock of that access is never given back (and no -shm file exists).
  database.pragma('locking_mode=EXCLUSIVE')
  database.pragma('journal_mode=WAL')
  database.pragma('synchronous=FULL')
  database.pragma('foreign_keys=ON')
  // A swept answer is overwritten, not only unlinked.
  database.pragma('secure_delete=ON')
  // Hashes touch pages all over the file: they stay in memory (kibibytes), and are copied from the write-ahead log to their places once for
  // many commits (pages of 4 kB).
  database.pragma('cache_size=-65536')
  database.pragma('wal_autocheckpoint=4000')
  database.exec('BEGIN IMMEDIATE')
  try {
    database.exec(
      `CREATE TABLE IF NOT EXISTS ${versionTable} (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL) STRICT`,
    )
    const row = database.prepare(`SELECT version FROM ${versionTable} WHERE one = 1`).get([]) as
      | { readonly version: number }
      | undefined
    const found = row?.version ?? 0
    if (found > migrations.length)
      throw new LedgerError(
        'SCHEMA_TOO_NEW',
        `the ledger file has schema ${found}, this program knows up to ${migrations.length}`,
      )
    for (const migration of migrations.slice(found)) database.exec(migration)
    database
      .prepare(
        `INSERT INTO ${versionTable} (one, version) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET version = excluded.version`,
      )
      .run([migrations.length])
    database.exec('COMMIT')
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
  const mode = database.pragma('journal_mode') as readonly { readonly journal_mode: string }[]
  const sync = database.pragma('synchronous') as readonly { readonly synchronous: number }[]
  const journal = options.isMemory ? 'memory' : 'wal'
  if (mode[0]?.journal_mode !== journal || sync[0]?.synchronous !== 2)
    throw new LedgerError('STORE_UNAVAILABLE', 'the file system does not allow WAL with synchronous=FULL')
}

/**
 * Closes the file for good. The driver keeps the connection, and with it the lock, until the garbage collector has met
 * every statement; leaving WAL mode first gives the lock back now and leaves one plain file behind.
 */
function giveUp(database: Database.Database, schema: SchemaSteps): void {
  try {
    database.pragma('wal_checkpoint(TRUNCATE)')
    database.pragma('journal_mode=DELETE')
    database.pragma('locking_mode=NORMAL')
    // The lock goes with the first access in the new mode.
    database.prepare(`SELECT count(*) FROM ${schema.versionTable}`).all([])
  } finally {
    database.close()
  }
}

function createConnection(
  database: Database.Database,
  options: { readonly step: StepHook; readonly schema: SchemaSteps },
): Connection {
  const { step } = options
  const statements = new Map<string, Database.Statement<unknown[]>>()
  const waiting: Waiting[] = []
  let scheduled = false
  let closed = false
  let drained: Promise<void> = Promise.resolve()

  const prepared = (sql: string): Database.Statement<unknown[]> => {
    let statement = statements.get(sql)
    if (statement === undefined) {
      statement = database.prepare(sql)
      statement.safeIntegers(true)
      statements.set(sql, statement)
    }
    return statement
  }

  const wrap = (error: unknown): LedgerError =>
    error instanceof LedgerError
      ? error
      : new LedgerError('STORE_UNAVAILABLE', 'the ledger could not be read or written', { cause: error })

  const rollBack = (): void => {
    // A full disk or an input/output error has rolled back already.
    if (database.inTransaction) database.exec('ROLLBACK')
  }

  // Group commit: what was asked for since the last turn of the event loop shares one fsync, and nobody hears of success
  // before the one commit that carries it.
  const flush = (): void => {
    scheduled = false
    const group = waiting.splice(0, MAX_GROUP)
    if (waiting.length > 0) schedule()
    if (group.length === 0) return
    let answers: (() => void)[]
    try {
      database.exec('BEGIN IMMEDIATE')
      answers = runTogether(group)
      database.exec('COMMIT')
    } catch (error) {
      try {
        rollBack()
      } catch {
        // The first error is the one that tells what happened.
      }
      const wrapped = wrap(error)
      for (const item of group) item.reject(wrapped)
      return
    }
    for (const [index, item] of group.entries()) {
      try {
        step(`${item.name}:committed`)
      } catch (error) {
        // The reply is lost, the commit is not.
        answers[index] = () => item.reject(error)
      }
    }
    for (const answer of answers) answer()
  }

  const run = (item: Waiting): (() => void) => {
    const value = item.operation()
    step(`${item.name}:applied`)
    return () => item.resolve(value)
  }

  /**
   * Savepoints copy every page that they meet, and hardly ever does an operation break off. If one does, all is taken back, and the others
   * run once more, now each in a savepoint of its own.
   */
  const runTogether = (group: readonly Waiting[]): (() => void)[] => {
    const answers: (() => void)[] = []
    for (const item of group) {
      try {
        answers.push(run(item))
      } catch (error) {
        if (!database.inTransaction) throw error
        database.exec('ROLLBACK')
        database.exec('BEGIN IMMEDIATE')
        return runApart(group, { item, error })
      }
    }
    return answers
  }

  const runApart = (
    group: readonly Waiting[],
    broken: { readonly item: Waiting; readonly error: unknown },
  ): (() => void)[] =>
    group.map((item) => {
      const refuse = (error: unknown): (() => void) => {
        const wrapped = wrap(error)
        return () => item.reject(wrapped)
      }
      if (item === broken.item) return refuse(broken.error)
      database.exec('SAVEPOINT operation')
      try {
        const answer = run(item)
        database.exec('RELEASE operation')
        return answer
      } catch (error) {
        if (!database.inTransaction) throw error
        database.exec('ROLLBACK TO operation')
        database.exec('RELEASE operation')
        return refuse(error)
      }
    })

  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    drained = new Promise((resolve) => {
      setImmediate(() => {
        flush()
        resolve()
      })
    })
  }

  const requireOpen = (): void => {
    if (closed) throw new LedgerError('CLOSED', 'the ledger is closed')
  }

  return {
    get: (sql, parameters = []) => prepared(sql).get(parameters) as Row | undefined,
    all: (sql, parameters = []) => prepared(sql).all(parameters) as readonly Row[],
    iterate: (sql) => prepared(sql).iterate([]) as IterableIterator<Row>,
    run: (sql, parameters = []) => Number(prepared(sql).run(parameters).changes),
    insert: (sql, parameters) => {
      const { changes, lastInsertRowid } = prepared(sql).run(parameters)
      return Number(changes) === 1 ? BigInt(lastInsertRowid) : undefined
    },
    step,
    write: <T>(name: string, operation: () => T) =>
      new Promise<T>((resolve, reject) => {
        requireOpen()
        waiting.push({ name, operation, resolve: resolve as (value: unknown) => void, reject })
        schedule()
      }),
    read: async (operation) => {
      requireOpen()
      try {
        return operation()
      } catch (error) {
        throw wrap(error)
      }
    },
    close: async () => {
      if (closed) return
      closed = true
      while (scheduled) await drained
      statements.clear()
      giveUp(database, options.schema)
    },
  }
}

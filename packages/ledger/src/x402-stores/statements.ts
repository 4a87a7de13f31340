import type { Row, SqlValue } from '../engine/row.js'
import type { Transaction } from '../postgres/connection.js'
import type { Connection } from '../sqlite/connection.js'

/** One thing that an operation asks of its transaction. Parameters are `$1`, `$2`, … in both engines. */
interface Statement {
  readonly kind: 'all' | 'run' | 'lock'
  readonly sql: string
  readonly parameters: readonly SqlValue[]
}

type Answer = readonly Row[] | number

/**
 * An operation inside a transaction, written once for both engines: it yields statements, and whoever drives it answers
 * them, at once (SQLite) or by and by (PostgreSQL). It may be run again after a lost race.
 */
export type Operation<T> = Generator<Statement, T, Answer>

function rowsOf(answer: Answer): readonly Row[] {
  return typeof answer === 'number' ? [] : answer
}

/** All rows. */
export function* all(sql: string, parameters: readonly SqlValue[] = []): Operation<readonly Row[]> {
  return rowsOf(yield { kind: 'all', sql, parameters })
}

/** The first row. `FOR UPDATE` at the end holds it until the transaction ends. */
export function* get(sql: string, parameters: readonly SqlValue[] = []): Operation<Row | undefined> {
  return rowsOf(yield { kind: 'all', sql, parameters })[0]
}

/** The number of changed rows. */
export function* run(sql: string, parameters: readonly SqlValue[] = []): Operation<number> {
  const answer = yield { kind: 'run', sql, parameters }
  return typeof answer === 'number' ? answer : 0
}

/** Keeps other transactions with the same name out until this one ends. */
export function* lock(name: string): Operation<void> {
  yield { kind: 'lock', sql: '', parameters: [name] }
}

const FOR_UPDATE = / FOR UPDATE$/
// SQLite says `?1` and `instr` where PostgreSQL says `$1` and `strpos`.
const translated = new Map<string, string>()

function sqliteText(sql: string): string {
  let text = translated.get(sql)
  if (text === undefined) {
    text = sql
      .replace(FOR_UPDATE, '')
      .replaceAll(/\$(\d+)/g, '?$1')
      .replaceAll('strpos(', 'instr(')
    translated.set(sql, text)
  }
  return text
}

/** Runs an operation on SQLite, where one transaction runs at a time and needs no locks. */
export function runOnSqlite<T>(connection: Connection, operation: Operation<T>): T {
  let step = operation.next()
  while (step.done !== true) {
    const { kind, sql, parameters } = step.value
    if (kind === 'lock') step = operation.next(0)
    else if (kind === 'run') step = operation.next(connection.run(sqliteText(sql), parameters))
    else step = operation.next(connection.all(sqliteText(sql), parameters))
  }
  return step.value
}

/** Runs an operation on PostgreSQL. */
export async function runOnPostgres<T>(transaction: Transaction, operation: Operation<T>): Promise<T> {
  let step = operation.next()
  while (step.done !== true) {
    const { kind, sql, parameters } = step.value
    if (kind === 'lock') {
      await transaction.all('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', parameters)
      step = operation.next(0)
    } else if (kind === 'run') step = operation.next(await transaction.run(sql, parameters))
    else step = operation.next(await transaction.all(sql, parameters))
  }
  return step.value
}

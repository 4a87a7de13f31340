import type { Ledger } from '../ledger.js'
import { type OpenLedgerOptions, openLedger } from './open-ledger.js'

/**
 * Opens a ledger that lives in this process's memory: the SQLite engine without a file, with the same transactions and
 * the same answers, for tests and for embedding where losing everything is acceptable.
 *
 * **Not durable**: nothing is left after `close`, a crash or the end of the process. Money served from it can be lost or,
 * after a restart, taken for unknown and served again.
 *
 * @example
 * const ledger = openMemoryLedger()
 */
export function openMemoryLedger(options: Omit<OpenLedgerOptions, 'path'> = {}): Ledger {
  return openLedger({ ...options, path: ':memory:' })
}

export type { OpenPostgresLedgerOptions } from './postgres/open-postgres-ledger.js'
export { openPostgresLedger } from './postgres/open-postgres-ledger.js'
export type { PostgresConnectionOptions } from './postgres/pool.js'

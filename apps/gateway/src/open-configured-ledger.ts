import type { Ledger } from '@og/ledger'
import { openPostgresLedger } from '@og/ledger/postgres'
import type { GatewayConfig } from './config.js'
import { type Recovered, recoverLedger } from './recover-ledger.js'
import { openThreadedLedger } from './threaded-ledger.js'

/** A request waits no longer than this for a database that does not answer; then it is refused, unpaid and unserved. */
const patience = { connectTimeoutMs: 3_000, statementTimeoutMs: 5_000 }

/**
 * Opens the ledger that the configuration names: a SQLite file, which is this process's alone, or a schema in PostgreSQL, which any
 * number of gateways share. What a process before left behind is taken up at once in a file; in PostgreSQL another gateway may be at work
 * on it, so that leases run out instead.
 */
export async function openConfiguredLedger(
  config: Pick<GatewayConfig, 'ledgerPath' | 'ledgerUrl' | 'ledgerSchema'>,
  { now }: { readonly now: () => bigint },
): Promise<{ readonly ledger: Ledger; readonly recovered: Recovered }> {
  if (config.ledgerPath !== undefined) {
    const ledger = await openThreadedLedger({ path: config.ledgerPath })
    return { ledger, recovered: await recoverLedger({ ledger, now }) }
  }
  const ledger = await openPostgresLedger({
    connectionString: config.ledgerUrl ?? '',
    ...(config.ledgerSchema === undefined ? {} : { schema: config.ledgerSchema }),
    ...patience,
  })
  return { ledger, recovered: { attempts: 0, steps: 0 } }
}

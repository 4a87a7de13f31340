import { type Ledger, openLedger } from '@og/ledger'
import { openPostgresLedger } from '@og/ledger/postgres'
import { openPostgresX402Stores, openX402Stores, type X402Stores } from '@og/ledger/x402'
import type { FacilitatorConfig } from './config.js'

/** A question waits no longer than this for a database that does not answer. */
const patience = { connectTimeoutMs: 3_000, statementTimeoutMs: 5_000 }

/** What this facilitator must not forget. */
export interface Stores {
  readonly ledger: Ledger
  readonly x402: X402Stores
  readonly close: () => Promise<void>
}

/** Opens the configured stores: two SQLite files of this process alone, or one schema in PostgreSQL for many. */
export async function openStores(
  config: Pick<FacilitatorConfig, 'ledgerPath' | 'ledgerUrl' | 'ledgerSchema' | 'discovery'>,
  { now }: { readonly now: () => bigint },
): Promise<Stores> {
  const { ledgerPath, ledgerUrl, ledgerSchema, discovery } = config
  const maxResources = discovery === false ? 1 : discovery.maxResources
  const postgres = {
    connectionString: ledgerUrl ?? '',
    ...(ledgerSchema === undefined ? {} : { schema: ledgerSchema }),
    ...patience,
  }
  const ledger = ledgerPath === undefined ? await openPostgresLedger(postgres) : openLedger({ path: ledgerPath, now })
  try {
    const x402 =
      ledgerPath === undefined
        ? await openPostgresX402Stores({ schema: 'og_ledger', ...postgres, maxResources })
        : openX402Stores({ path: `${ledgerPath}.x402`, now, maxResources })
    return {
      ledger,
      x402,
      close: async () => {
        await x402.close()
        await ledger.close()
      },
    }
  } catch (error) {
    await ledger.close()
    throw error
  }
}

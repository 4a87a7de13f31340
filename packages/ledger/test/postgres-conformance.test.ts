import { afterAll, test } from 'vitest'
import { openPostgresLedger } from '../src/postgres/open-postgres-ledger.js'
import { ANSWER_MAX_AGE_SECONDS, START } from './conformance/fixtures.js'
import { ledgerConformance } from './conformance/ledger-conformance.js'
import { emptyLedger, startCluster } from './postgres-cluster.js'

const cluster = await startCluster()

if ('skipped' in cluster) test.skip(`postgres: ${cluster.skipped}`)
else {
  afterAll(() => cluster.dispose())
  ledgerConformance(
    `postgres (${cluster.origin})`,
    async () => {
      const clock = { now: START }
      const open = () =>
        openPostgresLedger({
          connectionString: cluster.connectionString,
          now: () => clock.now,
          // Two hundred at once wait for ten connections, on a busy machine for long.
          connectTimeoutMs: 50_000,
          answerMaxAgeSeconds: ANSWER_MAX_AGE_SECONDS,
        })
      let ledger = await open()
      await emptyLedger(cluster, 'og_ledger')
      return {
        ledger,
        clock,
        reopen: async () => {
          await ledger.close()
          ledger = await open()
          return ledger
        },
        dispose: () => ledger.close(),
      }
    },
    15,
  )
}

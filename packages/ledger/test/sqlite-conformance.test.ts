import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLedger } from '../src/sqlite/open-ledger.js'
import { ANSWER_MAX_AGE_SECONDS, START } from './conformance/fixtures.js'
import { ledgerConformance } from './conformance/ledger-conformance.js'

ledgerConformance('sqlite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'og-ledger-'))
  const clock = { now: START }
  const open = () =>
    openLedger({ path: join(folder, 'ledger.db'), now: () => clock.now, answerMaxAgeSeconds: ANSWER_MAX_AGE_SECONDS })
  let ledger = open()
  return {
    ledger,
    clock,
    reopen: async () => {
      await ledger.close()
      ledger = open()
      return ledger
    },
    dispose: async () => {
      await ledger.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
})

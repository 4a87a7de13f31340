import { expect, onTestFinished, test } from 'vitest'
import { openMemoryLedger } from '../src/sqlite/open-memory-ledger.js'
import { ANSWER_MAX_AGE_SECONDS, payment, START } from './conformance/fixtures.js'
import { ledgerConformance } from './conformance/ledger-conformance.js'

ledgerConformance('memory', async () => {
  const clock = { now: START }
  const ledger = openMemoryLedger({ now: () => clock.now, answerMaxAgeSeconds: ANSWER_MAX_AGE_SECONDS })
  return { ledger, clock, dispose: () => ledger.close() }
})

test('behavior: two memory ledgers know nothing of each other, and a closed one is gone', async () => {
  const first = openMemoryLedger({ now: () => START })
  const second = openMemoryLedger({ now: () => START })
  onTestFinished(() => second.close())
  await first.reserve(payment('a'))
  expect((await second.reserve(payment('a'))).kind).toBe('granted')
  await first.close()
  const third = openMemoryLedger({ now: () => START })
  onTestFinished(() => third.close())
  expect(await third.lookup(payment('a').paymentHash)).toBeNull()
})

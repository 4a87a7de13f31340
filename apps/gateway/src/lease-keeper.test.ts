import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ledger, LedgerError, openLedger } from '@og/ledger'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { finishPayment, logId, reservePayment } from '../test/ledger-entries.js'
import { createLeaseKeeper } from './lease-keeper.js'

const leaseSeconds = 20n
const payment = { kind: 'payment', limit: 5, leaseSeconds } as const

let folder: string
let ledger: Ledger
let clock: bigint
let warnings: string[]
const log = { info: () => {}, error: () => {}, warn: (text: string) => void warnings.push(text) }

beforeEach(async () => {
  clock = 1_800_000_000n
  warnings = []
  folder = mkdtempSync(join(tmpdir(), 'og-leases-'))
  ledger = await openLedger({ path: join(folder, 'ledger.db'), now: () => clock })
  await reservePayment(ledger, { payment: 0x21, now: clock })
  await finishPayment(ledger, 0x21)
})
afterEach(async () => {
  vi.useRealTimers()
  await ledger.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Lets the machine's clock run; what a renewal asks of the ledger is answered meanwhile. */
async function pass(seconds: bigint): Promise<void> {
  for (let second = 0n; second < seconds; second += 1n) {
    clock += 1n
    await vi.advanceTimersByTimeAsync(1000)
    await ledger.logSize(logId)
  }
}

test('a step that works longer than its lease keeps it, and loses it soon after it was let go', async () => {
  const [intent] = await ledger.claimIntents(payment)
  if (intent === undefined) throw new Error('nothing to do')
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const keeper = createLeaseKeeper({ ledger, leaseSeconds, intervalMs: 5000, log })
  keeper.hold(intent)
  await pass(90n)
  expect(await ledger.claimIntents(payment)).toEqual([])
  keeper.letGo(intent)
  expect(vi.getTimerCount()).toBe(0)
  await pass(leaseSeconds)
  expect(await ledger.claimIntents(payment)).toMatchObject([{ id: intent.id, claim: 2 }])
  expect(warnings).toEqual([])
})

test('a lease that another worker has taken is reported, and stays that worker’s', async () => {
  const [intent] = await ledger.claimIntents(payment)
  if (intent === undefined) throw new Error('nothing to do')
  clock += leaseSeconds
  await ledger.claimIntents(payment)
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const keeper = createLeaseKeeper({ ledger, leaseSeconds, intervalMs: 5000, log })
  keeper.hold(intent)
  await pass(6n)
  keeper.letGo(intent)
  expect(warnings).toEqual(['leases were lost to another worker'])
  await pass(leaseSeconds)
  expect(await ledger.claimIntents(payment)).toMatchObject([{ id: intent.id, claim: 3 }])
})

test('a renewal that fails is reported and asked again', async () => {
  let failures = 1
  const flaky = {
    renewIntents: async (input: Parameters<Ledger['renewIntents']>[0]) => {
      if (failures-- > 0) throw new LedgerError('STORE_UNAVAILABLE', 'the disk is full')
      return ledger.renewIntents(input)
    },
  }
  const [intent] = await ledger.claimIntents(payment)
  if (intent === undefined) throw new Error('nothing to do')
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const keeper = createLeaseKeeper({ ledger: flaky, leaseSeconds, intervalMs: 5000, log })
  keeper.hold(intent)
  await pass(25n)
  expect(await ledger.claimIntents(payment)).toEqual([])
  keeper.letGo(intent)
  expect(warnings).toEqual(['leases could not be prolonged'])
})

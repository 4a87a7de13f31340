import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ledger, LedgerError, openLedger } from '@og/ledger'
import type { Hex } from '@og/settlement'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLeaseKeeper } from './lease-keeper.js'

const hash = (byte: number): Hex => `0x${byte.toString(16).padStart(2, '0').repeat(32)}`
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
  const logId = hash(5)
  await ledger.reserve({
    chainId: 84532n,
    nonceContract: `0x${'01'.repeat(20)}`,
    payer: `0x${'02'.repeat(20)}`,
    nonce: hash(0x21),
    paymentHash: hash(0x21),
    requestHash: hash(9),
    scheme: 'exact',
    network: 'eip155:84532',
    asset: `0x${'01'.repeat(20)}`,
    payTo: `0x${'03'.repeat(20)}`,
    authorized: 100n,
    validBefore: clock + 600n,
    leaseSeconds: 300n,
    mode: 'VANILLA',
    settlement: 'SETTLE',
    salts: { request: hash(1), response: hash(2), upstreamRequest: hash(3), terms: hash(4) },
    payload: '{}',
    exposureLimit: 200n,
  })
  await ledger.finish({
    paymentHash: hash(0x21),
    attempt: 1,
    receiptDigest: hash(0x31),
    logId,
    receiptJson: '{}',
    termsJson: '{}',
    signature: '0x12',
    charged: 100n,
    outcome: 0,
    answer: new Uint8Array([1]),
    intents: [{ kind: 'payment', dedupeKey: hash(0x21), body: '{}' }],
  })
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
    await ledger.logSize(hash(5))
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

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ledger, openLedger } from '@og/ledger'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { finishPayment, hash, reservePayment } from '../test/ledger-entries.js'
import { recoverLedger } from './recover-ledger.js'
import { sweepLedger } from './sweep-ledger.js'

const at = 1_800_000_000n
const now = (): bigint => at

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'og-recover-'))
  path = join(folder, 'ledger.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const reserve = (ledger: Ledger, payment: number) => reservePayment(ledger, { payment, now: at })

test('what a process left behind is taken up by the next one, without waiting for leases', async () => {
  const before = await openLedger({ path, now })
  const served = await reserve(before, 0x21)
  expect(served.kind).toBe('granted')
  await finishPayment(before, 0x21)
  expect((await before.claimIntents({ limit: 10, leaseSeconds: 120n })).length).toBe(1)
  expect((await reserve(before, 0x22)).kind).toBe('granted')
  // Its payer can cover no third one as long as the second counts.
  expect((await reserve(before, 0x23)).kind).toBe('exhausted')
  await before.close()

  const after = await openLedger({ path, now })
  expect(await after.claimIntents({ limit: 10, leaseSeconds: 120n })).toEqual([])
  expect(await recoverLedger({ ledger: after, now })).toEqual({ attempts: 1, steps: 1 })
  expect((await after.lookup(hash(0x22)))?.state).toBe('released')
  expect((await after.lookup(hash(0x21)))?.state).toBe('finished')
  const [again] = await after.claimIntents({ limit: 10, leaseSeconds: 120n })
  expect(again).toMatchObject({ kind: 'payment', dedupeKey: hash(0x21), claim: 2 })
  // What was served is still owed; what was not served is free again.
  expect((await reserve(after, 0x23)).kind).toBe('granted')
  await after.close()
})

test('there is nothing to do on a new ledger', async () => {
  const ledger = await openLedger({ path, now })
  expect(await recoverLedger({ ledger, now })).toEqual({ attempts: 0, steps: 0 })
  await ledger.close()
})

test('what was given back is forgotten a day after clock and chain have both passed its end; what was served never', async () => {
  const day = 86_400n
  const clock = { now: at }
  const ledger = await openLedger({ path, now: () => clock.now })
  const expectKnown = async (known: { readonly givenBack: boolean }): Promise<void> => {
    expect((await ledger.lookup(hash(0x22))) !== null).toBe(known.givenBack)
    expect((await ledger.lookup(hash(0x21)))?.state).toBe('finished')
  }
  const sweep = (times: { readonly now: bigint; readonly block: bigint }): Promise<void> => {
    clock.now = times.now
    return sweepLedger({ ledger, now: () => times.now, blockTime: async () => times.block })
  }
  await reserve(ledger, 0x21)
  await finishPayment(ledger, 0x21)
  await reserve(ledger, 0x22)
  const end = at + 600n
  // The first sweep ends the attempt; it was never given back by hand.
  await sweep({ now: end + day, block: end + day })
  await expectKnown({ givenBack: true })
  // A clock that jumped ahead, and a chain that does.
  await sweep({ now: end + 400n * day, block: end + day })
  await expectKnown({ givenBack: true })
  await sweep({ now: end, block: end + 400n * day })
  await expectKnown({ givenBack: true })
  await sweep({ now: end + day + 1n, block: end + day + 1n })
  await expectKnown({ givenBack: false })
  await ledger.close()
})

test('one sweep forgets thousands, page by page, and stops at a bound', async () => {
  const pages: number[] = []
  const ledger = {
    sweep: async () => ({ answersErased: 0, leasesExpired: 0 }),
    forgetReleased: async ({ limit }: { readonly limit: number }) => {
      pages.push(limit)
      return limit
    },
  }
  await sweepLedger({ ledger, now, blockTime: async () => at })
  expect(pages).toEqual(Array.from({ length: 20 }, () => 250))
})

test('error: without the chain nothing is forgotten; answers are erased all the same', async () => {
  const done: string[] = []
  const ledger = {
    sweep: async () => {
      done.push('sweep')
      return { answersErased: 0, leasesExpired: 0 }
    },
    forgetReleased: async () => done.push('forget'),
  }
  const lost = new Error('no chain')
  await expect(sweepLedger({ ledger, now, blockTime: () => Promise.reject(lost) })).rejects.toBe(lost)
  expect(done).toEqual(['sweep'])
})

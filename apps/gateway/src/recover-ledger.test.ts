import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ledger, openLedger } from '@og/ledger'
import type { Hex } from '@og/settlement'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { recoverLedger } from './recover-ledger.js'

const hash = (byte: number): Hex => `0x${byte.toString(16).padStart(2, '0').repeat(32)}`
const address = (byte: number): Hex => `0x${byte.toString(16).padStart(2, '0').repeat(20)}`
const at = 1_800_000_000n
const now = (): bigint => at

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'og-recover-'))
  path = join(folder, 'ledger.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function reserve(ledger: Ledger, payment: number) {
  return ledger.reserve({
    chainId: 84532n,
    nonceContract: address(1),
    payer: address(2),
    nonce: hash(payment),
    paymentHash: hash(payment),
    requestHash: hash(9),
    scheme: 'exact',
    network: 'eip155:84532',
    asset: address(1),
    payTo: address(3),
    authorized: 100n,
    validBefore: at + 600n,
    leaseSeconds: 300n,
    mode: 'VANILLA',
    settlement: 'SETTLE',
    salts: { request: hash(1), response: hash(2), upstreamRequest: hash(3), terms: hash(4) },
    payload: '{}',
    exposureLimit: 200n,
  })
}

test('what a process left behind is taken up by the next one, without waiting for leases', async () => {
  const before = await openLedger({ path, now })
  const served = await reserve(before, 0x21)
  expect(served.kind).toBe('granted')
  await before.finish({
    paymentHash: hash(0x21),
    attempt: 1,
    receiptDigest: hash(0x31),
    logId: hash(5),
    receiptJson: '{}',
    termsJson: '{}',
    signature: '0x12',
    charged: 100n,
    outcome: 0,
    answer: new Uint8Array([1]),
    intents: [{ kind: 'payment', dedupeKey: hash(0x21), body: '{}' }],
  })
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

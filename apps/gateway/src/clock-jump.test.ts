import { openMemoryLedger } from '@og/ledger'
import type { Hex } from 'viem'
import { expect, test } from 'vitest'
import { requireSaneClock } from './sane-clock.js'

const bytes32 = (digit: string): Hex => `0x${digit.repeat(64)}`
const address = (digit: string): Hex => `0x${digit.repeat(40)}`
const start = 1_800_000_000n
const paymentHash = bytes32('a')

async function ledgerOf() {
  const clock = { now: start }
  const ledger = openMemoryLedger({ now: () => clock.now })
  const salts = { request: bytes32('5'), response: bytes32('6'), upstreamRequest: bytes32('7'), terms: bytes32('8') }
  const reserve = () =>
    ledger.reserve({
      chainId: 84_532n,
      nonceContract: address('4'),
      payer: address('1'),
      nonce: bytes32('b'),
      paymentHash,
      requestHash: bytes32('e'),
      scheme: 'exact',
      network: 'eip155:84532',
      asset: address('4'),
      payTo: address('2'),
      authorized: 100n,
      validBefore: start + 600n,
      leaseSeconds: 300n,
      mode: 'VANILLA',
      settlement: 'SETTLE',
      salts,
      payload: '{}',
      exposureLimit: 100n,
    })
  const finish = (attempt: number, digit: string) =>
    ledger.finish({
      paymentHash,
      attempt,
      receiptDigest: bytes32(digit),
      logId: bytes32('c'),
      receiptJson: '{}',
      termsJson: '{}',
      signature: '0x00',
      charged: 100n,
      outcome: 0,
      intents: [{ kind: 'payment', dedupeKey: paymentHash, body: '{}' }],
    })
  return { clock, ledger, reserve, finish }
}

test('F23: an hour back while a call runs: it still runs once, and ends as if nothing had been', async () => {
  const { clock, ledger, reserve, finish } = await ledgerOf()
  expect(await reserve()).toMatchObject({ kind: 'granted', attempt: 1 })
  clock.now = start - 3600n
  expect(await reserve()).toMatchObject({ kind: 'running', attempt: 1 })
  await finish(1, '1')
  expect((await reserve()).kind).toBe('finished')
  await ledger.close()
})

test('F23: an hour ahead while a call runs: another may take it over, but only one of the two is charged', async () => {
  const { clock, ledger, reserve, finish } = await ledgerOf()
  await reserve()
  clock.now = start + 3600n
  expect(await reserve()).toMatchObject({ kind: 'granted', attempt: 2 })
  await expect(finish(1, '1')).rejects.toMatchObject({ code: 'FENCED' })
  await finish(2, '2')
  const record = await ledger.lookup(paymentHash)
  expect([record?.receipt?.digest, record?.intents.length]).toEqual([bytes32('2'), 1])
  await ledger.close()
})

test('F23: a node whose clock is behind the chain does not start', () => {
  expect(() => requireSaneClock({ now: start, blockTime: start + 301n })).toThrow(/301 seconds behind/)
  expect(() => requireSaneClock({ now: start, blockTime: start + 300n })).not.toThrow()
  // A chain may rest: its last block says nothing of the present.
  expect(() => requireSaneClock({ now: start, blockTime: start - 1_000_000n })).not.toThrow()
})

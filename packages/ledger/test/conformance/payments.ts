import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Hex, Ledger, ReserveResult } from '../../src/ledger.js'
import {
  ANSWER_MAX_AGE_SECONDS,
  failure,
  type Harness,
  type HarnessFactory,
  hash,
  LOG_ID,
  PAYER,
  payment,
  result,
  START,
  salts,
  TOKEN,
} from './fixtures.js'

const EXPOSURE = { chainId: 84_532n, asset: TOKEN, payer: PAYER }
const UINT256_MAX = (1n << 256n) - 1n

function countKinds(results: readonly ReserveResult[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { kind } of results) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

/** What every engine must do with payments. */
export function paymentConformance(create: HarnessFactory): void {
  let harness: Harness
  let ledger: Ledger

  beforeEach(async () => {
    harness = await create()
    ledger = harness.ledger
    onTestFinished(() => harness.dispose())
  })

  async function granted(name: string, overrides = {}): Promise<number> {
    const reserved = await ledger.reserve(payment(name, overrides))
    if (reserved.kind !== 'granted') throw new Error(`expected a grant, got ${reserved.kind}`)
    return reserved.attempt
  }

  describe('reserve', () => {
    test('default: the first reservation is granted with its salts and lease', async () => {
      expect(await ledger.reserve(payment('a'))).toEqual({
        kind: 'granted',
        attempt: 1,
        salts: salts('a 1'),
        leaseUntil: START + 60n,
      })
    })

    test('behavior: of 200 reservations of one payment at once, one is granted', async () => {
      const results = await Promise.all(
        Array.from({ length: 200 }, (_, i) => ledger.reserve(payment('a', { salts: salts(`${i}`) }))),
      )
      expect(countKinds(results)).toEqual({ granted: 1, running: 199 })
      const record = await ledger.lookup(payment('a').paymentHash)
      const grant = results.find((r) => r.kind === 'granted')
      expect(record?.salts).toEqual(grant?.kind === 'granted' ? grant.salts : null)
    })

    test('behavior: the exposure limit grants exactly what it covers, of 200 at once', async () => {
      const results = await Promise.all(
        Array.from({ length: 200 }, (_, i) =>
          ledger.reserve(payment(`p${i}`, { authorized: 100n, exposureLimit: 1_000n })),
        ),
      )
      expect(countKinds(results)).toEqual({ granted: 10, exhausted: 190 })
      expect(await ledger.exposure(EXPOSURE)).toBe(1_000n)
    })

    test('behavior: what was paid since a limit was read counts like what is outstanding; what a channel holds does not', async () => {
      const key = EXPOSURE
      const serve = async (name: string, outcome: { readonly transaction?: Hex }): Promise<void> => {
        await granted(name, { authorized: 700n })
        await ledger.finish(result(name, 1, { charged: 700n }))
        const [intent] = await ledger.claimIntents({ kind: 'payment', limit: 1, leaseSeconds: 30n })
        await ledger.completeIntent(intent?.id ?? 0, { ...outcome, result: '{}' })
        // Told twice, it is paid once.
        await ledger.completeIntent(intent?.id ?? 0, { ...outcome, result: '{}' })
      }
      const limit = { authorized: 400n, exposureLimit: 1_000n }
      expect(await ledger.paid(key)).toBe(0n)
      await serve('moved', { transaction: hash('tx') })
      expect([await ledger.exposure(key), await ledger.paid(key)]).toEqual([0n, 700n])
      // A balance of 1,000 from before the transfer covers 300 more, one from after it all of it.
      expect(await ledger.reserve(payment('stale', { ...limit, paidBefore: 0n }))).toMatchObject({ kind: 'exhausted' })
      expect((await ledger.reserve(payment('part', { ...limit, authorized: 300n, paidBefore: 0n }))).kind).toBe(
        'granted',
      )
      expect((await ledger.reserve(payment('fresh', { ...limit, paidBefore: 700n }))).kind).toBe('granted')
      await ledger.release({ paymentHash: payment('fresh').paymentHash, attempt: 1, reason: 'x' })
      expect(await ledger.reserve(payment('fresh', { ...limit, paidBefore: 0n }))).toMatchObject({ kind: 'exhausted' })
      expect((await ledger.reserve(payment('fresh', { ...limit, paidBefore: 700n }))).kind).toBe('granted')
      await serve('channel', {})
      expect(await ledger.paid(key)).toBe(700n)
      expect(await ledger.paid({ ...key, payer: TOKEN })).toBe(0n)
    })

    test('behavior: exposure is per chain, asset and payer', async () => {
      await granted('a', { exposureLimit: 1_000n })
      expect((await ledger.reserve(payment('b', { exposureLimit: 1_000n }))).kind).toBe('exhausted')
      expect((await ledger.reserve(payment('c', { exposureLimit: 1_000n, payer: payment('a').payTo }))).kind).toBe(
        'granted',
      )
      expect((await ledger.reserve(payment('d', { exposureLimit: 1_000n, chainId: 1n }))).kind).toBe('granted')
      expect((await ledger.reserve(payment('e', { exposureLimit: 1_000n, asset: PAYER }))).kind).toBe('granted')
      expect((await ledger.reserve(payment('f'))).kind).toBe('granted')
    })

    test('behavior: sums above a uint256 are exact', async () => {
      for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'])
        await granted(name, { authorized: UINT256_MAX })
      expect(await ledger.exposure(EXPOSURE)).toBe(10n * UINT256_MAX)
      await ledger.finish(result('a', 1, { charged: UINT256_MAX - 1n }))
      expect(await ledger.exposure(EXPOSURE)).toBe(10n * UINT256_MAX - 1n)
      expect((await ledger.lookup(payment('a').paymentHash))?.receipt?.charged).toBe(UINT256_MAX - 1n)
    })

    test('error: text with NUL, which not every engine can store', async () => {
      await expect(ledger.reserve(payment('a', { payload: 'a\0b' }))).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      const attempt = await granted('a')
      const { paymentHash } = payment('a')
      await ledger.release({ paymentHash, attempt, reason: 'node said \0' })
      expect((await ledger.lookup(paymentHash))?.reason).toBe('node said \uFFFD')
    })

    test('behavior: a payment that names no request serves another one, once nothing of it runs or is charged', async () => {
      const voucher = (body: string) => payment('a', { rebinds: true, requestHash: hash(body), settlement: 'SETTLE' })
      const first = await ledger.reserve(voucher('one'))
      expect(first).toMatchObject({ kind: 'granted', attempt: 1 })
      expect(await ledger.reserve(voucher('two'))).toEqual({ kind: 'conflict', reason: 'other_request' })
      expect((await ledger.reserve(voucher('one'))).kind).toBe('running')
      const { paymentHash } = payment('a')
      await ledger.release({ paymentHash, attempt: 1, reason: 'failed' })
      // Who does not say so stays with the first request.
      expect(await ledger.reserve({ ...voucher('two'), rebinds: false })).toEqual({
        kind: 'conflict',
        reason: 'other_request',
      })
      expect(await ledger.reserve(voucher('two'))).toMatchObject({ kind: 'granted', attempt: 2 })
      expect(await ledger.lookup(paymentHash)).toMatchObject({ requestHash: hash('two'), state: 'reserved' })
      await expect(ledger.finish(result('a', 1))).rejects.toMatchObject({ code: 'FENCED' })
      await ledger.finish(result('a', 2))
      expect(await ledger.reserve(voucher('three'))).toEqual({ kind: 'conflict', reason: 'other_request' })
      expect((await ledger.reserve(voucher('two'))).kind).toBe('finished')
    })

    test('behavior: a refused reservation leaves nothing behind', async () => {
      expect(await ledger.reserve(payment('a', { exposureLimit: 999n }))).toEqual({
        kind: 'exhausted',
        outstanding: 0n,
      })
      expect(await ledger.lookup(payment('a').paymentHash)).toBeNull()
      expect(await granted('a', { exposureLimit: 1_000n })).toBe(1)
    })

    test('behavior: the key does not depend on the case of addresses and hashes', async () => {
      await granted('a')
      const shouted = payment('a')
      const again = await ledger.reserve({
        ...shouted,
        payer: shouted.payer.toLowerCase() as `0x${string}`,
        nonce: `0x${shouted.nonce.slice(2).toUpperCase()}`,
        paymentHash: `0x${shouted.paymentHash.slice(2).toUpperCase()}`,
      })
      expect(again.kind).toBe('running')
    })

    test('behavior: the same nonce under another payment is a conflict', async () => {
      await granted('a')
      expect(await ledger.reserve(payment('a', { paymentHash: hash('other') }))).toEqual({
        kind: 'conflict',
        reason: 'other_payment',
      })
      expect(await ledger.reserve(payment('a', { nonce: hash('other') }))).toEqual({
        kind: 'conflict',
        reason: 'other_payment',
      })
      expect(await ledger.reserve(payment('b', { nonce: payment('a').nonce }))).toEqual({
        kind: 'conflict',
        reason: 'other_payment',
      })
      await granted('b')
      expect(await ledger.reserve(payment('a', { nonce: payment('b').nonce }))).toEqual({
        kind: 'conflict',
        reason: 'other_payment',
      })
    })

    test.each([
      ['authorized', { authorized: 1_001n }],
      ['payTo', { payTo: TOKEN }],
      ['asset', { asset: PAYER }],
      ['scheme', { scheme: 'upto' }],
      ['network', { network: 'eip155:1' }],
      ['validBefore', { validBefore: START }],
    ])('behavior: a known payment with another %s is a conflict', async (_, overrides) => {
      await granted('a')
      expect(await ledger.reserve(payment('a', overrides))).toEqual({ kind: 'conflict', reason: 'other_payment' })
    })

    test.each([
      ['body', { requestHash: hash('other') }],
      ['mode', { mode: 'VANILLA' as const }],
      ['settlement', { settlement: 'SETTLE' as const }],
    ])('behavior: another %s is a conflict in every state', async (_, overrides) => {
      const conflict = { kind: 'conflict', reason: 'other_request' }
      const attempt = await granted('a')
      expect(await ledger.reserve(payment('a', overrides))).toEqual(conflict)
      harness.clock.now += 61n
      expect(await ledger.reserve(payment('a', overrides))).toEqual(conflict)
      await ledger.release({ paymentHash: payment('a').paymentHash, attempt, reason: 'upstream 429' })
      expect(await ledger.reserve(payment('a', overrides))).toEqual(conflict)
      await ledger.finish(result('a', await granted('a')))
      expect(await ledger.reserve(payment('a', overrides))).toEqual(conflict)
    })

    test('behavior: the same nonce at another contract or chain is another payment', async () => {
      await granted('a')
      expect((await ledger.reserve(payment('a', { paymentHash: hash('x'), nonceContract: PAYER }))).kind).toBe(
        'granted',
      )
      expect((await ledger.reserve(payment('a', { paymentHash: hash('y'), chainId: 1n }))).kind).toBe('granted')
    })

    test('behavior: an expired lease is taken over with the next attempt, one second earlier it is not', async () => {
      await granted('a')
      harness.clock.now = START + 59n
      expect(await ledger.reserve(payment('a'))).toEqual({ kind: 'running', attempt: 1, leaseUntil: START + 60n })
      harness.clock.now = START + 60n
      expect(await ledger.reserve(payment('a', { salts: salts('a 2') }))).toEqual({
        kind: 'granted',
        attempt: 2,
        salts: salts('a 2'),
        leaseUntil: START + 120n,
      })
      expect(await ledger.exposure(EXPOSURE)).toBe(1_000n)
    })

    test('behavior: an expired lease frees the exposure of its payer for other payments', async () => {
      await granted('a', { exposureLimit: 1_000n })
      harness.clock.now += 60n
      expect((await ledger.reserve(payment('b', { exposureLimit: 1_000n }))).kind).toBe('granted')
      expect(await ledger.exposure(EXPOSURE)).toBe(1_000n)
      await expect(ledger.finish(result('a', 1))).rejects.toMatchObject({ code: 'FENCED' })
    })

    test('behavior: uint256 amounts and times keep every digit', async () => {
      await granted('a', { authorized: UINT256_MAX, validBefore: UINT256_MAX })
      await granted('b', { authorized: UINT256_MAX - 1n })
      const record = await ledger.lookup(payment('a').paymentHash)
      expect(record?.authorized).toBe(UINT256_MAX)
      expect(record?.validBefore).toBe(UINT256_MAX)
      expect(await ledger.exposure(EXPOSURE)).toBe(2n * UINT256_MAX - 1n)
    })

    test.each([
      ['nonce', { nonce: '0x12' as const }],
      ['payer', { payer: '0x12' as const }],
      ['authorized below', { authorized: -1n }],
      ['authorized above', { authorized: UINT256_MAX + 1n }],
      ['lease', { leaseSeconds: 0n }],
      ['mode', { mode: 'tee' as never }],
      ['settlement', { settlement: 'NONE' as never }],
      ['salts', { salts: { ...salts('a'), terms: '0x' as const } }],
    ])('error: malformed %s', async (_, overrides) => {
      await expect(ledger.reserve(payment('a', overrides))).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    })
  })

  describe('finish', () => {
    test('default: result, receipt, leaf and intents', async () => {
      const attempt = await granted('a')
      expect(await ledger.finish(result('a', attempt))).toEqual({ leafIndex: 0 })
      const record = await ledger.lookup(payment('a').paymentHash)
      expect(record).toMatchObject({ state: 'finished', attempt: 1, money: 'pending', leaseUntil: null, payer: PAYER })
      expect(record?.receipt).toEqual({
        digest: hash('a receipt 1'),
        attempt: 1,
        logId: LOG_ID,
        leafIndex: 0,
        receiptJson: '{"attempt":1}',
        termsJson: '{"charged":"700"}',
        signature: `0x${'ab'.repeat(65)}`,
        salts: salts('a 1'),
        charged: 700n,
        outcome: 0,
        finishedAt: START,
      })
      expect(record?.answer).toEqual(new Uint8Array([1, 2, 3]))
      expect(record?.intents.map(({ kind, state, attempt: of }) => ({ kind, state, of }))).toEqual([
        { kind: 'payment', state: 'queued', of: 1 },
        { kind: 'record', state: 'queued', of: 1 },
      ])
      expect(await ledger.leaves(LOG_ID, 0, 10)).toEqual([hash('a receipt 1')])
      expect(await ledger.exposure(EXPOSURE)).toBe(700n)
      expect(await ledger.lookupDigest(hash('a receipt 1'))).toEqual(record)
      const bare = { withAnswer: false }
      expect(await ledger.lookupDigest(hash('a receipt 1'), bare)).toEqual({ ...record, answer: null })
      expect(await ledger.lookup(payment('a').paymentHash, bare)).toEqual({ ...record, answer: null })
      expect(await ledger.lookupDigest(hash('nothing'))).toBeNull()
    })

    test('behavior: a finished payment answers with its record and never runs again', async () => {
      await ledger.finish(result('a', await granted('a')))
      const again = await ledger.reserve(payment('a'))
      expect(again).toEqual({ kind: 'finished', record: await ledger.lookup(payment('a').paymentHash) })
      harness.clock.now += 1_000_000n
      expect((await ledger.reserve(payment('a'))).kind).toBe('finished')
    })

    test.each([0, 1, 2, 4] as const)('behavior: outcome %s charged 0 has used the payment up', async (outcome) => {
      await ledger.finish(result('a', await granted('a'), { charged: 0n, outcome, intents: [] }))
      expect((await ledger.reserve(payment('a'))).kind).toBe('finished')
      expect(await ledger.exposure(EXPOSURE)).toBe(0n)
    })

    test('behavior: a failed uncharged payment runs again, its failed receipt stays a leaf', async () => {
      await ledger.finish(failure('a', await granted('a')))
      expect((await ledger.lookup(payment('a').paymentHash))?.money).toBe('none')
      const second = await granted('a', { salts: salts('a 2') })
      expect(second).toBe(2)
      const running = await ledger.lookup(payment('a').paymentHash)
      expect(running).toMatchObject({ state: 'reserved', attempt: 2, salts: salts('a 2'), receipt: { attempt: 1 } })
      expect(await ledger.finish(result('a', second))).toEqual({ leafIndex: 1 })
      expect((await ledger.lookupDigest(hash('a receipt 1')))?.receipt).toMatchObject({
        attempt: 1,
        outcome: 3,
        salts: salts('a 1'),
      })
      expect((await ledger.lookupDigest(hash('a receipt 2')))?.receipt).toMatchObject({
        attempt: 2,
        outcome: 0,
        salts: salts('a 2'),
      })
      expect(await ledger.leaves(LOG_ID, 0, 2)).toEqual([hash('a receipt 1'), hash('a receipt 2')])
    })

    test('behavior: repeated with the same receipt it answers the same and writes nothing', async () => {
      await ledger.finish(result('a', await granted('a')))
      expect(await ledger.finish(result('a', 1))).toEqual({ leafIndex: 0 })
      expect(await ledger.logSize(LOG_ID)).toBe(1)
      expect((await ledger.lookup(payment('a').paymentHash))?.intents).toHaveLength(2)
    })

    test('error: a second, different receipt of one attempt would be equivocation', async () => {
      await ledger.finish(result('a', await granted('a')))
      await expect(ledger.finish(result('a', 1, { receiptDigest: hash('fork') }))).rejects.toMatchObject({
        code: 'FENCED',
      })
      expect(await ledger.logSize(LOG_ID)).toBe(1)
    })

    test('error: a taken over or released attempt is fenced off', async () => {
      await granted('a')
      harness.clock.now += 60n
      await granted('a')
      await expect(ledger.finish(result('a', 1))).rejects.toMatchObject({ code: 'FENCED' })
      await expect(ledger.finish(result('a', 3))).rejects.toMatchObject({ code: 'FENCED' })
      await ledger.release({ paymentHash: payment('a').paymentHash, attempt: 2, reason: 'x' })
      await expect(ledger.finish(result('a', 2))).rejects.toMatchObject({ code: 'FENCED' })
      expect(await ledger.logSize(LOG_ID)).toBe(0)
    })

    test('behavior: an expired lease that nobody took over may still finish', async () => {
      const attempt = await granted('a')
      harness.clock.now += 1_000n
      expect(await ledger.finish(result('a', attempt))).toEqual({ leafIndex: 0 })
    })

    test('error: a charge above the authorization leaves nothing behind', async () => {
      const attempt = await granted('a')
      await expect(ledger.finish(result('a', attempt, { charged: 1_001n }))).rejects.toMatchObject({
        code: 'OVERCHARGE',
      })
      expect((await ledger.lookup(payment('a').paymentHash))?.state).toBe('reserved')
      expect(await ledger.logSize(LOG_ID)).toBe(0)
      await ledger.finish(result('a', attempt, { charged: 1_000n }))
    })

    test('error: a receipt of another payment is refused as a whole', async () => {
      await ledger.finish(result('a', await granted('a')))
      const attempt = await granted('b')
      await expect(ledger.finish(result('b', attempt, { receiptDigest: hash('a receipt 1') }))).rejects.toMatchObject({
        code: 'DUPLICATE',
      })
      await expect(
        ledger.finish(
          result('b', attempt, { intents: [{ kind: 'payment', dedupeKey: hash('a pay'), body: '{"pay":1}' }] }),
        ),
      ).rejects.toMatchObject({ code: 'DUPLICATE' })
      expect(await ledger.logSize(LOG_ID)).toBe(1)
      expect((await ledger.lookup(payment('b').paymentHash))?.state).toBe('reserved')
      expect(await ledger.finish(result('b', attempt))).toEqual({ leafIndex: 1 })
    })

    test.each([
      ['a failed attempt that charges', { outcome: 3 as const }],
      ['a failed attempt that moves money', { outcome: 3 as const, charged: 0n }],
      ['a payment intent without a charge', { charged: 0n }],
      ['an unknown outcome', { outcome: 5 as never }],
      ['an unknown intent', { intents: [{ kind: 'gift' as never, dedupeKey: hash('k'), body: '' }] }],
      ['a short digest', { receiptDigest: '0x01' as const }],
    ])('error: %s', async (_, overrides) => {
      const attempt = await granted('a')
      await expect(ledger.finish(result('a', attempt, overrides))).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    })

    test('behavior: a body is given back word for word, whatever it repeats of its payment and its receipt', async () => {
      const payload = JSON.stringify({ x402Version: 2, text: 'ä😀"\\ '.repeat(20) })
      const receiptJson = JSON.stringify({ attempt: 1, text: '€'.repeat(99) })
      const bodies = [
        `{"payload":${payload},"charged":"700"}`,
        `${payload}${payload}`,
        `{"receipt":${receiptJson},"signature":"0x01"}`,
        `${payload} and ${receiptJson}`,
        receiptJson,
        '',
      ]
      const intents = bodies.map((body, index) => {
        const kind = index < 2 ? ('payment' as const) : ('record' as const)
        return { kind, dedupeKey: index === 0 ? payment('a').paymentHash : hash(`key ${index}`), body }
      })
      const reserved = await ledger.reserve(payment('a', { payload }))
      expect(reserved.kind).toBe('granted')
      await ledger.finish(result('a', 1, { receiptJson, intents }))
      const record = await ledger.lookup(payment('a').paymentHash)
      expect(record).toMatchObject({ payload, receipt: { receiptJson } })
      expect(record?.intents).toMatchObject(intents)
      expect(await ledger.intents({ state: 'queued', limit: 9 })).toMatchObject(intents)
      const claimed = await ledger.claimIntents({ limit: 9, leaseSeconds: 9n })
      expect([...claimed].sort((a, b) => a.id - b.id)).toMatchObject(intents)
    })

    test('error: a key that is the hash of a payment belongs to one intent, whoever comes first', async () => {
      const keyed = (name: string, key: string, kind: 'payment' | 'record' = 'payment') =>
        result(name, 1, { intents: [{ kind, dedupeKey: payment(key).paymentHash, body: '{"pay":1}' }] })
      for (const name of ['a', 'b', 'c']) await granted(name)
      await ledger.finish(keyed('a', 'a'))
      await expect(ledger.finish(keyed('b', 'a'))).rejects.toMatchObject({ code: 'DUPLICATE' })
      await ledger.finish(keyed('b', 'c'))
      await expect(ledger.finish(keyed('c', 'c', 'record'))).rejects.toMatchObject({ code: 'DUPLICATE' })
      await expect(ledger.finish(keyed('c', 'c'))).rejects.toMatchObject({ code: 'DUPLICATE' })
      await ledger.finish(keyed('c', 'b'))
      expect((await ledger.intents({ state: 'queued', limit: 9 })).map(({ dedupeKey }) => dedupeKey)).toEqual(
        ['a', 'c', 'b'].map((name) => payment(name).paymentHash),
      )
    })

    test('error: an unknown payment', async () => {
      await expect(ledger.finish(result('a', 1))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    })

    test('behavior: of finish and release at once, one stands and the other is fenced', async () => {
      const names = Array.from({ length: 20 }, (_, i) => `p${i}`)
      const attempts = await Promise.all(names.map((name) => granted(name)))
      const ends = await Promise.all(
        names.map((name, i) =>
          Promise.allSettled([
            ledger.finish(result(name, attempts[i] ?? 0)),
            ledger.release({ paymentHash: payment(name).paymentHash, attempt: attempts[i] ?? 0, reason: 'race' }),
          ]),
        ),
      )
      let finished = 0
      for (const [i, [finish, release]] of ends.entries()) {
        const record = await ledger.lookup(payment(names[i] ?? '').paymentHash)
        const loser = finish.status === 'fulfilled' ? release : finish
        expect(loser).toMatchObject({ status: 'rejected', reason: { code: 'FENCED' } })
        expect(record?.state).toBe(finish.status === 'fulfilled' ? 'finished' : 'released')
        expect(record?.receipt === null).toBe(finish.status === 'rejected')
        if (finish.status === 'fulfilled') finished += 1
      }
      expect(await ledger.logSize(LOG_ID)).toBe(finished)
      expect(await ledger.exposure(EXPOSURE)).toBe(BigInt(finished) * 700n)
    })

    test('behavior: leaf indexes are contiguous over many at once, and per log', async () => {
      await Promise.all(Array.from({ length: 40 }, (_, i) => ledger.reserve(payment(`p${i}`))))
      const finished = await Promise.all(
        Array.from({ length: 40 }, (_, i) =>
          ledger.finish(result(`p${i}`, 1, i % 2 === 0 ? {} : { logId: hash('other log') })),
        ),
      )
      const even = finished.filter((_, i) => i % 2 === 0).map(({ leafIndex }) => leafIndex)
      expect([...even].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i))
      expect(await ledger.logSize(hash('other log'))).toBe(20)
      for (const i of [0, 2, 38])
        expect((await ledger.leaves(LOG_ID, even[i / 2] ?? -1, (even[i / 2] ?? -1) + 1))[0]).toBe(
          hash(`p${i} receipt 1`),
        )
    })
  })

  describe('release', () => {
    test('default: a released payment runs again with the next attempt, its exposure is free meanwhile', async () => {
      const attempt = await granted('a')
      await ledger.release({ paymentHash: payment('a').paymentHash, attempt, reason: 'upstream 429' })
      expect(await ledger.lookup(payment('a').paymentHash)).toMatchObject({
        state: 'released',
        reason: 'upstream 429',
        receipt: null,
      })
      expect(await ledger.exposure(EXPOSURE)).toBe(0n)
      expect(await granted('a')).toBe(2)
    })

    test('behavior: twice is once', async () => {
      const attempt = await granted('a')
      const release = { paymentHash: payment('a').paymentHash, attempt, reason: 'x' }
      await ledger.release(release)
      await ledger.release(release)
      expect(await ledger.exposure(EXPOSURE)).toBe(0n)
    })

    test('error: a finished, older or unknown attempt', async () => {
      const attempt = await granted('a')
      await expect(
        ledger.release({ paymentHash: payment('b').paymentHash, attempt, reason: 'x' }),
      ).rejects.toMatchObject({ code: 'NOT_FOUND' })
      harness.clock.now += 60n
      await granted('a')
      await expect(
        ledger.release({ paymentHash: payment('a').paymentHash, attempt, reason: 'x' }),
      ).rejects.toMatchObject({ code: 'FENCED' })
      await ledger.finish(result('a', 2))
      await expect(
        ledger.release({ paymentHash: payment('a').paymentHash, attempt: 2, reason: 'x' }),
      ).rejects.toMatchObject({ code: 'FENCED' })
    })
  })

  describe('checkpoint', () => {
    test('default: extends the lease and keeps the progress until the end', async () => {
      const attempt = await granted('a')
      harness.clock.now += 50n
      const { paymentHash } = payment('a')
      expect(await ledger.checkpoint({ paymentHash, attempt, leaseSeconds: 60n, progress: '{"delivered":7}' })).toEqual(
        { leaseUntil: START + 110n },
      )
      harness.clock.now += 59n
      expect((await ledger.reserve(payment('a'))).kind).toBe('running')
      await ledger.checkpoint({ paymentHash, attempt, leaseSeconds: 60n })
      expect((await ledger.lookup(paymentHash))?.progress).toBe('{"delivered":7}')
      await ledger.finish(result('a', attempt))
      expect((await ledger.lookup(paymentHash))?.progress).toBeNull()
    })

    test('error: a taken over or ended attempt', async () => {
      const attempt = await granted('a')
      const { paymentHash } = payment('a')
      harness.clock.now += 60n
      await granted('a')
      await expect(ledger.checkpoint({ paymentHash, attempt, leaseSeconds: 60n })).rejects.toMatchObject({
        code: 'FENCED',
      })
      await ledger.release({ paymentHash, attempt: 2, reason: 'x' })
      await expect(ledger.checkpoint({ paymentHash, attempt: 2, leaseSeconds: 60n })).rejects.toMatchObject({
        code: 'FENCED',
      })
    })
  })

  describe('sweep', () => {
    test('default: erases answers at their age, never receipts, leaves or intents', async () => {
      await ledger.finish(result('old', await granted('old')))
      harness.clock.now += 10n
      await ledger.finish(result('new', await granted('new')))
      const before = await ledger.lookup(payment('old').paymentHash)
      expect(await ledger.sweep(START + ANSWER_MAX_AGE_SECONDS - 1n)).toEqual({ answersErased: 0, leasesExpired: 0 })
      expect(await ledger.sweep(START + ANSWER_MAX_AGE_SECONDS)).toEqual({ answersErased: 1, leasesExpired: 0 })
      expect(await ledger.lookup(payment('old').paymentHash)).toEqual({ ...before, answer: null })
      expect((await ledger.lookup(payment('new').paymentHash))?.answer).toEqual(new Uint8Array([1, 2, 3]))
      expect(await ledger.logSize(LOG_ID)).toBe(2)
      expect((await ledger.reserve(payment('old'))).kind).toBe('finished')
    })

    test('behavior: releases expired leases, and only those', async () => {
      await granted('a')
      await granted('b', { leaseSeconds: 120n })
      harness.clock.now += 60n
      expect(await ledger.sweep()).toEqual({ answersErased: 0, leasesExpired: 1 })
      expect(await ledger.lookup(payment('a').paymentHash)).toMatchObject({
        state: 'released',
        reason: 'lease expired',
      })
      expect((await ledger.lookup(payment('b').paymentHash))?.state).toBe('reserved')
      expect(await ledger.exposure(EXPOSURE)).toBe(1_000n)
    })
  })

  describe('forgetReleased', () => {
    const release = async (name: string, overrides = {}): Promise<void> => {
      const attempt = await granted(name, overrides)
      await ledger.release({ paymentHash: payment(name).paymentHash, attempt, reason: 'test' })
    }
    const isKnown = async (name: string): Promise<boolean> => (await ledger.lookup(payment(name).paymentHash)) !== null

    test('behavior: forgets what was given back and has run out, the earliest first, and never more than asked', async () => {
      for (const [index, name] of ['c', 'a', 'b'].entries()) await release(name, { validBefore: START + BigInt(index) })
      await release('later', { validBefore: START + 600n })
      await release('never', { validBefore: UINT256_MAX })
      expect(await ledger.forgetReleased({ expiredBefore: START, limit: 9 })).toBe(0)
      expect(await ledger.forgetReleased({ expiredBefore: START + 600n, limit: 2 })).toBe(2)
      expect(await Promise.all(['c', 'a', 'b', 'later', 'never'].map(isKnown))).toEqual([
        false,
        false,
        true,
        true,
        true,
      ])
      expect(await ledger.forgetReleased({ expiredBefore: START + 600n, limit: 2 })).toBe(1)
      expect(await ledger.forgetReleased({ expiredBefore: START + 601n, limit: 2 })).toBe(1)
      expect(await ledger.forgetReleased({ expiredBefore: UINT256_MAX, limit: 2 })).toBe(0)
      expect(await isKnown('never')).toBe(true)
      expect(await ledger.exposure(EXPOSURE)).toBe(0n)
    })

    test('behavior: what runs, was served, has failed under a receipt or left an intent stays', async () => {
      await granted('running')
      await ledger.finish(result('served', await granted('served')))
      await ledger.finish(failure('failed', await granted('failed')))
      await release('failed')
      expect(await ledger.forgetReleased({ expiredBefore: UINT256_MAX, limit: 9 })).toBe(0)
      expect(await ledger.lookup(payment('failed').paymentHash)).toMatchObject({ state: 'released', attempt: 2 })
      expect(await Promise.all(['running', 'served'].map(isKnown))).toEqual([true, true])
      expect(await ledger.sealBatch(LOG_ID)).toMatchObject({ size: 2 })
    })

    test('behavior: takes all attempts of a payment along; what was forgotten is unknown, also to who held it', async () => {
      await release('a')
      await release('a')
      expect(await ledger.forgetReleased({ expiredBefore: UINT256_MAX, limit: 9 })).toBe(1)
      const late = { paymentHash: payment('a').paymentHash, attempt: 2 }
      await expect(ledger.finish(result('a', 2))).rejects.toMatchObject({ code: 'NOT_FOUND' })
      await expect(ledger.release({ ...late, reason: 'late' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
      expect(await ledger.reserve(payment('a'))).toMatchObject({ kind: 'granted', attempt: 1 })
      expect(await ledger.exposure(EXPOSURE)).toBe(1_000n)
    })

    test('error: a time below zero, and no limit', async () => {
      for (const input of [
        { expiredBefore: -1n, limit: 1 },
        { expiredBefore: 1n, limit: 0 },
      ])
        await expect(ledger.forgetReleased(input)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    })
  })

  describe('durability', () => {
    test('behavior: everything acknowledged is there after reopening', async (context) => {
      const { reopen } = harness
      if (reopen === undefined) return context.skip('not durable')
      await ledger.finish(result('a', await granted('a')))
      await granted('b')
      const before = await Promise.all(['a', 'b'].map((name) => ledger.lookup(payment(name).paymentHash)))
      const again = await reopen()
      expect(await Promise.all(['a', 'b'].map((name) => again.lookup(payment(name).paymentHash)))).toEqual(before)
      expect((await again.reserve(payment('b'))).kind).toBe('running')
      expect((await again.reserve(payment('a'))).kind).toBe('finished')
      expect(await again.exposure(EXPOSURE)).toBe(1_700n)
    })

    test('error: a closed ledger answers nothing', async () => {
      await ledger.close()
      await expect(ledger.reserve(payment('a'))).rejects.toMatchObject({ code: 'CLOSED' })
      await expect(ledger.lookup(payment('a').paymentHash)).rejects.toMatchObject({ code: 'CLOSED' })
    })

    test('behavior: closing waits for what was asked before', async () => {
      const reserved = ledger.reserve(payment('a'))
      await ledger.close()
      expect((await reserved).kind).toBe('granted')
    })
  })
}

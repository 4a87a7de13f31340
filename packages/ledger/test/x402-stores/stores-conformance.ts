import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { X402StoreOptions, X402Stores } from '../../src/x402-stores/index.js'
import { hash, PAYEE, PAYER, START } from '../conformance/fixtures.js'
import { batch, NETWORK, question, requirements, reservation, resource } from './fixtures.js'

/** Stores under test, with a clock. */
interface StoresHarness {
  readonly stores: X402Stores
  readonly clock: { now: bigint }
  /** Closes them and opens the same data again; absent where nothing survives. */
  reopen?(): Promise<X402Stores>
  dispose(): Promise<void>
}

export type StoresFactory = (options: X402StoreOptions) => Promise<StoresHarness>

const TX = hash('transaction')

/** What every engine must do with a facilitator's own records. */
export function facilitatorStoresConformance(engine: string, make: StoresFactory): void {
  describe(`facilitator stores: ${engine}`, () => {
    let harness: StoresHarness
    let stores: X402Stores
    beforeEach(async () => {
      harness = await make({ maxResources: 3, maxAgeSeconds: 1_000n })
      stores = harness.stores
    })
    afterEach(() => harness.dispose())

    describe('batches', () => {
      test('default: every call finds its batch, in any letter case', async () => {
        await stores.batches.keep([hash('a'), hash('b')], batch('one'))
        expect(await stores.batches.find(hash('a'))).toEqual(batch('one'))
        expect(await stores.batches.find(hash('b').toUpperCase().replace('0X', '0x') as never)).toEqual(batch('one'))
        expect(await stores.batches.find(hash('c'))).toBeUndefined()
      })

      test('behavior: a call that goes out again is found in its newest batch, the others where they were', async () => {
        await stores.batches.keep([hash('a'), hash('b')], batch('one'))
        await stores.batches.keep([hash('a')], batch('two'))
        await stores.batches.keep([hash('a')], batch('two'))
        expect((await stores.batches.find(hash('a')))?.dedupeKey).toBe(batch('two').dedupeKey)
        expect((await stores.batches.find(hash('b')))?.dedupeKey).toBe(batch('one').dedupeKey)
      })

      test('behavior: two writers that keep the same calls in other orders do not block each other', async () => {
        const keys = Array.from({ length: 20 }, (_, index) => hash(`${index}`))
        await Promise.all(
          Array.from({ length: 8 }, (_, index) =>
            stores.batches.keep(index % 2 === 0 ? keys : [...keys].reverse(), batch(`${index}`)),
          ),
        )
        const found = await Promise.all(keys.map((key) => stores.batches.find(key)))
        expect(new Set(found.map((one) => one?.dedupeKey)).size).toBe(1)
      })

      test('error: a key that is none', async () => {
        await expect(stores.batches.find('0x12')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      })
    })

    describe('settlements', () => {
      test('default: open, then settled with what really moved; the question is erased', async () => {
        await stores.settlements.begin(question('a'))
        const open = await stores.settlements.find(question('a').paymentHash)
        expect(open).toEqual({
          ...question('a'),
          state: 'open',
          transaction: undefined,
          reason: undefined,
          createdAt: START,
          updatedAt: START,
        })
        harness.clock.now += 5n
        await stores.settlements.conclude(question('a').paymentHash, { state: 'settled', transaction: TX, amount: 3n })
        expect(await stores.settlements.find(question('a').paymentHash)).toEqual({
          ...open,
          state: 'settled',
          transaction: TX,
          amount: 3n,
          question: undefined,
          updatedAt: START + 5n,
        })
        expect(await stores.settlements.find(hash('unknown'))).toBeUndefined()
      })

      test('behavior: pending keeps the question and says why; a failure may be asked again, a success stays', async () => {
        const { paymentHash } = question('a')
        await stores.settlements.begin(question('a', { payer: undefined }))
        await stores.settlements.conclude(paymentHash, { state: 'open', transaction: TX, reason: 'settlement_pending' })
        expect(await stores.settlements.find(paymentHash)).toMatchObject({
          state: 'open',
          transaction: TX,
          reason: 'settlement_pending',
          question: question('a').question,
          payer: undefined,
        })
        await stores.settlements.conclude(paymentHash, { state: 'failed', reason: 'insufficient_funds' })
        expect(await stores.settlements.find(paymentHash)).toMatchObject({ state: 'failed', question: undefined })
        await stores.settlements.begin(question('a', { amount: 9n }))
        expect(await stores.settlements.find(paymentHash)).toMatchObject({
          state: 'open',
          amount: 9n,
          reason: undefined,
        })
        await stores.settlements.conclude(paymentHash, { state: 'settled', transaction: TX })
        await stores.settlements.begin(question('a', { amount: 1n }))
        await stores.settlements.conclude(paymentHash, { state: 'failed', reason: 'late' })
        expect(await stores.settlements.find(paymentHash)).toMatchObject({
          state: 'settled',
          amount: 9n,
          reason: undefined,
        })
      })

      test('behavior: open ones that nobody touched are listed, oldest first', async () => {
        for (const name of ['a', 'b', 'c', 'd']) {
          await stores.settlements.begin(question(name))
          harness.clock.now += 10n
        }
        await stores.settlements.conclude(question('b').paymentHash, { state: 'settled' })
        const list = async (untouchedSince: bigint, limit: number) =>
          (await stores.settlements.listOpen({ untouchedSince, limit })).map((record) => record.question)
        expect(await list(START + 20n, 10)).toEqual([question('a').question, question('c').question])
        expect(await list(START + 100n, 1)).toEqual([question('a').question])
        expect(await list(START - 1n, 10)).toEqual([])
      })
    })

    describe('catalog', () => {
      const all = { limit: 10, offset: 0 }

      test('default: what was put is listed, newest first, with every way to pay', async () => {
        await stores.catalog.put(resource('/a'))
        harness.clock.now += 1n
        await stores.catalog.put(resource('/b'))
        harness.clock.now += 1n
        await stores.catalog.put(resource('/a', { accepted: requirements({ scheme: 'upto', amount: '5' }) }))
        const { items, total } = await stores.catalog.list(all)
        expect(total).toBe(2)
        expect(items.map((item) => item.resource)).toEqual(['https://api.example/a', 'https://api.example/b'])
        expect(items[0]).toEqual({
          resource: 'https://api.example/a',
          type: 'http',
          toolName: '',
          x402Version: 2,
          payTo: PAYEE,
          metadata: resource('/a').metadata,
          accepts: [requirements(), requirements({ scheme: 'upto', amount: '5' })],
          updatedAt: START + 2n,
        })
        expect((await stores.catalog.list({ limit: 1, offset: 1 })).items.map((item) => item.resource)).toEqual([
          'https://api.example/b',
        ])
      })

      test('behavior: a payee alters its own entry only, and a server of tools has one entry a tool', async () => {
        await stores.catalog.put(resource('/a'))
        await stores.catalog.put(resource('/a', { payTo: PAYER, metadata: { description: 'poison' } }))
        await stores.catalog.put(resource('/a', { type: 'mcp', toolName: 'translate' }))
        expect((await stores.catalog.list(all)).total).toBe(3)
        const { items } = await stores.catalog.list({ ...all, payTo: PAYEE.toLowerCase(), type: 'http' })
        expect(items.map((item) => item.metadata)).toEqual([resource('/a').metadata])
      })

      test('behavior: filters', async () => {
        await stores.catalog.put(resource('/a'))
        await stores.catalog.put(
          resource('/b', { accepted: requirements({ network: 'eip155:1' }), extensions: ['bazaar', 'sign-in-with-x'] }),
        )
        const resources = async (filter: object) =>
          (await stores.catalog.list({ ...all, ...filter })).items.map((item) => item.resource.slice(-2))
        expect(await resources({ network: 'eip155:1' })).toEqual(['/b'])
        expect(await resources({ scheme: 'exact', network: NETWORK })).toEqual(['/a'])
        expect(await resources({ scheme: 'upto' })).toEqual([])
        expect(await resources({ extension: 'sign-in-with-x' })).toEqual(['/b'])
        expect(await resources({ type: 'mcp' })).toEqual([])
        expect(await resources({ payTo: PAYER })).toEqual([])
      })

      test('behavior: a search finds words as they are written, best match first', async () => {
        await stores.catalog.put(resource('/a', { words: 'Weather forecast for cities' }))
        await stores.catalog.put(resource('/b', { words: 'Forecast of prices, 100% right' }))
        const found = async (...words: string[]) =>
          (await stores.catalog.search(words, all)).items.map((item) => item.resource.slice(-2))
        expect(await found('FORECAST', 'weather')).toEqual(['/a', '/b'])
        expect(await found('prices', 'weather', 'forecast', 'right')).toEqual(['/b', '/a'])
        expect(await found('%')).toEqual(['/b'])
        expect(await found('_')).toEqual([])
        expect(await found()).toEqual([])
        expect((await stores.catalog.search(['forecast'], { ...all, scheme: 'upto' })).total).toBe(0)
      })

      test('behavior: a full catalog takes no new entry and still renews the old ones', async () => {
        for (const path of ['/a', '/b', '/c']) expect(await stores.catalog.put(resource(path))).toBe(true)
        expect(await stores.catalog.put(resource('/d'))).toBe(false)
        expect(await stores.catalog.put(resource('/a', { metadata: { description: 'new' } }))).toBe(true)
        expect((await stores.catalog.list(all)).total).toBe(3)
      })
    })

    test('behavior: a sweep forgets payments that were given back and never end, not those that run or were served', async () => {
      const { now } = harness.clock
      const asked = ['a', 'b', 'c'].map((name) => reservation(name, { now, validBefore: 2n ** 200n }))
      for (const one of asked) await stores.reservations.reserve(one)
      const [given, served, running] = asked
      if (given === undefined || served === undefined || running === undefined) throw new Error('three payments')
      await stores.reservations.release({ nonceKey: given.nonceKey, attempt: 1 })
      await stores.reservations.finish({ nonceKey: served.nonceKey, attempt: 1, settlement: undefined })
      expect((await stores.sweep()).reservations).toBe(1)
      expect(await stores.reservations.reserve(served)).toMatchObject({ kind: 'finished' })
      expect(await stores.reservations.reserve(running)).toEqual({ kind: 'running' })
      expect(await stores.reservations.reserve(given)).toEqual({ kind: 'granted', attempt: 1 })
    })

    test('behavior: a sweep forgets what has ended and is old, nothing else', async () => {
      await stores.batches.keep([hash('a')], batch('old'))
      await stores.settlements.begin(question('open'))
      await stores.settlements.begin(question('ended'))
      await stores.settlements.conclude(question('ended').paymentHash, { state: 'failed', reason: 'x' })
      await stores.catalog.put(resource('/a'))
      const { now } = harness.clock
      await stores.reservations.reserve(reservation('a', { now, validBefore: now + 880n }))
      await stores.answers.begin({ id: 'a', fingerprint: hash('a'), now, expiresAt: now + 1_000n })
      await stores.access.takeNonce({ nonce: 'a', now, expiresAt: now + 1_000n })
      harness.clock.now += 1_000n
      expect(await stores.sweep()).toEqual({ reservations: 0, answers: 0, nonces: 0, batches: 0, settlements: 0 })
      await stores.batches.keep([hash('b')], batch('new'))
      harness.clock.now += 1n
      expect(await stores.sweep()).toEqual({ reservations: 1, answers: 1, nonces: 1, batches: 1, settlements: 1 })
      expect(await stores.batches.find(hash('a'))).toBeUndefined()
      expect(await stores.batches.find(hash('b'))).toEqual(batch('new'))
      expect(await stores.settlements.find(question('ended').paymentHash)).toBeUndefined()
      expect(await stores.settlements.find(question('open').paymentHash)).toMatchObject({ state: 'open' })
      expect((await stores.catalog.list({ limit: 1, offset: 0 })).total).toBe(1)
    })

    test('behavior: everything is there after closing and opening', async () => {
      if (harness.reopen === undefined) return
      await stores.batches.keep([hash('a')], batch('one'))
      await stores.settlements.begin(question('a'))
      await stores.catalog.put(resource('/a'))
      const again = await harness.reopen()
      expect(await again.batches.find(hash('a'))).toEqual(batch('one'))
      expect(await again.settlements.find(question('a').paymentHash)).toMatchObject({ state: 'open' })
      expect((await again.catalog.list({ limit: 1, offset: 0 })).items[0]?.accepts).toEqual([requirements()])
    })
  })
}

import { createLog } from '@og/settlement'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Ledger } from '../../src/ledger.js'
import { type Harness, type HarnessFactory, hash, LOG_ID, PAYER, payment, result, START, TOKEN } from './fixtures.js'

const EXPOSURE = { chainId: 84_532n, asset: TOKEN, payer: PAYER }
const SIGNATURE = `0x${'cd'.repeat(65)}` as const

/** What every engine must do with the log, its checkpoints and the outbox. */
export function logAndIntentConformance(create: HarnessFactory): void {
  let harness: Harness
  let ledger: Ledger

  beforeEach(async () => {
    harness = await create()
    ledger = harness.ledger
    onTestFinished(() => harness.dispose())
  })

  async function serve(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      await ledger.reserve(payment(name))
      await ledger.finish(result(name, 1))
    }
  }

  async function sign(seq: bigint): Promise<void> {
    await ledger.attachCheckpointSignature({
      logId: LOG_ID,
      seq,
      uri: 'https://node.example/log',
      signature: SIGNATURE,
      intent: { dedupeKey: hash(`checkpoint ${seq}`), body: `{"seq":"${seq}"}` },
    })
  }

  describe('sealBatch', () => {
    test('default: seals all leaves with the root of their log', async () => {
      await serve('a', 'b', 'c')
      const sealed = await ledger.sealBatch(LOG_ID)
      expect(sealed).toEqual({
        logId: LOG_ID,
        seq: 1n,
        size: 3,
        root: createLog(['a', 'b', 'c'].map((name) => hash(`${name} receipt 1`))).root(),
        sealedAt: START,
        state: 'sealed',
        uri: null,
        signature: null,
        transaction: null,
        blockNumber: null,
      })
      expect(await ledger.checkpoints(LOG_ID)).toEqual([sealed])
    })

    test('behavior: nothing to seal', async () => {
      expect(await ledger.sealBatch(LOG_ID)).toBeNull()
      await serve('a')
      expect(await ledger.sealBatch(hash('another log'))).toBeNull()
    })

    test('behavior: one open checkpoint at a time; the next covers everything since', async () => {
      await serve('a')
      const first = await ledger.sealBatch(LOG_ID)
      await serve('b')
      expect(await ledger.sealBatch(LOG_ID)).toEqual(first)
      await sign(1n)
      await serve('c')
      expect(await ledger.sealBatch(LOG_ID)).toBeNull()
      await ledger.markCheckpointAnchored({ logId: LOG_ID, seq: 1n, transaction: hash('tx'), blockNumber: 9n })
      const second = await ledger.sealBatch(LOG_ID)
      expect(second).toMatchObject({ seq: 2n, size: 3 })
      const log = createLog(await ledger.leaves(LOG_ID, 0, 3))
      expect(second?.root).toBe(log.root())
      expect(first?.root).toBe(log.rootAt(1))
      expect((await ledger.checkpoints(LOG_ID)).map(({ seq, state }) => [seq, state])).toEqual([
        [1n, 'anchored'],
        [2n, 'sealed'],
      ])
      const newest = async (count: number) =>
        (await ledger.checkpoints(LOG_ID, { newest: count })).map(({ seq }) => seq)
      expect([await newest(1), await newest(2), await newest(9)]).toEqual([[2n], [1n, 2n], [1n, 2n]])
      await expect(newest(0)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    })

    test('behavior: several sealers at once make one checkpoint', async () => {
      await serve('a', 'b')
      const sealed = await Promise.all(Array.from({ length: 8 }, () => ledger.sealBatch(LOG_ID)))
      expect(new Set(sealed.map((checkpoint) => `${checkpoint?.seq} ${checkpoint?.root}`)).size).toBe(1)
      expect(await ledger.checkpoints(LOG_ID)).toHaveLength(1)
    })

    test('behavior: count and age of the policy, either suffices', async () => {
      await serve('a')
      const policy = { minLeaves: 2, maxAgeSeconds: 30n }
      expect(await ledger.sealBatch(LOG_ID, policy)).toBeNull()
      harness.clock.now += 29n
      expect(await ledger.sealBatch(LOG_ID, policy)).toBeNull()
      expect(await ledger.sealBatch(LOG_ID, { minLeaves: 2 })).toBeNull()
      harness.clock.now += 1n
      expect(await ledger.sealBatch(LOG_ID, policy)).toMatchObject({ size: 1 })
      await sign(1n)
      await ledger.markCheckpointAnchored({ logId: LOG_ID, seq: 1n, transaction: hash('tx'), blockNumber: 9n })
      await serve('b')
      expect(await ledger.sealBatch(LOG_ID, policy)).toBeNull()
      await serve('c')
      expect(await ledger.sealBatch(LOG_ID, policy)).toMatchObject({ size: 3 })
    })

    test('error: a policy of no leaves', async () => {
      await expect(ledger.sealBatch(LOG_ID, { minLeaves: 0 })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    })
  })

  describe('attachCheckpointSignature', () => {
    test('default: the signature and its intent come together, once', async () => {
      await serve('a')
      await ledger.sealBatch(LOG_ID)
      await sign(1n)
      await sign(1n)
      expect(await ledger.checkpoints(LOG_ID)).toMatchObject([
        { state: 'signed', signature: SIGNATURE, uri: 'https://node.example/log' },
      ])
      expect(await ledger.claimIntents({ kind: 'checkpoint', limit: 5, leaseSeconds: 10n })).toMatchObject([
        { kind: 'checkpoint', body: '{"seq":"1"}', paymentHash: null },
      ])
    })

    test('error: another signature or an unknown checkpoint', async () => {
      await serve('a')
      await expect(sign(1n)).rejects.toMatchObject({ code: 'NOT_FOUND' })
      await ledger.sealBatch(LOG_ID)
      await sign(1n)
      const other = {
        logId: LOG_ID,
        seq: 1n,
        uri: 'x',
        signature: SIGNATURE,
        intent: { dedupeKey: hash('k'), body: '' },
      }
      await expect(ledger.attachCheckpointSignature(other)).rejects.toMatchObject({ code: 'DUPLICATE' })
    })
  })

  describe('markCheckpointAnchored', () => {
    test('error: unsigned, unknown, or anchored elsewhere', async () => {
      await serve('a')
      const anchor = { logId: LOG_ID, seq: 1n, transaction: hash('tx'), blockNumber: 9n }
      await expect(ledger.markCheckpointAnchored(anchor)).rejects.toMatchObject({ code: 'NOT_FOUND' })
      await ledger.sealBatch(LOG_ID)
      await expect(ledger.markCheckpointAnchored(anchor)).rejects.toMatchObject({ code: 'NOT_FOUND' })
      await sign(1n)
      await ledger.markCheckpointAnchored(anchor)
      await ledger.markCheckpointAnchored(anchor)
      await expect(ledger.markCheckpointAnchored({ ...anchor, blockNumber: 10n })).rejects.toMatchObject({
        code: 'DUPLICATE',
      })
      expect(await ledger.checkpoints(LOG_ID)).toMatchObject([
        { state: 'anchored', transaction: hash('tx'), blockNumber: 9n },
      ])
    })
  })

  describe('leaves', () => {
    test('default: a range, clamped to the log', async () => {
      await serve('a', 'b', 'c')
      expect(await ledger.leaves(LOG_ID, 1, 2)).toEqual([hash('b receipt 1')])
      expect(await ledger.leaves(LOG_ID, 2, 99)).toEqual([hash('c receipt 1')])
      expect(await ledger.leaves(LOG_ID, 3, 3)).toEqual([])
    })

    test('error: a negative index', async () => {
      await expect(ledger.leaves(LOG_ID, -1, 2)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    })
  })

  describe('intents', () => {
    const CLAIM = { limit: 10, leaseSeconds: 30n } as const

    test('default: claimed once, done with its transaction; the money is settled', async () => {
      await serve('a')
      const [intent, ...others] = await ledger.claimIntents({ ...CLAIM, kind: 'payment' })
      expect(others).toEqual([])
      expect(intent).toMatchObject({
        state: 'claimed',
        claim: 1,
        body: '{"pay":1}',
        deadline: START + 600n,
        leaseUntil: START + 30n,
      })
      expect(await ledger.claimIntents({ ...CLAIM, kind: 'payment' })).toEqual([])
      expect(await ledger.exposure(EXPOSURE)).toBe(700n)
      await ledger.completeIntent(intent?.id ?? 0, { transaction: hash('tx'), blockNumber: 7n, result: '{}' })
      const record = await ledger.lookup(payment('a').paymentHash)
      expect(record).toMatchObject({ money: 'settled' })
      expect(record?.intents[0]).toMatchObject({
        state: 'done',
        transaction: hash('tx'),
        blockNumber: 7n,
        result: '{}',
      })
      expect(await ledger.exposure(EXPOSURE)).toBe(0n)
    })

    test('behavior: of many workers at once, each intent has one', async () => {
      await serve(...Array.from({ length: 10 }, (_, i) => `p${i}`))
      const claims = await Promise.all(Array.from({ length: 20 }, () => ledger.claimIntents({ ...CLAIM, limit: 3 })))
      const ids = claims.flat().map(({ id }) => id)
      expect(ids).toHaveLength(20)
      expect(new Set(ids).size).toBe(20)
    })

    test('behavior: the earliest deadline is first', async () => {
      await ledger.reserve(payment('late', { validBefore: START + 900n }))
      await ledger.finish(result('late', 1))
      await ledger.reserve(payment('early', { validBefore: START + 300n }))
      await ledger.finish(result('early', 1))
      const [first] = await ledger.claimIntents({ ...CLAIM, kind: 'payment', limit: 1 })
      expect(first?.paymentHash).toBe(payment('early').paymentHash)
    })

    test('behavior: what is of certain payers stays where it is; what is of nobody does not', async () => {
      const other = `0x${'Ab'.repeat(20)}` as const
      await serve('a')
      await ledger.reserve(payment('b', { payer: other }))
      await ledger.finish(result('b', 1))
      await ledger.sealBatch(LOG_ID)
      await sign(1n)
      const claim = { ...CLAIM, limit: 10, exceptPayers: [PAYER] }
      const taken = await ledger.claimIntents(claim)
      expect(new Set(taken.map(({ paymentHash }) => paymentHash))).toEqual(new Set([payment('b').paymentHash, null]))
      expect(await ledger.claimIntents(claim)).toEqual([])
      expect(await ledger.claimIntents({ ...claim, kind: 'payment', exceptPayers: [other] })).toMatchObject([
        { paymentHash: payment('a').paymentHash },
      ])
      await expect(ledger.claimIntents({ ...claim, exceptPayers: ['0x12'] })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      })
    })

    test('behavior: an expired claim is claimed again, and the first worker is fenced', async () => {
      await serve('a')
      const [first] = await ledger.claimIntents({ ...CLAIM, kind: 'record' })
      harness.clock.now += 30n
      const [second] = await ledger.claimIntents({ ...CLAIM, kind: 'record' })
      expect(second).toMatchObject({ id: first?.id, claim: 2 })
      const id = first?.id ?? 0
      await expect(ledger.failIntent(id, { error: 'x', retryAt: START, claim: 1 })).rejects.toMatchObject({
        code: 'FENCED',
      })
      await ledger.failIntent(id, { error: 'rpc down', retryAt: START + 100n, claim: 2 })
      expect(await ledger.claimIntents({ ...CLAIM, kind: 'record' })).toEqual([])
      harness.clock.now = START + 100n
      expect(await ledger.claimIntents({ ...CLAIM, kind: 'record' })).toMatchObject([
        { id, error: 'rpc down', claim: 3 },
      ])
    })

    test('behavior: a lease that is prolonged does not expire, and only its holder can prolong it', async () => {
      await serve('a')
      const [first] = await ledger.claimIntents({ ...CLAIM, kind: 'record' })
      const id = first?.id ?? 0
      harness.clock.now += 20n
      expect(await ledger.renewIntents({ held: [{ id, claim: 1 }], leaseSeconds: 30n })).toEqual([id])
      harness.clock.now += 29n
      expect(await ledger.claimIntents({ ...CLAIM, kind: 'record' })).toEqual([])
      harness.clock.now += 1n
      expect(await ledger.claimIntents({ ...CLAIM, kind: 'record' })).toMatchObject([{ id, claim: 2 }])
      const stale = { held: [{ id, claim: 1 }], leaseSeconds: 30n }
      expect(await ledger.renewIntents(stale)).toEqual([])
      await ledger.failIntent(id, { error: 'later', retryAt: START + 500n, claim: 2 })
      expect(await ledger.renewIntents({ held: [{ id, claim: 2 }], leaseSeconds: 30n })).toEqual([])
      await ledger.completeIntent(id, { result: '{}' })
      expect(await ledger.renewIntents({ held: [{ id, claim: 2 }], leaseSeconds: 30n })).toEqual([])
      expect(await ledger.renewIntents({ held: [], leaseSeconds: 30n })).toEqual([])
    })

    test('behavior: what is done stays done', async () => {
      await serve('a')
      const [intent] = await ledger.claimIntents({ ...CLAIM, kind: 'payment' })
      const id = intent?.id ?? 0
      await ledger.completeIntent(id, { transaction: hash('first'), result: '1' })
      await ledger.completeIntent(id, { transaction: hash('second'), result: '2' })
      await expect(ledger.failIntent(id, { error: 'late', final: true })).rejects.toMatchObject({ code: 'FENCED' })
      expect((await ledger.lookup(payment('a').paymentHash))?.intents[0]).toMatchObject({
        transaction: hash('first'),
        result: '1',
      })
    })

    test('behavior: a dead letter is a debt, visible, and comes back only when asked', async () => {
      await serve('a')
      const [intent] = await ledger.claimIntents({ ...CLAIM, kind: 'payment' })
      const id = intent?.id ?? 0
      await ledger.failIntent(id, { error: 'authorization cancelled', final: true })
      expect((await ledger.lookup(payment('a').paymentHash))?.money).toBe('debt')
      expect(await ledger.exposure(EXPOSURE)).toBe(700n)
      harness.clock.now += 10_000n
      expect(await ledger.claimIntents({ ...CLAIM, kind: 'payment' })).toEqual([])
      expect(await ledger.intents({ state: 'failed', limit: 5 })).toMatchObject([
        { id, error: 'authorization cancelled' },
      ])
      await ledger.retryIntent(id)
      expect((await ledger.lookup(payment('a').paymentHash))?.money).toBe('pending')
      expect(await ledger.claimIntents({ ...CLAIM, kind: 'payment' })).toMatchObject([{ id }])
    })

    test('error: unknown intents, and retrying one that is not dead', async () => {
      await expect(ledger.completeIntent(99, { result: '' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
      await expect(ledger.failIntent(99, { error: '', final: true })).rejects.toMatchObject({ code: 'NOT_FOUND' })
      await serve('a')
      const [intent] = await ledger.claimIntents(CLAIM)
      await expect(ledger.retryIntent(intent?.id ?? 0)).rejects.toMatchObject({ code: 'FENCED' })
    })
  })
}

import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Address, Hex, Ledger } from '../../src/ledger.js'
import type { SignedAttempt } from '../../src/relay-store.js'
import { type Harness, type HarnessFactory, hash, PAYEE, PAYER, TOKEN } from './fixtures.js'

const LANE = { chainId: 84_532n, address: PAYER } as const

function signed(name: string): SignedAttempt {
  return {
    hash: hash(name),
    raw: `0x02${hash(name).slice(2)}`,
    gas: 21_000n,
    maxFeePerGas: 100n,
    maxPriorityFeePerGas: 10n,
  }
}

/** What every engine must do with jobs, lanes and signed bytes. */
export function relayConformance(create: HarnessFactory): void {
  let harness: Harness
  let ledger: Ledger

  beforeEach(async () => {
    harness = await create()
    ledger = harness.ledger
    onTestFinished(() => harness.dispose())
  })

  function submit(name: string, data: Hex = '0x01'): Promise<number> {
    return ledger.submitJob({ chainId: LANE.chainId, dedupeKey: hash(name), to: TOKEN, data })
  }

  async function allocated(name: string, nonce: number, address: Address = PAYER): Promise<number> {
    const jobId = await submit(name)
    expect(await ledger.allocate({ ...LANE, address, nonce, jobIds: [jobId], attempt: signed(name) })).toBe(true)
    return jobId
  }

  describe('submitJob', () => {
    test('default: the same key is the same job', async () => {
      const ids = await Promise.all(Array.from({ length: 20 }, () => submit('a')))
      expect(new Set(ids).size).toBe(1)
      expect(await ledger.job(ids[0] ?? 0)).toMatchObject({
        state: 'queued',
        to: TOKEN,
        data: '0x01',
        nonce: null,
        tries: 0,
      })
      expect(await ledger.dueJobs({ chainId: LANE.chainId, limit: 9 })).toHaveLength(1)
      expect(await ledger.dueJobs({ chainId: 1n, limit: 9 })).toEqual([])
    })

    test('behavior: queues do not see each other, and a key is one job over all of them', async () => {
      const id = await ledger.submitJob({ ...LANE, dedupeKey: hash('q'), to: TOKEN, data: '0x01', queue: 'records' })
      expect(await ledger.job(id)).toMatchObject({ queue: 'records' })
      expect(await ledger.dueJobs({ ...LANE, limit: 9 })).toEqual([])
      expect(await ledger.dueJobs({ ...LANE, queue: 'payments', limit: 9 })).toEqual([])
      expect(await ledger.dueJobs({ ...LANE, queue: 'records', limit: 9 })).toMatchObject([{ id }])
      expect(await submit('q')).toBe(id)
    })

    test('behavior: what runs out first is first; without a deadline a job counts as due since it was submitted', async () => {
      const now = harness.clock.now
      const call = { ...LANE, to: TOKEN, data: '0x01' } as const
      const names = ['late', 'soon', 'plain', 'early'] as const
      const deadlines = { late: now + 600n, soon: now + 30n, plain: undefined, early: now + 30n }
      for (const name of names) {
        const deadline = deadlines[name]
        await ledger.submitJob({ ...call, dedupeKey: hash(name), ...(deadline === undefined ? {} : { deadline }) })
      }
      const due = await ledger.dueJobs({ ...LANE, limit: 9 })
      expect(due.map(({ dedupeKey }) => dedupeKey)).toEqual(
        ['plain', 'soon', 'early', 'late'].map((name) => hash(name)),
      )
      expect(await ledger.dueJobs({ ...LANE, limit: 1 })).toMatchObject([{ dedupeKey: hash('plain'), deadline: null }])
      // What has run out goes last.
      harness.clock.now += 30n
      const later = await ledger.dueJobs({ ...LANE, limit: 9 })
      expect(later.map(({ dedupeKey }) => dedupeKey)).toEqual(
        ['plain', 'late', 'soon', 'early'].map((name) => hash(name)),
      )
      expect(await ledger.dueJobs({ ...LANE, limit: 2 })).toMatchObject([{}, { deadline: now + 600n }])
    })

    test('error: the same key with other content', async () => {
      await submit('a')
      await expect(submit('a', '0x02')).rejects.toMatchObject({ code: 'DUPLICATE' })
    })
  })

  describe('deferJob', () => {
    test('default: later, then failed without a nonce; a bound job is left alone', async () => {
      const id = await submit('a')
      await ledger.deferJob(id, { error: 'reverted', retryAt: harness.clock.now + 5n })
      expect(await ledger.dueJobs({ chainId: LANE.chainId, limit: 9 })).toEqual([])
      harness.clock.now += 5n
      expect(await ledger.dueJobs({ chainId: LANE.chainId, limit: 9 })).toMatchObject([{ id, tries: 1 }])
      await ledger.deferJob(id, { error: 'reverted', retryAt: null })
      expect(await ledger.job(id)).toMatchObject({ state: 'failed', nonce: null, transaction: null })
      await ledger.openLane({ ...LANE, chainNonce: 0 })
      const bound = await allocated('b', 0)
      await ledger.deferJob(bound, { error: 'late', retryAt: null })
      expect(await ledger.job(bound)).toMatchObject({ state: 'bound' })
    })
  })

  describe('allocate', () => {
    test('default: bytes, binding and nonce together', async () => {
      expect(await ledger.openLane({ ...LANE, chainNonce: 7 })).toMatchObject({
        nextNonce: 7,
        minedNonce: 7,
        finalNonce: 7,
        state: 'ok',
      })
      const id = await allocated('a', 7)
      expect(await ledger.openLane({ ...LANE, chainNonce: 3 })).toMatchObject({ nextNonce: 8 })
      expect(await ledger.job(id)).toMatchObject({ state: 'bound', signer: PAYER, nonce: 7, transaction: hash('a') })
      expect(await ledger.slots(LANE)).toMatchObject([
        { nonce: 7, attempts: [{ n: 0, ...signed('a'), lastSentAt: null }] },
      ])
    })

    test('behavior: of many at once on one nonce, one wins and no nonce is lost', async () => {
      await ledger.openLane({ ...LANE, chainNonce: 0 })
      const ids = await Promise.all(Array.from({ length: 10 }, (_, i) => submit(`j${i}`)))
      const won = await Promise.all(
        ids.map((jobId, i) => ledger.allocate({ ...LANE, nonce: 0, jobIds: [jobId], attempt: signed(`j${i}`) })),
      )
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(await ledger.openLane({ ...LANE, chainNonce: 0 })).toMatchObject({ nextNonce: 1 })
      expect(await ledger.slots(LANE)).toHaveLength(1)
    })

    test('behavior: of two lanes that want one job, one wins and the other keeps its nonce', async () => {
      await ledger.openLane({ ...LANE, chainNonce: 0 })
      await ledger.openLane({ ...LANE, address: PAYEE, chainNonce: 0 })
      const jobId = await submit('a')
      const won = await Promise.all(
        [PAYER, PAYEE].map((address) =>
          ledger.allocate({ ...LANE, address, nonce: 0, jobIds: [jobId], attempt: signed(address) }),
        ),
      )
      expect(won.filter(Boolean)).toHaveLength(1)
      const loser = won[0] === true ? PAYEE : PAYER
      expect(await ledger.openLane({ ...LANE, address: loser, chainNonce: 0 })).toMatchObject({ nextNonce: 0 })
      expect(await ledger.slots({ ...LANE, address: loser })).toEqual([])
    })

    test('behavior: a quarantined or unknown lane gives no nonce', async () => {
      const jobId = await submit('a')
      expect(await ledger.allocate({ ...LANE, nonce: 0, jobIds: [jobId], attempt: signed('a') })).toBe(false)
      await ledger.openLane({ ...LANE, chainNonce: 0 })
      await ledger.quarantineLane({ ...LANE, reason: 'foreign' })
      expect(await ledger.allocate({ ...LANE, nonce: 0, jobIds: [jobId], attempt: signed('a') })).toBe(false)
      expect(await ledger.openLane({ ...LANE, chainNonce: 0 })).toMatchObject({
        state: 'quarantined',
        reason: 'foreign',
        nextNonce: 0,
      })
    })
  })

  describe('addAttempt', () => {
    test('default: replacements are numbered and only one worker stores each', async () => {
      await ledger.openLane({ ...LANE, chainNonce: 0 })
      const id = await allocated('a', 0)
      const won = await Promise.all(
        ['x', 'y'].map((name) => ledger.addAttempt({ ...LANE, nonce: 0, n: 1, attempt: signed(name) })),
      )
      expect(won.filter(Boolean)).toHaveLength(1)
      const stored = hash(won[0] === true ? 'x' : 'y')
      expect(await ledger.addAttempt({ ...LANE, nonce: 0, n: 3, attempt: signed('z') })).toBe(false)
      expect(await ledger.addAttempt({ ...LANE, nonce: 1, n: 0, attempt: signed('z') })).toBe(false)
      expect((await ledger.slots(LANE))[0]?.attempts.map(({ hash: of }) => of)).toEqual([hash('a'), stored])
      expect(await ledger.job(id)).toMatchObject({ transaction: stored })
    })
  })

  describe('markSent', () => {
    test('default: keeps when and what the node said', async () => {
      await ledger.openLane({ ...LANE, chainNonce: 0 })
      await allocated('a', 0)
      await ledger.markSent({ hash: hash('a'), error: 'already known' })
      expect((await ledger.slots(LANE))[0]?.attempts[0]).toMatchObject({
        lastSentAt: harness.clock.now,
        lastError: 'already known',
      })
    })
  })

  describe('observe and finalize', () => {
    const at = (nonce: number, name: string) => ({ ...LANE, nonce, hash: hash(name), blockNumber: 5n })

    test('default: mined may go back, final may not', async () => {
      await ledger.openLane({ ...LANE, chainNonce: 0 })
      const id = await allocated('a', 0)
      await ledger.observe({
        ...LANE,
        minedNonce: 1,
        slots: [{ nonce: 0, seen: { hash: hash('a'), blockNumber: 5n } }],
      })
      expect(await ledger.job(id)).toMatchObject({ state: 'mined', blockNumber: 5n })
      await ledger.observe({ ...LANE, minedNonce: 0, slots: [{ nonce: 0, seen: null }] })
      expect(await ledger.job(id)).toMatchObject({ state: 'bound', blockNumber: null })
      expect(await ledger.finalize({ ...at(0, 'a'), status: 'success' })).toBe(true)
      await ledger.observe({ ...LANE, minedNonce: 0, slots: [{ nonce: 0, seen: null }] })
      expect(await ledger.job(id)).toMatchObject({
        state: 'final',
        transaction: hash('a'),
        blockNumber: 5n,
        error: null,
      })
      expect(await ledger.slots(LANE)).toEqual([])
      expect(await ledger.addAttempt({ ...LANE, nonce: 0, n: 1, attempt: signed('late') })).toBe(false)
    })

    test('behavior: nonces end in order, each once', async () => {
      await ledger.openLane({ ...LANE, chainNonce: 0 })
      await allocated('a', 0)
      const second = await allocated('b', 1)
      expect(await ledger.finalize({ ...at(1, 'b'), status: 'success' })).toBe(false)
      const ended = await Promise.all([0, 1].map(() => ledger.finalize({ ...at(0, 'a'), status: 'success' })))
      expect(ended.filter(Boolean)).toHaveLength(1)
      expect(await ledger.finalize({ ...at(1, 'b'), status: 'reverted' })).toBe(true)
      expect(await ledger.job(second)).toMatchObject({
        state: 'failed',
        error: 'reverted on chain',
        transaction: hash('b'),
      })
    })
  })

  describe('groups', () => {
    async function bound(names: readonly string[], nonce: number): Promise<readonly number[]> {
      const jobIds = await Promise.all(names.map((name) => submit(name)))
      expect(await ledger.allocate({ ...LANE, nonce, jobIds, attempt: signed(`${nonce}`) })).toBe(true)
      return jobIds
    }

    test('default: the jobs of one transaction have one nonce, one hash and one end', async () => {
      await ledger.openLane({ ...LANE, chainNonce: 0 })
      const ids = await bound(['a', 'b', 'c'], 0)
      const later = await bound(['d'], 1)
      expect(await ledger.openLane({ ...LANE, chainNonce: 0 })).toMatchObject({ nextNonce: 2 })
      expect((await ledger.slots(LANE)).map(({ nonce, jobs }) => [nonce, jobs.map(({ id }) => id)])).toEqual([
        [0, [...ids].sort((a, b) => a - b)],
        [1, later],
      ])
      expect(await ledger.addAttempt({ ...LANE, nonce: 0, n: 1, attempt: signed('more') })).toBe(true)
      for (const id of ids) expect(await ledger.job(id)).toMatchObject({ transaction: hash('more') })
      const seen = { hash: hash('0'), blockNumber: 4n }
      await ledger.observe({ ...LANE, minedNonce: 1, slots: [{ nonce: 0, seen }] })
      for (const id of ids) expect(await ledger.job(id)).toMatchObject({ state: 'mined', transaction: hash('0') })
      expect(await ledger.finalize({ ...LANE, nonce: 0, ...seen, status: 'success' })).toBe(true)
      for (const id of ids) expect(await ledger.job(id)).toMatchObject({ state: 'final', blockNumber: 4n })
      expect(await ledger.slots(LANE)).toMatchObject([{ nonce: 1, jobs: [{ id: later[0] }] }])
    })

    test('behavior: with one job that is no longer queued nothing is bound, and no nonce taken', async () => {
      await ledger.openLane({ ...LANE, chainNonce: 0 })
      const [first] = await bound(['a'], 0)
      const second = await submit('b')
      const take = (jobIds: readonly number[]) =>
        ledger.allocate({ ...LANE, nonce: 1, jobIds, attempt: signed('group') })
      expect(await take([first ?? 0, second])).toBe(false)
      expect(await take([second, 999])).toBe(false)
      expect(await ledger.job(second)).toMatchObject({ state: 'queued', nonce: null })
      expect(await ledger.openLane({ ...LANE, chainNonce: 0 })).toMatchObject({ nextNonce: 1 })
      expect(await take([second])).toBe(true)
    })

    test('behavior: of two groups that want one job in common, one wins whole', async () => {
      await ledger.openLane({ ...LANE, chainNonce: 0 })
      await ledger.openLane({ ...LANE, address: PAYEE, chainNonce: 0 })
      const ids = await Promise.all(['a', 'b', 'c'].map((name) => submit(name)))
      const [a = 0, b = 0, c = 0] = ids
      const won = await Promise.all([
        ledger.allocate({ ...LANE, nonce: 0, jobIds: [a, b], attempt: signed('left') }),
        ledger.allocate({ ...LANE, address: PAYEE, nonce: 0, jobIds: [b, c], attempt: signed('right') }),
      ])
      expect(won.filter(Boolean)).toHaveLength(1)
      const states = await Promise.all(ids.map(async (id) => (await ledger.job(id))?.state))
      expect(states).toEqual(won[0] === true ? ['bound', 'bound', 'queued'] : ['queued', 'bound', 'bound'])
    })

    test('behavior: a group that reverted is queued again, each job alone; alone a revert is the end', async () => {
      await ledger.openLane({ ...LANE, chainNonce: 0 })
      const ids = await bound(['a', 'b'], 0)
      const end = { ...LANE, blockNumber: 4n, status: 'reverted' } as const
      expect(await ledger.finalize({ ...end, nonce: 0, hash: hash('0') })).toBe(true)
      for (const id of ids)
        expect(await ledger.job(id)).toMatchObject({ state: 'queued', nonce: null, transaction: null, tries: 1 })
      expect(await ledger.openLane({ ...LANE, chainNonce: 0 })).toMatchObject({ nextNonce: 1, finalNonce: 1 })
      const [first = 0, second = 0] = ids
      expect(await ledger.allocate({ ...LANE, nonce: 1, jobIds: [first], attempt: signed('alone') })).toBe(true)
      expect(await ledger.finalize({ ...end, nonce: 1, hash: hash('alone') })).toBe(true)
      expect(await ledger.job(first)).toMatchObject({ state: 'failed', error: 'reverted on chain' })
      expect(await ledger.job(second)).toMatchObject({ state: 'queued' })
    })

    test('behavior: a displaced group is queued again, and may travel together again', async () => {
      await ledger.openLane({ ...LANE, chainNonce: 0 })
      const ids = await bound(['a', 'b'], 0)
      expect(await ledger.displace({ ...LANE, nonce: 0 })).toBe(true)
      for (const id of ids) expect(await ledger.job(id)).toMatchObject({ state: 'queued', nonce: null, tries: 0 })
    })

    test('error: no job, or one twice', async () => {
      await ledger.openLane({ ...LANE, chainNonce: 0 })
      const id = await submit('a')
      for (const jobIds of [[], [id, id]])
        await expect(ledger.allocate({ ...LANE, nonce: 0, jobIds, attempt: signed('a') })).rejects.toMatchObject({
          code: 'INVALID_INPUT',
        })
    })
  })

  describe('displace and resumeLane', () => {
    test('default: a job whose nonce was spent by others is queued again, later nonces stay bound', async () => {
      await ledger.openLane({ ...LANE, chainNonce: 0 })
      const first = await allocated('a', 0)
      const second = await allocated('b', 1)
      expect(await ledger.displace({ ...LANE, nonce: 1 })).toBe(false)
      expect(await ledger.displace({ ...LANE, nonce: 0 })).toBe(true)
      expect(await ledger.job(first)).toMatchObject({ state: 'queued', nonce: null, transaction: null })
      await expect(ledger.resumeLane({ ...LANE, nextNonce: 1 })).rejects.toMatchObject({ code: 'FENCED' })
      await ledger.quarantineLane({ ...LANE, reason: 'foreign' })
      await ledger.resumeLane({ ...LANE, nextNonce: 1 })
      expect(await ledger.openLane({ ...LANE, chainNonce: 0 })).toMatchObject({
        state: 'ok',
        nextNonce: 2,
        finalNonce: 1,
        reason: null,
      })
      expect(await ledger.job(second)).toMatchObject({ state: 'bound', nonce: 1 })
    })

    test('behavior: with nothing open the lane starts at the given nonce', async () => {
      await ledger.openLane({ ...LANE, chainNonce: 0 })
      await ledger.quarantineLane({ ...LANE, reason: 'foreign' })
      await ledger.resumeLane({ ...LANE, nextNonce: 4 })
      expect(await ledger.openLane({ ...LANE, chainNonce: 0 })).toMatchObject({
        nextNonce: 4,
        finalNonce: 4,
        state: 'ok',
      })
    })

    test('error: a lane that is not there', async () => {
      await expect(ledger.quarantineLane({ ...LANE, reason: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    })
  })
}

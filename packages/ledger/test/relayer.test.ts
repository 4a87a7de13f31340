import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseTransaction } from 'viem'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { sleepFor } from '../src/defaults.js'
import type { Hex, Ledger } from '../src/ledger.js'
import { createRelayer, type Relayer, type RelayerOptions } from '../src/relayer/create-relayer.js'
import type { RelayerChain } from '../src/relayer/relayer-chain.js'
import { openLedger } from '../src/sqlite/open-ledger.js'
import { chainForTest } from './chain-fixture.js'
import { hash, START } from './conformance/fixtures.js'
import { COUNTER, counterGrouping } from './counter.js'
import { EMITTER, REVERTER, type TestChain } from './test-chain.js'

const GWEI = 1_000_000_000n
const GAS = 100_000n

let chain: TestChain
let ledger: Ledger
let clock: { now: bigint }

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'og-relayer-'))
  clock = { now: START }
  ledger = openLedger({ path: join(folder, 'ledger.db'), now: () => clock.now })
  onTestFinished(async () => {
    await ledger.close()
    await rm(folder, { recursive: true, force: true })
  })
  chain = await chainForTest()
})

function relayer(options: Partial<RelayerOptions> & { readonly account?: number } = {}): Relayer {
  const { account = 0, ...rest } = options
  return createRelayer({
    ledger,
    chain: chain.port,
    signer: chain.account(account),
    now: () => clock.now,
    confirmations: 1,
    ...rest,
  })
}

function count(worker: Relayer, name: string): Promise<number> {
  return worker.submit({ dedupeKey: hash(name), to: COUNTER, data: hash(name), gasLimit: GAS })
}

async function stateOf(id: number): Promise<string | undefined> {
  return (await ledger.job(id))?.state
}

async function hashesOf(worker: Relayer): Promise<readonly Hex[]> {
  const slots = await ledger.slots({ chainId: chain.port.chainId, address: worker.address })
  return slots.flatMap(({ attempts }) => attempts.map(({ hash: of }) => of))
}

/** A node that, by a fixed sequence of dice, drops what it is sent or takes it and answers with an error. */
function flaky(port: RelayerChain): RelayerChain {
  let dice = 1
  return {
    ...port,
    sendRawTransaction: async (raw) => {
      dice = (dice * 48_271) % 2_147_483_647
      if (dice % 10 < 3) throw new Error('connect ECONNREFUSED')
      await port.sendRawTransaction(raw)
      if (dice % 10 < 6) throw new Error('socket hang up')
    },
  }
}

describe('submit and wait', () => {
  test('default: sent once, final, and the same key is the same transaction', async () => {
    const worker = relayer()
    const id = await worker.submit({ dedupeKey: hash('a'), to: COUNTER, data: hash('a') })
    const outcome = await worker.wait(id)
    expect(outcome).toEqual({
      id,
      status: 'success',
      transaction: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      blockNumber: 1n,
      error: null,
    })
    expect(await chain.countOf(hash('a'))).toBe(1)
    expect(await worker.submit({ dedupeKey: hash('a'), to: COUNTER, data: hash('a') })).toBe(id)
    expect(await worker.wait(id)).toEqual(outcome)
    expect(await worker.tick()).toMatchObject({ allocated: 0, sent: 0 })
    expect(await chain.countOf(hash('a'))).toBe(1)
  })

  test('behavior: execute gives the logs', async () => {
    const done = await relayer().execute({ dedupeKey: hash('e'), to: EMITTER, data: '0x' })
    expect(done).toMatchObject({
      status: 'success',
      logs: [{ address: EMITTER.toLowerCase(), topics: [], data: '0x' }],
    })
  })

  test('behavior: what is not final in time is pending, with its hash, and stays on its way', async () => {
    await chain.rpc('evm_setAutomine', false)
    const worker = relayer()
    const call = { dedupeKey: hash('p'), to: COUNTER, data: hash('p') }
    const pending = await worker.execute(call, { timeoutMs: 40, pollMs: 20 })
    expect(pending).toEqual({ status: 'pending', transaction: (await hashesOf(worker))[0], logs: [] })
    await chain.mine()
    expect(await worker.execute(call)).toMatchObject({ status: 'success', transaction: pending.transaction })
    expect(await chain.countOf(hash('p'))).toBe(1)
  })

  test('behavior: many who wait are told of the end, and hardly ask for it', async () => {
    await chain.rpc('evm_setAutomine', false)
    let asked = 0
    const job: Ledger['job'] = (id) => {
      asked += 1
      return ledger.job(id)
    }
    const worker = relayer({ ledger: { ...ledger, job }, maxInFlight: 20 })
    const stop = new AbortController()
    const running = worker.run({ intervalMs: 20, signal: stop.signal })
    const ids = await Promise.all(Array.from({ length: 20 }, (_, index) => count(worker, `told ${index}`)))
    let isOver = false
    const beganAt = performance.now()
    const waiting = Promise.all(ids.map((id) => worker.wait(id, { pollMs: 10 }))).finally(() => {
      isOver = true
    })
    await sleepFor(700)
    // Once each at the beginning, and twice a second since, however long this machine has slept.
    expect(asked).toBeLessThanOrEqual(20 * (2 + Math.ceil((performance.now() - beganAt) / 500)))
    while (!isOver) {
      await chain.mine()
      await sleepFor(20)
    }
    const outcomes = await waiting
    expect(outcomes.map(({ status }) => status)).toEqual(ids.map(() => 'success'))
    stop.abort()
    await running
  })

  test('behavior: what runs out first goes first when more wait than may be unmined', async () => {
    await chain.rpc('evm_setAutomine', false)
    const worker = relayer({ maxInFlight: 1 })
    const late = { to: COUNTER, data: hash('late'), dedupeKey: hash('late'), gasLimit: GAS, deadline: START + 900n }
    const soon = { to: COUNTER, data: hash('soon'), dedupeKey: hash('soon'), gasLimit: GAS, deadline: START + 30n }
    const ids = [await worker.submit(late), await worker.submit(soon)] as const
    await worker.tick()
    expect(await Promise.all(ids.map(stateOf))).toEqual(['queued', 'bound'])
  })

  test('behavior: what has run out is sent only if it still has an effect, and costs no nonce otherwise', async () => {
    const worker = relayer({ retrySeconds: 0n })
    const call = { gasLimit: GAS, deadline: START + 30n }
    const useless = await worker.submit({ ...call, to: REVERTER, data: '0x', dedupeKey: hash('useless') })
    const useful = await worker.submit({ ...call, to: COUNTER, data: hash('useful'), dedupeKey: hash('useful') })
    clock.now = START + 30n
    for (let round = 0; round < 4; round += 1) await worker.tick()
    expect(await Promise.all([useless, useful].map(stateOf))).toEqual(['failed', 'final'])
    expect(await ledger.job(useless)).toMatchObject({ nonce: null, transaction: null })
    // In time its gas is known, and it is sent unseen.
    const seen = await worker.submit({
      to: REVERTER,
      data: '0x',
      dedupeKey: hash('seen'),
      gasLimit: GAS,
      deadline: START + 60n,
    })
    expect(await worker.wait(seen)).toMatchObject({ status: 'reverted', transaction: expect.stringMatching(/^0x/) })
  })

  test('behavior: the time to wait is the clock’s, also where sleeping takes longer than it was asked for', async () => {
    await chain.rpc('evm_setAutomine', false)
    let slept = 0
    const worker = relayer({
      sleep: (milliseconds) => {
        slept += 1
        return sleepFor(10 * milliseconds)
      },
    })
    const id = await count(worker, 'slow')
    await expect(worker.wait(id, { timeoutMs: 60, pollMs: 10 })).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(slept).toBeLessThanOrEqual(2)
  })

  test('error: waiting too long, or for nothing', async () => {
    await chain.rpc('evm_setAutomine', false)
    const worker = relayer()
    await expect(worker.wait(await count(worker, 'a'), { timeoutMs: 40, pollMs: 20 })).rejects.toMatchObject({
      code: 'TIMEOUT',
    })
    await expect(worker.wait(999)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('behavior: run drives the queue until it is stopped', async () => {
    const worker = relayer()
    const stop = new AbortController()
    const running = worker.run({ intervalMs: 10, signal: stop.signal })
    expect(await worker.wait(await count(worker, 'a'), { pollMs: 10 })).toMatchObject({ status: 'success' })
    stop.abort()
    await running
  })
})

describe('several workers', () => {
  test('behavior: two workers on one key and one on another do each job once, without a gap', async () => {
    const workers = [relayer({ maxInFlight: 4 }), relayer({ maxInFlight: 4 }), relayer({ account: 1, maxInFlight: 4 })]
    const [first] = workers
    if (first === undefined) throw new Error('no worker')
    const names = Array.from({ length: 40 }, (_, i) => `job ${i}`)
    const ids = await Promise.all(names.map((name) => count(first, name)))
    for (let round = 0; round < 60; round++) {
      await Promise.all(workers.map((worker) => worker.tick()))
      if ((await Promise.all(ids.map(stateOf))).every((state) => state === 'final')) break
    }
    expect(new Set(await Promise.all(ids.map(stateOf)))).toEqual(new Set(['final']))
    for (const name of names) expect(await chain.countOf(hash(name))).toBe(1)
    const nonces = await Promise.all([0, 1].map((account) => chain.nonceOf(chain.account(account).address)))
    expect(nonces[0]).toBeGreaterThan(0)
    expect(nonces[1]).toBeGreaterThan(0)
    expect((nonces[0] ?? 0) + (nonces[1] ?? 0)).toBe(40)
  })
})

describe('broadcast', () => {
  test('behavior: lost replies and lost transactions: each job once', async () => {
    const worker = relayer({ chain: flaky(chain.port) })
    const names = Array.from({ length: 15 }, (_, i) => `job ${i}`)
    const ids = await Promise.all(names.map((name) => count(worker, name)))
    for (let round = 0; round < 40; round++) {
      await worker.tick()
      clock.now += 2n
    }
    expect(new Set(await Promise.all(ids.map(stateOf)))).toEqual(new Set(['final']))
    for (const name of names) expect(await chain.countOf(hash(name))).toBe(1)
    expect(await chain.nonceOf(worker.address)).toBe(15)
  })

  test('behavior: dropped from the pool: the same bytes again', async () => {
    await chain.rpc('evm_setAutomine', false)
    const worker = relayer()
    const id = await count(worker, 'a')
    await worker.tick()
    const sent = await hashesOf(worker)
    await chain.rpc('anvil_dropTransaction', sent[0])
    await chain.mine()
    expect(await worker.tick()).toMatchObject({ sent: 0, finalized: 0 })
    clock.now += 2n
    expect(await worker.tick()).toMatchObject({ sent: 1, replaced: 0 })
    expect(await hashesOf(worker)).toEqual(sent)
    await chain.mine()
    await worker.tick()
    expect(await ledger.job(id)).toMatchObject({ state: 'final', transaction: sent[0] })
  })

  test('behavior: sending the same bytes over and over changes nothing', async () => {
    await chain.rpc('evm_setAutomine', false)
    const worker = relayer({ rebroadcastSeconds: 0n })
    const id = await count(worker, 'a')
    for (let i = 0; i < 4; i++) expect((await worker.tick()).alarms).toEqual([])
    const [slot] = await ledger.slots({ chainId: chain.port.chainId, address: worker.address })
    expect(slot?.attempts).toHaveLength(1)
    expect(slot?.attempts[0]?.lastError).toMatch(/already (imported|known)/)
    expect(slot?.attempts[0]?.lastError).not.toContain('http')
    await chain.mine()
    await worker.tick()
    expect(await stateOf(id)).toBe('final')
    expect(await chain.countOf(hash('a'))).toBe(1)
  })

  test('behavior: stuck below the base fee: same nonce and content, at least 12.5 % more', async () => {
    await chain.rpc('evm_setAutomine', false)
    const worker = relayer()
    const id = await count(worker, 'a')
    await worker.tick()
    await chain.rpc('anvil_setNextBlockBaseFeePerGas', `0x${(40n * GWEI).toString(16)}`)
    await chain.mine()
    clock.now += 14n
    expect(await worker.tick()).toMatchObject({ replaced: 0 })
    clock.now += 1n
    expect(await worker.tick()).toMatchObject({ replaced: 1 })
    const slots = await ledger.slots({ chainId: chain.port.chainId, address: worker.address })
    const [first, second] = slots[0]?.attempts ?? []
    expect(slots).toHaveLength(1)
    expect((second?.maxFeePerGas ?? 0n) * 8n).toBeGreaterThanOrEqual((first?.maxFeePerGas ?? 0n) * 9n)
    expect((second?.maxPriorityFeePerGas ?? 0n) * 8n).toBeGreaterThanOrEqual((first?.maxPriorityFeePerGas ?? 0n) * 9n)
    await chain.mine()
    await worker.tick()
    expect(await ledger.job(id)).toMatchObject({ state: 'final', transaction: second?.hash })
    expect(await chain.countOf(hash('a'))).toBe(1)
    expect(await chain.nonceOf(worker.address)).toBe(1)
  })

  test('behavior: an older attempt that is mined after all counts', async () => {
    await chain.rpc('evm_setAutomine', false)
    // The node never hears of the replacement.
    let isDeaf = false
    const port: RelayerChain = {
      ...chain.port,
      sendRawTransaction: async (raw) => {
        if (isDeaf) throw new Error('503')
        await chain.port.sendRawTransaction(raw)
      },
    }
    const worker = relayer({ chain: port })
    const id = await count(worker, 'a')
    await worker.tick()
    isDeaf = true
    clock.now += 15n
    expect(await worker.tick()).toMatchObject({ replaced: 1 })
    const [first, second] = await hashesOf(worker)
    expect(second).toBeDefined()
    await chain.mine()
    await worker.tick()
    expect(await ledger.job(id)).toMatchObject({ state: 'final', transaction: first })
  })

  test('behavior: at the fee cap it waits and says so', async () => {
    await chain.rpc('evm_setAutomine', false)
    const worker = relayer({ maxFeePerGasCap: 4n * GWEI })
    const id = await count(worker, 'a')
    await worker.tick()
    await chain.rpc('anvil_setNextBlockBaseFeePerGas', `0x${(40n * GWEI).toString(16)}`)
    await chain.mine()
    for (let i = 0; i < 3; i++) {
      clock.now += 15n
      await worker.tick()
    }
    const attempts = await hashesOf(worker)
    clock.now += 15n
    const report = await worker.tick()
    expect(report.alarms.map(({ alarm }) => alarm)).toContain('FEE_ABOVE_CAP')
    expect(await hashesOf(worker)).toEqual(attempts)
    const later = await count(worker, 'b')
    expect((await worker.tick()).allocated).toBe(0)
    expect(await stateOf(later)).toBe('queued')
    expect(await stateOf(id)).toBe('bound')
  })
})

describe('reverts', () => {
  test('behavior: a simulation that reverts costs no nonce, and fails after the last try', async () => {
    const worker = relayer({ maxSimulations: 2 })
    const id = await worker.submit({ dedupeKey: hash('r'), to: REVERTER, data: '0x' })
    expect((await worker.tick()).alarms.map(({ alarm }) => alarm)).toEqual(['SIMULATION_REVERTED'])
    expect(await stateOf(id)).toBe('queued')
    expect((await worker.tick()).alarms).toEqual([])
    clock.now += 2n
    expect(await worker.tick()).toMatchObject({ failed: 1 })
    expect(await ledger.job(id)).toMatchObject({ state: 'failed', nonce: null, transaction: null })
    expect(await worker.execute({ dedupeKey: hash('r'), to: REVERTER, data: '0x' })).toEqual({
      status: 'reverted',
      transaction: '0x',
      logs: [],
    })
    expect(await worker.wait(await count(worker, 'a'))).toMatchObject({ status: 'success' })
    expect(await chain.nonceOf(worker.address)).toBe(1)
  })

  test('behavior: a simulation that reverts does not hold up the others', async () => {
    const worker = relayer()
    await worker.submit({ dedupeKey: hash('r'), to: REVERTER, data: '0x' })
    const ids = await Promise.all(['a', 'b'].map((name) => count(worker, name)))
    await worker.tick()
    await worker.tick()
    expect(await Promise.all(ids.map(stateOf))).toEqual(['final', 'final'])
  })

  test('behavior: a revert on chain is a failure once final, its nonce is used, the next goes on', async () => {
    await chain.rpc('evm_setAutomine', false)
    const worker = relayer({ confirmations: 2 })
    const failing = await worker.submit({ dedupeKey: hash('r'), to: REVERTER, data: '0x', gasLimit: GAS })
    const next = await count(worker, 'a')
    await worker.tick()
    await chain.mine()
    await worker.tick()
    expect(await Promise.all([failing, next].map(stateOf))).toEqual(['mined', 'mined'])
    await chain.mine()
    expect(await worker.tick()).toMatchObject({ finalized: 2, failed: 1 })
    expect(await ledger.job(failing)).toMatchObject({ state: 'failed', error: 'reverted on chain', nonce: 0 })
    expect(await worker.wait(failing)).toMatchObject({ status: 'reverted' })
    expect(await stateOf(next)).toBe('final')
  })
})

describe('finality and reorganisations', () => {
  test('behavior: nothing is final before its confirmations', async () => {
    await chain.rpc('evm_setAutomine', false)
    const worker = relayer({ confirmations: 3 })
    const id = await count(worker, 'a')
    await worker.tick()
    const states: (string | undefined)[] = []
    for (let i = 0; i < 3; i++) {
      await chain.mine()
      await worker.tick()
      states.push(await stateOf(id))
    }
    expect(states).toEqual(['mined', 'mined', 'final'])
  })

  test('behavior: a transaction that a reorganisation took out is sent again as the same bytes', async () => {
    await chain.rpc('evm_setAutomine', false)
    await chain.mine(2)
    const worker = relayer({ confirmations: 3 })
    const names = ['a', 'b', 'c']
    const ids = await Promise.all(names.map((name) => count(worker, name)))
    await worker.tick()
    const sent = await hashesOf(worker)
    await chain.mine()
    await worker.tick()
    expect(await Promise.all(ids.map(stateOf))).toEqual(['mined', 'mined', 'mined'])
    await chain.rpc('anvil_reorg', 1, [])
    for (const of of sent) await chain.rpc('anvil_dropTransaction', of).catch(() => undefined)
    expect(await chain.nonceOf(worker.address)).toBe(0)
    clock.now += 2n
    await worker.tick()
    expect(await Promise.all(ids.map(stateOf))).toEqual(['bound', 'bound', 'bound'])
    await chain.mine(3)
    await worker.tick()
    expect(await Promise.all(ids.map(stateOf))).toEqual(['final', 'final', 'final'])
    expect((await Promise.all(ids.map((id) => ledger.job(id)))).map((job) => job?.transaction)).toEqual(sent)
    for (const name of names) expect(await chain.countOf(hash(name))).toBe(1)
  })
})

describe('trouble', () => {
  test('behavior: without money no nonce is taken; after a top-up it goes on', async () => {
    const worker = relayer()
    await chain.rpc('anvil_setBalance', worker.address, '0x1')
    const id = await count(worker, 'a')
    expect((await worker.tick()).alarms.map(({ alarm }) => alarm)).toEqual(['INSUFFICIENT_FUNDS'])
    expect(await stateOf(id)).toBe('queued')
    expect(
      await ledger.openLane({ chainId: chain.port.chainId, address: worker.address, chainNonce: 0 }),
    ).toMatchObject({ nextNonce: 0 })
    await chain.rpc('anvil_setBalance', worker.address, '0xde0b6b3a7640000')
    expect(await worker.wait(id)).toMatchObject({ status: 'success' })
  })

  test('error: a node on another chain stops the worker before anything is signed', async () => {
    const worker = relayer({ chain: { ...chain.port, chainId: 1n } })
    const id = await count(worker, 'a')
    await expect(worker.tick()).rejects.toMatchObject({ code: 'WRONG_CHAIN' })
    expect(await stateOf(id)).toBe('queued')
  })

  test('behavior: a node that is away is asked again', async () => {
    let isAway = true
    const port: RelayerChain = {
      ...chain.port,
      fetchChainId: async () => {
        if (isAway) throw new Error('503')
        return chain.port.fetchChainId()
      },
    }
    const worker = relayer({ chain: port })
    const id = await count(worker, 'a')
    await expect(worker.tick()).rejects.toThrow('503')
    isAway = false
    expect(await worker.wait(id)).toMatchObject({ status: 'success' })
  })

  test('behavior: the key used elsewhere quarantines the lane, others go on, recover reopens it', async () => {
    const worker = relayer()
    await worker.wait(await count(worker, 'a'))
    await chain.rpc('eth_sendTransaction', { from: worker.address, to: COUNTER, data: hash('foreign') })
    expect((await worker.tick()).alarms.map(({ alarm }) => alarm)).toEqual(['LANE_QUARANTINED'])
    const id = await count(worker, 'b')
    expect(await worker.tick()).toMatchObject({ allocated: 0 })
    expect(await relayer({ account: 1 }).wait(id)).toMatchObject({ status: 'success' })
    expect(await worker.recover()).toMatchObject({ state: 'ok', nextNonce: 2, finalNonce: 2 })
    expect(await worker.wait(await count(worker, 'c'))).toMatchObject({ status: 'success' })
    for (const name of ['a', 'b', 'c']) expect(await chain.countOf(hash(name))).toBe(1)
  })

  test('behavior: a nonce that a foreign transaction took from us: quarantine, then the job runs once elsewhere', async () => {
    await chain.rpc('evm_setAutomine', false)
    const worker = relayer({ confirmations: 2 })
    const id = await count(worker, 'a')
    await worker.tick()
    const [sent] = await hashesOf(worker)
    await chain.rpc('anvil_dropTransaction', sent)
    await chain.rpc('eth_sendTransaction', { from: worker.address, to: COUNTER, data: hash('foreign'), nonce: '0x0' })
    await chain.mine(3)
    const alarms: string[] = []
    for (let i = 0; i < 3; i++) alarms.push(...(await worker.tick()).alarms.map(({ alarm }) => alarm))
    expect(alarms).toEqual(['UNEXPLAINED_NONCE', 'UNEXPLAINED_NONCE', 'UNEXPLAINED_NONCE', 'LANE_QUARANTINED'])
    expect(await stateOf(id)).toBe('bound')
    await worker.recover()
    expect(await stateOf(id)).toBe('queued')
    await worker.tick()
    await chain.mine(2)
    await worker.tick()
    expect(await ledger.job(id)).toMatchObject({ state: 'final', nonce: 1 })
    expect(await chain.countOf(hash('a'))).toBe(1)
  })

  test('error: no confirmations at all', () => {
    expect(() => relayer({ confirmations: 0 })).toThrowError(expect.objectContaining({ code: 'INVALID_INPUT' }))
  })
})

describe('queues', () => {
  test('behavior: a lane sends the jobs of its queue only', async () => {
    const records = relayer({ queue: 'records' })
    const payments = relayer({ queue: 'payments', account: 1 })
    const id = await payments.submit({ dedupeKey: hash('p'), to: COUNTER, data: hash('p') })
    expect(await records.tick()).toMatchObject({ allocated: 0 })
    expect(await stateOf(id)).toBe('queued')
    expect(await payments.wait(id)).toMatchObject({ status: 'success' })
    expect(await chain.nonceOf(records.address)).toBe(0)
  })
})

describe('groups', () => {
  const grouping = counterGrouping(5)
  const ask = (worker: Relayer, name: string) => worker.submit({ dedupeKey: hash(name), to: COUNTER, data: hash(name) })
  const names = Array.from({ length: 12 }, (_, i) => `g${i}`)

  async function slotSizes(worker: Relayer): Promise<readonly number[]> {
    const slots = await ledger.slots({ chainId: chain.port.chainId, address: worker.address })
    return slots.map(({ jobs }) => jobs.length)
  }

  test('default: twelve jobs are three transactions, each job has its effect once and its end', async () => {
    await chain.rpc('evm_setAutomine', false)
    const worker = relayer({ grouping })
    const ids = await Promise.all(names.map((name) => ask(worker, name)))
    expect(await worker.tick()).toMatchObject({ allocated: 3, sent: 3 })
    expect(await slotSizes(worker)).toEqual([5, 5, 2])
    await chain.mine()
    expect(await worker.tick()).toMatchObject({ finalized: 3, failed: 0 })
    const outcomes = await Promise.all(ids.map((id) => worker.wait(id)))
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['success']))
    expect(new Set(outcomes.map(({ transaction }) => transaction)).size).toBe(3)
    for (const name of names) expect(await chain.countOf(hash(name)), name).toBe(1)
    expect(await chain.nonceOf(worker.address)).toBe(3)
  })

  test('behavior: a replacement carries the same calls, also when groups are made otherwise by then', async () => {
    await chain.rpc('evm_setAutomine', false)
    const first = relayer({ grouping })
    await Promise.all(names.slice(0, 4).map((name) => ask(first, name)))
    await first.tick()
    clock.now += 20n
    const second = relayer()
    expect(await second.tick()).toMatchObject({ replaced: 1 })
    const [slot] = await ledger.slots({ chainId: chain.port.chainId, address: second.address })
    const calls = slot?.attempts.map(({ raw }) => parseTransaction(raw).data)
    expect(calls).toHaveLength(2)
    expect(new Set(calls).size).toBe(1)
    await chain.mine()
    await second.tick()
    for (const name of names.slice(0, 4)) expect(await chain.countOf(hash(name)), name).toBe(1)
  })

  test('behavior: an item that reverts in the simulation goes alone, the others together', async () => {
    const worker = relayer({ grouping })
    await chain.poison(hash('g1'), true)
    const ids = await Promise.all(names.slice(0, 4).map((name) => ask(worker, name)))
    const report = await worker.tick()
    expect(report).toMatchObject({ allocated: 1, sent: 1 })
    expect(report.alarms).toMatchObject([{ alarm: 'SIMULATION_REVERTED' }])
    expect(await stateOf(ids[1] ?? 0)).toBe('queued')
    await chain.poison(hash('g1'), false)
    clock.now += 2n
    await worker.tick()
    for (const id of ids) expect(await worker.wait(id)).toMatchObject({ status: 'success' })
    for (const name of names.slice(0, 4)) expect(await chain.countOf(hash(name)), name).toBe(1)
  })

  test('behavior: an item poisoned after signing takes nobody down: the group reverts, then each goes alone', async () => {
    await chain.rpc('evm_setAutomine', false)
    const worker = relayer({ grouping, maxSimulations: 2 })
    const ids = await Promise.all(names.slice(0, 4).map((name) => ask(worker, name)))
    await worker.tick()
    await chain.poison(hash('g2'), true)
    await chain.mine()
    expect(await worker.tick()).toMatchObject({ finalized: 1, failed: 1, allocated: 3 })
    expect(await slotSizes(worker)).toEqual([1, 1, 1])
    await chain.mine()
    await worker.tick()
    const states = await Promise.all(ids.map(stateOf))
    expect(states).toEqual(['final', 'final', 'failed', 'final'])
    for (const [i, name] of names.slice(0, 4).entries())
      expect(await chain.countOf(hash(name)), name).toBe(i === 2 ? 0 : 1)
    expect(await chain.nonceOf(worker.address)).toBe(4)
  })

  test('error: a group of no size', () => {
    expect(() => relayer({ grouping: { ...grouping, maxJobs: 0 } })).toThrowError(
      expect.objectContaining({ code: 'INVALID_INPUT' }),
    )
  })
})

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryChannelStore } from '@og/x402/channel'
import { createMemoryAccessStore } from '@og/x402/extensions'
import { createMemoryAnswerStore, createMemoryReservationStore } from '@og/x402/server'
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import * as entry from '../src/x402-stores/index.js'
import { hash, START } from './conformance/fixtures.js'
import { startCluster } from './postgres-cluster.js'
import { spawnProgram } from './programs/spawn-program.js'
import { answersConformance } from './x402-stores/answers-conformance.js'
import { channel, reservation, settlement } from './x402-stores/fixtures.js'
import { portsConformance } from './x402-stores/ports-conformance.js'
import { facilitatorStoresConformance, type StoresFactory } from './x402-stores/stores-conformance.js'

const { openMemoryX402Stores, openPostgresX402Stores, openX402Stores } = entry

test('the x402 entry exports exactly these names', () => {
  expect(Object.keys(entry).sort()).toEqual(['openMemoryX402Stores', 'openPostgresX402Stores', 'openX402Stores'])
})

const memory: StoresFactory = async (options) => {
  const clock = { now: START }
  const stores = openMemoryX402Stores({ ...options, now: () => clock.now })
  return { stores, clock, dispose: () => stores.close() }
}

const sqlite: StoresFactory = async (options) => {
  const folder = await mkdtemp(join(tmpdir(), 'og-x402-'))
  const clock = { now: START }
  const open = () => openX402Stores({ ...options, path: join(folder, 'x402.db'), now: () => clock.now })
  let stores = open()
  return {
    stores,
    clock,
    reopen: async () => {
      await stores.close()
      stores = open()
      return stores
    },
    dispose: async () => {
      await stores.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function portsOf(make: StoresFactory) {
  return async (options: entry.X402StoreOptions) => {
    const { stores, dispose, reopen } = await make(options)
    return { ...stores, dispose, ...(reopen === undefined ? {} : { reopen }) }
  }
}

portsConformance(
  'x402 memory',
  async (options) => ({
    reservations: createMemoryReservationStore(options),
    channels: createMemoryChannelStore(),
    dispose: async () => {},
  }),
  20,
)
portsConformance('memory', portsOf(memory), 60)
portsConformance('sqlite', portsOf(sqlite), 10)
answersConformance('x402 memory', async () => ({
  answers: createMemoryAnswerStore(),
  access: createMemoryAccessStore(),
  dispose: async () => {},
}))
const answerKey = new Uint8Array(32).fill(7)
const answersOf = (make: StoresFactory) => () => portsOf(make)({ answerKey })
answersConformance('memory', answersOf(memory))
answersConformance('sqlite', answersOf(sqlite))
facilitatorStoresConformance('memory', memory)
facilitatorStoresConformance('sqlite', sqlite)

const cluster = await startCluster()
let schemas = 0

if ('skipped' in cluster) test.skip(`postgres: ${cluster.skipped}`)
else {
  const { connectionString } = cluster
  afterAll(() => cluster.dispose())
  const postgres: StoresFactory = async (options) => {
    schemas += 1
    const schema = `og_x402_${schemas}`
    const clock = { now: START }
    const open = () =>
      openPostgresX402Stores({ ...options, connectionString, schema, maxConnections: 6, now: () => clock.now })
    let stores = await open()
    return {
      stores,
      clock,
      reopen: async () => {
        await stores.close()
        stores = await open()
        return stores
      },
      dispose: () => stores.close(),
    }
  }
  portsConformance(`postgres (${cluster.origin})`, portsOf(postgres), 5)
  answersConformance(`postgres (${cluster.origin})`, answersOf(postgres))
  facilitatorStoresConformance(`postgres (${cluster.origin})`, postgres)

  test('behavior: two holders of one database: 60 uses of one payment are one grant, an exposure for ten is ten', async () => {
    const open = () => openPostgresX402Stores({ connectionString, schema: 'og_ledger', maxExposurePerPayer: 1_000n })
    const [one, two] = await Promise.all([open(), open()])
    onTestFinished(async () => {
      await Promise.all([one.close(), two.close()])
    })
    const now = BigInt(Math.floor(Date.now() / 1000))
    const live = (name: string) => reservation(name, { now, validBefore: now + 600n })
    const kindsOf = async (names: readonly string[]): Promise<Readonly<Record<string, number>>> => {
      const uses = names.map((name, index) => (index % 2 === 0 ? one : two).reservations.reserve(live(name)))
      const counts: Record<string, number> = {}
      for (const { kind } of await Promise.all(uses)) counts[kind] = (counts[kind] ?? 0) + 1
      return counts
    }
    expect(await kindsOf(Array(60).fill('a'))).toEqual({ granted: 1, running: 59 })
    // One of an exposure for ten is taken.
    const many = Array.from({ length: 60 }, (_, index) => `p${index}`)
    expect(await kindsOf(many)).toEqual({ granted: 9, exhausted: 51 })
  })
}

test('behavior: answers are encrypted: another key finds them lost, and the file does not hold their words', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'og-x402-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'x402.db')
  const key = { id: 'pay_0123456789abcdef', fingerprint: hash('call'), now: START }
  const body = new TextEncoder().encode('a secret answer that nobody else may read')
  const write = async (stores: entry.X402Stores): Promise<void> => {
    await stores.answers.begin({ ...key, expiresAt: START + 60n })
    await stores.answers.complete({ ...key, answer: { status: 200, headers: [], body } })
    await stores.close()
  }
  await write(openX402Stores({ path, answerKey }))
  expect((await readFile(path)).includes('a secret answer')).toBe(false)
  const stranger = openX402Stores({ path })
  expect(await stranger.answers.find(key)).toEqual({ kind: 'lost' })
  await stranger.close()
  const owner = openX402Stores({ path, answerKey })
  onTestFinished(() => owner.close())
  expect(await owner.answers.find(key)).toMatchObject({ kind: 'answered', answer: { body } })
  expect(() => openMemoryX402Stores({ answerKey: new Uint8Array(16) })).toThrow(
    expect.objectContaining({ code: 'INVALID_INPUT' }),
  )
})

test('error: a file that another life holds', async () => {
  const { stores, dispose } = await sqlite({})
  onTestFinished(dispose)
  const folder = await mkdtemp(join(tmpdir(), 'og-x402-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'x402.db')
  const first = openX402Stores({ path })
  onTestFinished(() => first.close())
  expect(() => openX402Stores({ path })).toThrow(expect.objectContaining({ code: 'LEDGER_LOCKED' }))
  await stores.close()
  await expect(stores.reservations.reserve(reservation('a'))).rejects.toMatchObject({ code: 'CLOSED' })
})

describe('kill -9 in the middle of work', () => {
  const engines = 'skipped' in cluster ? ['sqlite'] : ['sqlite', 'postgres']
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'og-x402-kill-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
  })

  test.each(engines)('behavior: %s: what was acknowledged is there, and no payment runs twice', async (engine) => {
    const place =
      engine === 'sqlite' || 'skipped' in cluster
        ? { path: join(folder, 'x402.db') }
        : { connectionString: cluster.connectionString, schema: 'og_x402_kill' }
    const program = spawnProgram(new URL('./x402-stores/use-stores.ts', import.meta.url), place)
    onTestFinished(() => {
      program.child.kill('SIGKILL')
    })
    await program.said('reserved 40')
    program.child.kill('SIGKILL')
    const end = await program.ended
    expect(end).toMatchObject({ signal: 'SIGKILL', errors: '' })
    const said = (what: string): number => end.lines.filter((line) => line.startsWith(`${what} `)).length

    const stores = place.path === undefined ? await openPostgresX402Stores(place) : openX402Stores(place)
    onTestFinished(() => stores.close())
    const record = await stores.channels.read(channel('killed').channelId)
    expect(said('charged')).toBeGreaterThanOrEqual(40)
    expect(record?.charged).toBeGreaterThanOrEqual(3n * BigInt(said('charged')))
    expect(record?.charged).toBeLessThanOrEqual(3n * BigInt(said('charged') + 1))
    expect(await stores.channels.listUnclaimed()).toEqual([record])
    const states = []
    for (let index = 1; index <= said('reserved'); index += 1) {
      states.push(await stores.reservations.reserve(reservation(`p${index}`)))
    }
    // Every second payment was finished before the next was reserved.
    for (const [index, state] of states.slice(0, -1).entries()) {
      expect(state).toEqual(
        (index + 1) % 2 === 0 ? { kind: 'finished', settlement: settlement() } : { kind: 'running' },
      )
    }
    expect(states.at(-1)?.kind).toMatch(/running|finished/)
    expect(await stores.batches.find(hash('item 40'))).toMatchObject({ gasLimit: 2n ** 70n })
  })
})

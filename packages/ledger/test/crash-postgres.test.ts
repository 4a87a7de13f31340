import { afterAll, expect, onTestFinished, test } from 'vitest'
import type { Ledger } from '../src/ledger.js'
import { openPostgresLedger } from '../src/postgres/open-postgres-ledger.js'
import { chainForTest } from './chain-fixture.js'
import { payment } from './conformance/fixtures.js'
import type { Violation } from './crash/audit.js'
import { auditShare, keysFrom } from './crash/audited-chain.js'
import { createFleet, failpointsAt, stepsOf } from './crash/fleet.js'
import { STEPS } from './crash/steps.js'
import { startUpstream } from './crash/upstream.js'
import { startCluster } from './postgres-cluster.js'

const ALL = [...STEPS.postgres.gateway, ...STEPS.postgres.worker]
/** Ledgers, each a schema with keys of its own, on which processes die at the same time. */
const LEDGERS = 3
/** Processes at once on each: as many gateways and as many workers. */
const AT_ONCE = 2
/** Roughly the lease: others take over, and then the zombie wakes up. */
const HANG_MS = 800

const cluster = await startCluster()

function share<T>(all: readonly T[], count: number, index: number): readonly T[] {
  return all.filter((_, i) => i % count === index)
}

async function untilSettled(ledger: Ledger, names: readonly string[]): Promise<void> {
  for (const name of names) {
    for (;;) {
      const record = await ledger.lookup(payment(name).paymentHash)
      if (record?.intents.every(({ state }) => state === 'done' || state === 'failed')) break
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

if ('skipped' in cluster) test.skip(`postgres: ${cluster.skipped}`)
else {
  const { connectionString } = cluster
  afterAll(() => cluster.dispose())

  test('behavior: two gateways and two workers on one PostgreSQL, each step × SIGKILL, throw, hang: the books agree', async () => {
    const chain = await chainForTest({ blockTimeSeconds: 0.1 })
    const upstream = await startUpstream()
    onTestFinished(() => upstream.close())

    async function play(
      index: number,
      steps: readonly string[],
    ): Promise<{ readonly kills: number; readonly violations: readonly Violation[] }> {
      const schema = `crash_${index}`
      const ledger = await openPostgresLedger({ connectionString, schema })
      onTestFinished(() => ledger.close())
      const keys = keysFrom(chain, 2 * index)
      const fleet = createFleet({
        connectionString,
        schema,
        rpcUrl: chain.chain.rpcUrl,
        chainId: chain.chain.chainId,
        keys,
        upstreamUrl: upstream.url,
        confirmations: 2,
        hangMs: HANG_MS,
      })
      onTestFinished(() => fleet.stop())
      const prefix = `ledger ${index},`
      const names: string[] = []
      const fresh = (many: number): readonly string[] => {
        const made = Array.from({ length: many }, (_, i) => `${prefix} payment ${names.length + i}`)
        names.push(...made)
        return made
      }
      const start: typeof fleet.start = (more) => fleet.start({ roles: ['gateway', 'worker'], ...more })
      if (index === 0) expect([...stepsOf(await start({ names: fresh(1) }))].sort()).toEqual([...ALL].sort())

      /** One process after the other, until each trouble has happened: what a process was to meet may have been done by its neighbour. */
      async function keepDying(own: readonly string[]): Promise<void> {
        for (const action of ['throw', 'hang', 'kill'] as const) {
          let left = failpointsAt(own, action)
          while (left.length > 0) {
            const failpoints = action === 'kill' ? left.slice(0, 1) : left
            const end = await start({ names: fresh(failpoints.length), failpoints })
            const done = end.lines.filter((line) => line.startsWith(`${action} `)).length
            expect(end.signal).toBe(action === 'kill' && done === 1 ? 'SIGKILL' : null)
            left = left.slice(done)
          }
        }
      }

      await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => keepDying(share(steps, AT_ONCE, i))))
      // Then everything that is left: by two gateways and two workers, as four processes that nobody ends, however slow they are.
      const leaseSeconds = 30
      const stop = new AbortController()
      const workers = Array.from({ length: AT_ONCE }, () =>
        fleet.start({ roles: ['worker'], leaseSeconds }, (line, child) => {
          if (line === 'ready') stop.signal.addEventListener('abort', () => child.kill('SIGTERM'))
        }),
      )
      const gateways = Array.from({ length: AT_ONCE }, () => fleet.start({ roles: ['gateway'], names, leaseSeconds }))
      const ends = [...(await Promise.all(gateways))]
      await untilSettled(ledger, names)
      stop.abort()
      ends.push(...(await Promise.all(workers)))
      expect(ends.map(({ code }) => code)).toEqual([0, 0, 0, 0])
      expect(fleet.errors()).toBe('')
      const planned = ['throw', 'hang', 'kill'].flatMap((action) => steps.map((step) => `${action} ${step}`))
      expect([...fleet.happened].sort()).toEqual(planned.sort())
      const { grants } = fleet
      const upstreamCalls = upstream.calls
      const violations = await auditShare(chain, { ledger, keys, prefix, upstreamCalls, grants, names })
      return { kills: fleet.kills(), violations }
    }

    const played = await Promise.all(
      Array.from({ length: LEDGERS }, (_, index) => play(index, share(ALL, LEDGERS, index))),
    )
    expect(played.flatMap(({ violations }) => violations)).toEqual([])
    expect(played.reduce((sum, { kills }) => sum + kills, 0)).toBe(ALL.length)
  }, 600_000)
}

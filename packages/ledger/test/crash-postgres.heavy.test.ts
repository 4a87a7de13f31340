import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { openPostgresLedger } from '../src/postgres/open-postgres-ledger.js'
import { chainForTest } from './chain-fixture.js'
import { audit } from './crash/audit.js'
import { auditedChain, keysFrom } from './crash/audited-chain.js'
import type { Failpoint } from './crash/failpoint.js'
import { createFleet, failpointsAt, stepsOf } from './crash/fleet.js'
import { STEPS } from './crash/steps.js'
import { startUpstream } from './crash/upstream.js'
import { startCluster } from './postgres-cluster.js'

const LEAST_KILLS = 35
const cluster = await startCluster()

function inFives<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / 5) }, (_, i) => all.slice(5 * i, 5 * i + 5))
}

if ('skipped' in cluster) test.skip(`postgres: ${cluster.skipped}`)
else {
  const { connectionString } = cluster
  afterAll(() => cluster.dispose())

  test('behavior: two gateways and two workers on one PostgreSQL, each step × SIGKILL, throw, hang: the books agree', async () => {
    const chain = await chainForTest({ blockTimeSeconds: 0.1 })
    const upstream = await startUpstream()
    onTestFinished(() => upstream.close())
    const keys = keysFrom(chain, 0)
    const fleet = createFleet({
      connectionString,
      rpcUrl: chain.chain.rpcUrl,
      chainId: chain.chain.chainId,
      keys,
      upstreamUrl: upstream.url,
      confirmations: 2,
      hangMs: 800,
    })
    onTestFinished(() => fleet.stop())
    const ledger = await openPostgresLedger({ connectionString })
    onTestFinished(() => ledger.close())
    const names: string[] = []
    const fresh = (many: number): readonly string[] => {
      const made = Array.from({ length: many }, (_, i) => `payment ${names.length + i}`)
      names.push(...made)
      return made
    }
    const troubles = (steps: readonly string[]): Failpoint[][] => [
      [...failpointsAt(steps, 'throw')],
      // Zombies: they stand still for about as long as their leases, others take over, then they go on, to the next standstill.
      ...inFives(failpointsAt(steps, 'hang')),
      ...failpointsAt(steps, 'kill').map((failpoint) => [failpoint]),
    ]
    const untroubled = await fleet.start({ roles: ['gateway', 'worker'], names: fresh(1) })
    expect([...stepsOf(untroubled)].sort()).toEqual([...STEPS.postgres.gateway, ...STEPS.postgres.worker].sort())

    const ofGateways = troubles(STEPS.postgres.gateway)
    const ofWorkers = troubles(STEPS.postgres.worker)
    const planned = [...ofGateways, ...ofWorkers].flat().map(({ action, step }) => `${action} ${step}`)

    let dying = 2
    async function gateway(): Promise<void> {
      for (let failpoints = ofGateways.shift(); failpoints !== undefined; failpoints = ofGateways.shift())
        await fleet.start({ roles: ['gateway'], names: fresh(failpoints.length + 1), failpoints })
      // As long as workers are to die, they need something to do.
      while (dying > 0) await fleet.start({ roles: ['gateway'], names: fresh(12), paceMs: 200 })
    }

    async function worker(): Promise<void> {
      for (let failpoints = ofWorkers.shift(); failpoints !== undefined; failpoints = ofWorkers.shift()) {
        let left = failpoints.length
        await fleet.start({ roles: ['worker'], failpoints }, (line, child) => {
          if (!/^(kill|throw|hang) /.test(line)) return
          left -= 1
          if (left === 0) setTimeout(() => child.kill('SIGTERM'), 100)
        })
      }
      dying -= 1
    }

    await Promise.all([gateway(), gateway(), worker(), worker()])
    // Then everything that is left.
    expect(await fleet.start({ roles: ['gateway', 'worker'], names })).toMatchObject({ code: 0 })
    expect(fleet.errors()).toBe('')
    expect([...fleet.happened].sort()).toEqual(planned.sort())
    expect(fleet.kills()).toBeGreaterThanOrEqual(LEAST_KILLS)

    const violations = await audit({
      ledger,
      chainId: BigInt(chain.chain.chainId),
      chain: auditedChain(chain),
      upstreamCalls: upstream.calls,
      grants: fleet.grants,
      names,
      lanes: Object.values(keys).map((key) => privateKeyToAccount(key).address),
    })
    expect(violations).toEqual([])
  }, 600_000)
}

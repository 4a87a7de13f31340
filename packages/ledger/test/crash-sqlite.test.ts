import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openLedger } from '../src/sqlite/open-ledger.js'
import { chainForTest } from './chain-fixture.js'
import type { Violation } from './crash/audit.js'
import { auditShare, keysFrom } from './crash/audited-chain.js'
import { createFleet, failpointsAt, stepsOf } from './crash/fleet.js'
import { STEPS } from './crash/steps.js'
import { startUpstream } from './crash/upstream.js'

const ALL = [...STEPS.sqlite.gateway, ...STEPS.sqlite.worker]
const LEAST_KILLS = 70
/** Ledgers on which processes die at the same time. */
const SHARDS = 4

test('behavior: SQLite, each step × SIGKILL, throw, hang: store, chain and upstream agree', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'og-crash-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const chain = await chainForTest({ blockTimeSeconds: 0.1 })
  const upstream = await startUpstream()
  onTestFinished(() => upstream.close())

  /** One ledger with keys of its own, on which processes die at these steps, one after the other. */
  async function play(
    shard: number,
    steps: readonly string[],
  ): Promise<{ kills: number; violations: readonly Violation[] }> {
    const keys = keysFrom(chain, 2 * shard)
    const path = join(folder, `${shard}.db`)
    const fleet = createFleet({
      path,
      rpcUrl: chain.chain.rpcUrl,
      chainId: chain.chain.chainId,
      keys,
      upstreamUrl: upstream.url,
      confirmations: 2,
    })
    onTestFinished(() => fleet.stop())
    const names: string[] = []
    const fresh = (many: number): readonly string[] => {
      const made = Array.from({ length: many }, (_, i) => `shard ${shard}, payment ${names.length + i}`)
      names.push(...made)
      return made
    }
    const start: typeof fleet.start = (more, onLine) => fleet.start({ roles: ['gateway', 'worker'], ...more }, onLine)

    // An untroubled run passes the steps that are known, and no other.
    if (shard === 0) expect([...stepsOf(await start({ names: fresh(1) }))].sort()).toEqual([...ALL].sort())
    for (const failpoint of failpointsAt(steps, 'kill')) {
      const end = await start({ names: fresh(1), failpoints: [failpoint] })
      expect(end.signal, failpoint.step).toBe('SIGKILL')
    }
    // A process that hangs holds its file: whoever watches it must kill it.
    for (const failpoint of failpointsAt(steps, 'hang')) {
      const end = await start({ names: fresh(1), failpoints: [failpoint], hangMs: 60_000 }, (line, child) => {
        if (line.startsWith('hang ')) child.kill('SIGKILL')
      })
      expect(end.signal, failpoint.step).toBe('SIGKILL')
    }
    // All errors, one after the other, in one process that goes on.
    await start({ names: fresh(steps.length), failpoints: failpointsAt(steps, 'throw') })
    // Then everything that is left.
    expect(await start({ names })).toMatchObject({ code: 0 })
    expect(fleet.errors()).toBe('')
    expect([...fleet.happened].sort()).toEqual(
      ['kill', 'hang', 'throw'].flatMap((action) => steps.map((step) => `${action} ${step}`)).sort(),
    )

    const ledger = openLedger({ path })
    onTestFinished(() => ledger.close())
    const prefix = `shard ${shard},`
    const { grants } = fleet
    const upstreamCalls = upstream.calls
    const violations = await auditShare(chain, { ledger, keys, prefix, upstreamCalls, grants, names })
    return { kills: fleet.kills(), violations }
  }

  const played = await Promise.all(
    Array.from({ length: SHARDS }, (_, shard) =>
      play(
        shard,
        ALL.filter((_, i) => i % SHARDS === shard),
      ),
    ),
  )
  expect(played.flatMap(({ violations }) => violations)).toEqual([])
  expect(played.reduce((sum, { kills }) => sum + kills, 0)).toBeGreaterThanOrEqual(LEAST_KILLS)
}, 600_000)

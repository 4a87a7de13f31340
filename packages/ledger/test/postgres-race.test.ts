import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '@og/settlement'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { openPostgresLedger } from '../src/postgres/open-postgres-ledger.js'
import { chainForTest } from './chain-fixture.js'
import { hash, LOG_ID, payment } from './conformance/fixtures.js'
import { COUNTER } from './counter.js'
import { emptyLedger, startCluster } from './postgres-cluster.js'
import { spawnProgram } from './programs/spawn-program.js'

const WORKERS = 4
const USES = 50

const cluster = await startCluster()

if ('skipped' in cluster) test.skip(`postgres: ${cluster.skipped}`)
else {
  const { connectionString } = cluster
  afterAll(() => cluster.dispose())

  async function ledgerForTest() {
    const ledger = await openPostgresLedger({ connectionString })
    onTestFinished(() => ledger.close())
    await emptyLedger(cluster as Exclude<typeof cluster, { skipped: string }>, 'og_ledger')
    return ledger
  }

  test('behavior: four processes, 200 uses of one payment: one grant; 200 authorizations over a balance for 10: ten', async () => {
    const ledger = await ledgerForTest()
    const folder = await mkdtemp(join(tmpdir(), 'og-ledger-race-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const gate = join(folder, 'go')
    const names = Array.from({ length: 20 }, (_, i) => `shared ${i}`)
    const programs = Array.from({ length: WORKERS }, (_, worker) =>
      spawnProgram(new URL('./programs/race-payments.ts', import.meta.url), {
        connectionString,
        worker,
        gate,
        uses: USES,
        names,
      }),
    )
    onTestFinished(() => {
      for (const { child } of programs) child.kill('SIGKILL')
    })
    await Promise.all(programs.map((program) => program.said('ready')))
    await writeFile(gate, '')
    const ends = await Promise.all(programs.map((program) => program.ended))
    for (const end of ends) expect(end).toMatchObject({ code: 0, errors: '' })
    const all = (what: string): readonly unknown[] =>
      ends.flatMap((end) => {
        const line = end.lines.find((found) => found.startsWith(`${what} `))
        return JSON.parse(line?.slice(what.length + 1) ?? '[]') as unknown[]
      })
    const count = (kinds: readonly unknown[], kind: string) => kinds.filter((found) => found === kind).length

    const one = all('one')
    expect([count(one, 'granted'), count(one, 'running'), one.length]).toEqual([1, 199, 200])
    const balance = all('balance')
    expect([count(balance, 'granted'), count(balance, 'exhausted'), balance.length]).toEqual([10, 190, 200])
    const { chainId, asset } = payment('one')
    expect(await ledger.exposure({ chainId, asset, payer: `0x${'77'.repeat(20)}` })).toBe(1_000n)

    expect([...all('served')].sort()).toEqual([...names].sort())
    const leaves = await ledger.leaves(LOG_ID, 0, 1_000)
    expect([...leaves].sort()).toEqual(names.map((name) => hash(`${name} receipt 1`)).sort())
    expect((await ledger.sealBatch(LOG_ID))?.root).toBe(createLog(leaves).root())
    const claimed = all('claimed')
    expect(new Set(claimed).size).toBe(names.length)
    expect(claimed).toHaveLength(names.length)
    for (const name of names) {
      const record = await ledger.lookup(payment(name).paymentHash)
      expect(record).toMatchObject({ state: 'finished', attempt: 1, money: 'settled' })
      if (record === null) continue
      expect(await ledger.exposure({ chainId, asset, payer: record.payer })).toBe(0n)
    }
  }, 120_000)

  test('behavior: two relayer processes, a lane each and one shared, one of them killed: each job exactly once, no gap', async () => {
    const ledger = await ledgerForTest()
    const chain = await chainForTest({ blockTimeSeconds: 0.2 })
    const names = Array.from({ length: 24 }, (_, i) => `job ${i}`)
    const keyOf = (index: number) => chain.chain.accounts[index]?.privateKey
    const run = (own: number, killAt?: string) =>
      spawnProgram(new URL('./programs/relay-jobs.ts', import.meta.url), {
        connectionString,
        rpcUrl: chain.chain.rpcUrl,
        chainId: `${chain.chain.chainId}`,
        keys: [keyOf(own), keyOf(2)],
        counter: COUNTER,
        names,
        ...(killAt === undefined ? {} : { killAt }),
      })
    const first = run(0)
    const second = run(1, 'allocate:committed#3')
    onTestFinished(() => {
      first.child.kill('SIGKILL')
      second.child.kill('SIGKILL')
    })
    const killed = await second.ended
    // It dies at its third nonce, unless the other one has left it fewer.
    expect(killed.errors).toBe('')
    const third = run(1)
    onTestFinished(() => {
      third.child.kill('SIGKILL')
    })
    expect(await third.ended).toMatchObject({ code: 0, errors: '', lines: ['done'] })
    expect(await first.ended).toMatchObject({ code: 0, errors: '', lines: ['done'] })

    const chainId = BigInt(chain.chain.chainId)
    const bound = new Set<string>()
    for (const name of names) {
      expect(await chain.countOf(hash(name)), name).toBe(1)
      const id = await ledger.submitJob({ chainId, dedupeKey: hash(name), to: COUNTER, data: hash(name) })
      const job = await ledger.job(id)
      expect(job?.state, name).toBe('final')
      bound.add(`${job?.signer} ${job?.nonce}`)
    }
    expect(bound.size).toBe(names.length)
    let total = 0
    for (const index of [0, 1, 2]) {
      const { address } = chain.account(index)
      const nonce = await chain.nonceOf(address)
      total += nonce
      expect(await ledger.openLane({ chainId, address, chainNonce: 0 })).toMatchObject({
        nextNonce: nonce,
        finalNonce: nonce,
        state: 'ok',
      })
    }
    expect(total).toBe(names.length)
  }, 180_000)
}

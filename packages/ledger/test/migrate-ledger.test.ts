import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '@og/settlement'
import Database from 'libsql'
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { runCommand } from '../src/cli/run-command.js'
import type { Ledger } from '../src/ledger.js'
import { migrateLedger } from '../src/postgres/migrate-ledger.js'
import { openPostgresLedger } from '../src/postgres/open-postgres-ledger.js'
import { openLedger } from '../src/sqlite/open-ledger.js'
import { failure, hash, LOG_ID, PAYEE, payment, result, START, TOKEN } from './conformance/fixtures.js'
import { emptyLedger, startCluster } from './postgres-cluster.js'
import { spawnProgram } from './programs/spawn-program.js'

const cluster = await startCluster()
const PAYLOAD = JSON.stringify({ x402Version: 2, text: 'kept once '.repeat(9) })
const NAMES = ['done', 'owed', 'dead', 'failed', 'released', 'running']
const LANE = { chainId: 84_532n, address: PAYEE } as const

/** A ledger with something in every table and state. */
async function fill(ledger: Ledger, many = 0): Promise<void> {
  for (const name of NAMES) await ledger.reserve(payment(name, { authorized: (1n << 200n) + 1n, payload: PAYLOAD }))
  for (const name of ['done', 'owed', 'dead'])
    await ledger.finish(
      result(name, 1, {
        charged: (1n << 199n) + 1n,
        intents: [
          { kind: 'payment', dedupeKey: payment(name).paymentHash, body: `{"payload":${PAYLOAD},"charged":"1"}` },
          { kind: 'record', dedupeKey: hash(`${name} record`), body: '{"record":1}' },
        ],
      }),
    )
  await ledger.finish(failure('failed', 1))
  await ledger.release({ paymentHash: payment('released').paymentHash, attempt: 1, reason: 'dropped' })
  const other = hash('another log')
  for (let i = 0; i < many; i += 1) {
    await ledger.reserve(payment(`many ${i}`))
    await ledger.finish(result(`many ${i}`, 1, { logId: other, intents: [] }))
  }
  const claimed = await ledger.claimIntents({ kind: 'payment', limit: 3, leaseSeconds: 30n })
  for (const { id, paymentHash } of claimed) {
    if (paymentHash === payment('done').paymentHash)
      await ledger.completeIntent(id, { transaction: hash('tx'), blockNumber: 7n, result: 'ok' })
    if (paymentHash === payment('dead').paymentHash) await ledger.failIntent(id, { error: 'gone', final: true })
  }
  await ledger.sealBatch(LOG_ID)
  await ledger.openLane({ ...LANE, chainNonce: 5 })
  const jobId = await ledger.submitJob({ chainId: LANE.chainId, dedupeKey: hash('job'), to: TOKEN, data: '0x01' })
  await ledger.submitJob({ chainId: LANE.chainId, dedupeKey: hash('queued'), to: TOKEN, data: '0x02', gasLimit: 9n })
  const attempt = { hash: hash('sent'), raw: '0x02', gas: 21_000n, maxFeePerGas: 9n, maxPriorityFeePerGas: 1n } as const
  await ledger.allocate({ ...LANE, nonce: 5, jobIds: [jobId], attempt })
}

async function everything(ledger: Ledger): Promise<unknown> {
  return {
    payments: await Promise.all(NAMES.map((name) => ledger.lookup(payment(name).paymentHash))),
    one: await ledger.lookup(payment('many 449').paymentHash),
    exposure: await ledger.exposure(payment('done')),
    leaves: await ledger.leaves(LOG_ID, 0, 99),
    others: await ledger.leaves(hash('another log'), 0, 999),
    checkpoints: await ledger.checkpoints(LOG_ID),
    intents: await Promise.all(
      (['queued', 'claimed', 'done', 'failed'] as const).map((state) => ledger.intents({ state, limit: 99 })),
    ),
    slots: await ledger.slots(LANE),
    due: await ledger.dueJobs({ chainId: LANE.chainId, limit: 9 }),
    lane: await ledger.openLane({ ...LANE, chainNonce: 0 }),
  }
}

if ('skipped' in cluster) test.skip(`postgres: ${cluster.skipped}`)
else {
  const { connectionString } = cluster
  let path: string
  afterAll(() => cluster.dispose())

  beforeEach(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'og-ledger-migrate-'))
    path = join(folder, 'ledger.db')
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    await (await openPostgresLedger({ connectionString })).close()
    await emptyLedger(cluster, 'og_ledger')
  })

  async function source(use: (ledger: Ledger) => Promise<void> = (ledger) => fill(ledger)): Promise<void> {
    const ledger = openLedger({ path, now: () => START })
    await use(ledger)
    await ledger.close()
  }

  async function target(): Promise<Ledger> {
    const ledger = await openPostgresLedger({ connectionString, now: () => START })
    onTestFinished(() => ledger.close())
    return ledger
  }

  describe('migrateLedger', () => {
    test('default: the copy answers everything as the source did, and goes on from there', async () => {
      let before: unknown
      await source(async (ledger) => {
        await fill(ledger, 450)
        before = await everything(ledger)
      })
      const report = await migrateLedger({ path }, { connectionString })
      expect(report.rows).toMatchObject({
        payment: 456,
        leaf: 454,
        answer: 454,
        relay_job: 2,
        relay_attempt: 1,
        lane: 1,
      })
      const ledger = await target()
      expect(await everything(ledger)).toEqual(before)
      expect(report.logs).toHaveLength(2)
      for (const { logId, size, root } of report.logs) {
        const leaves = await ledger.leaves(logId, 0, 999)
        expect([size, root]).toEqual([leaves.length, createLog(leaves).root()])
      }
      expect((await ledger.reserve(payment('done', { authorized: (1n << 200n) + 1n }))).kind).toBe('finished')
      await ledger.reserve(payment('next'))
      expect(await ledger.finish(result('next', 1))).toEqual({ leafIndex: 4 })
      expect(await ledger.submitJob({ chainId: 1n, dedupeKey: hash('new'), to: TOKEN, data: '0x' })).toBe(3)
    })

    test('error: a target that holds anything, and then nothing is copied', async () => {
      await source()
      const ledger = await target()
      await ledger.reserve(payment('already'))
      await expect(migrateLedger({ path }, { connectionString })).rejects.toMatchObject({ code: 'NOT_EMPTY' })
      expect(await ledger.lookup(payment('done').paymentHash)).toBeNull()
    })

    test('error: a source in use, and one that is not there', async () => {
      const ledger = openLedger({ path })
      onTestFinished(() => ledger.close())
      await expect(migrateLedger({ path }, { connectionString })).rejects.toMatchObject({ code: 'LEDGER_LOCKED' })
      await expect(migrateLedger({ path: `${path}.no` }, { connectionString })).rejects.toMatchObject({
        code: 'NOT_FOUND',
      })
    })

    test.each([
      ['a flipped leaf', `UPDATE leaf SET digest = '${hash('forged')}' WHERE leaf_index = 1`, 'LOG_CORRUPT'],
      ['a wrong sum', "UPDATE exposure SET outstanding = replace(outstanding, '0', '1')", 'CORRUPT'],
    ])('error: %s is not copied', async (_, sql, code) => {
      await source()
      const database = new Database(path)
      database.exec(sql)
      database.close()
      await expect(migrateLedger({ path }, { connectionString })).rejects.toMatchObject({ code })
      expect(await (await target()).logSize(LOG_ID)).toBe(0)
    })
  })

  describe('og-ledger migrate', () => {
    async function run(...argv: readonly string[]): Promise<readonly [number, string, string]> {
      const said: string[] = []
      const complained: string[] = []
      const code = await runCommand(argv, {
        print: (text) => said.push(text),
        complain: (text) => complained.push(text),
      })
      return [code, said.join('\n'), complained.join('\n')]
    }

    test('default: says how it is used', async () => {
      const [code, said, complained] = await run('--help')
      expect([code, complained]).toEqual([0, ''])
      expect(said).toMatch(/^usage: og-ledger migrate/)
    })

    test('default: says what was copied', async () => {
      await source(async (ledger) => {
        await ledger.reserve(payment('a'))
        await ledger.finish(result('a', 1))
      })
      const [code, said] = await run('migrate', '--from', path, '--to', connectionString)
      expect(code).toBe(0)
      expect(said).toContain('payment: 1\n')
      expect(said).toContain(`log ${LOG_ID}: 1 leaves, root ${createLog([hash('a receipt 1')]).root()}`)
      const again = await run('migrate', '--from', path, '--to', connectionString)
      expect([again[0], again[2]]).toEqual([1, expect.stringContaining('NOT_EMPTY: ')])
    })

    test('error: the program ends with the exit code', async () => {
      const end = await spawnProgram(new URL('../src/cli.ts', import.meta.url), {}).ended
      expect(end).toMatchObject({ code: 2, lines: [], errors: expect.stringContaining('usage: og-ledger migrate') })
    })

    test('error: wrong usage', async () => {
      for (const argv of [
        [],
        ['migrate'],
        ['migrate', '--from', path],
        ['copy', '--from', path, '--to', 'x'],
        ['--no'],
      ])
        expect(await run(...argv)).toEqual([2, '', expect.stringContaining('usage: og-ledger migrate')])
    })
  })
}

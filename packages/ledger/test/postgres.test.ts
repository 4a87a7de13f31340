import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { connect as connectSocket, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Ledger } from '../src/ledger.js'
import { type OpenPostgresLedgerOptions, openPostgresLedger } from '../src/postgres/open-postgres-ledger.js'
import { POSTGRES_MIGRATIONS, POSTGRES_SCHEMA_VERSION } from '../src/postgres/schema.js'
import { hash, LOG_ID, payment, result, START } from './conformance/fixtures.js'
import { checkDeadlinesAndTurns, jobsWithMixedDeadlines } from './deadlines-and-turns.js'
import { checkVersion1, rowsOfVersion1 } from './first-version.js'
import { emptyLedger, startCluster } from './postgres-cluster.js'
import { spawnProgram } from './programs/spawn-program.js'

const cluster = await startCluster()

if ('skipped' in cluster) test.skip(`postgres: ${cluster.skipped}`)
else {
  const { connectionString } = cluster
  afterAll(() => cluster.dispose())

  async function open(options: Partial<OpenPostgresLedgerOptions> = {}): Promise<Ledger> {
    const ledger = await openPostgresLedger({ connectionString, now: () => START, ...options })
    onTestFinished(() => ledger.close())
    return ledger
  }

  async function ask(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const client = new Client({ connectionString })
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }

  beforeEach(async () => {
    await (await openPostgresLedger({ connectionString })).close()
    await emptyLedger(cluster, 'og_ledger')
  })

  describe('openPostgresLedger', () => {
    test('behavior: eight at once on a new schema make it once', async () => {
      const ledgers = await Promise.all(Array.from({ length: 8 }, () => open({ schema: 'fresh' })))
      expect(await ask('SELECT version FROM fresh.schema_version')).toEqual([{ version: `${POSTGRES_SCHEMA_VERSION}` }])
      const kinds = await Promise.all(ledgers.map(async (ledger) => (await ledger.reserve(payment('a'))).kind))
      expect(kinds.filter((kind) => kind === 'granted')).toHaveLength(1)
    })

    test('behavior: a schema of the first version is brought up to date with what it holds', async () => {
      const [first = ''] = POSTGRES_MIGRATIONS
      await cluster.run(
        `BEGIN; CREATE SCHEMA old; SET LOCAL search_path TO old;
         CREATE TABLE schema_version (one bigint PRIMARY KEY CHECK (one = 1), version bigint NOT NULL);
         INSERT INTO schema_version VALUES (1, 1); ${first}; ${rowsOfVersion1('10', '0x02')}; COMMIT`,
      )
      const ledger = await open({ schema: 'old' })
      expect(await ask('SELECT version FROM old.schema_version')).toEqual([{ version: `${POSTGRES_SCHEMA_VERSION}` }])
      await checkVersion1(ledger)
    })

    test('behavior: a schema of the fourth version keeps the turns of its jobs, and what was a deadline', async () => {
      await cluster.run(
        `BEGIN; CREATE SCHEMA fourth; SET LOCAL search_path TO fourth;
         CREATE TABLE schema_version (one bigint PRIMARY KEY CHECK (one = 1), version bigint NOT NULL);
         INSERT INTO schema_version VALUES (1, 4); ${POSTGRES_MIGRATIONS.slice(0, 4).join(';')};
         ${jobsWithMixedDeadlines(String).replace('VALUES', 'OVERRIDING SYSTEM VALUE VALUES')}; COMMIT`,
      )
      await checkDeadlinesAndTurns(await open({ schema: 'fourth' }))
    })

    test('behavior: schemas are ledgers of their own', async () => {
      const [first, second] = [await open(), await open({ schema: 'second' })]
      await first.reserve(payment('a'))
      expect((await second.reserve(payment('a'))).kind).toBe('granted')
    })

    test('behavior: without a clock, leases are of the database time', async () => {
      const ledger = await openPostgresLedger({ connectionString })
      onTestFinished(() => ledger.close())
      const [before] = await ask('SELECT floor(extract(epoch FROM clock_timestamp()))::bigint AS now')
      const reserved = await ledger.reserve(payment('a', { leaseSeconds: 60n }))
      const [after] = await ask('SELECT floor(extract(epoch FROM clock_timestamp()))::bigint AS now')
      if (reserved.kind !== 'granted') throw new Error(reserved.kind)
      expect(reserved.leaseUntil).toBeGreaterThanOrEqual(BigInt(String(before?.['now'])) + 60n)
      expect(reserved.leaseUntil).toBeLessThanOrEqual(BigInt(String(after?.['now'])) + 60n)
    })

    test('error: a schema of a later version', async () => {
      await open({ schema: 'later' })
      await cluster.run('UPDATE later.schema_version SET version = 999')
      await expect(open({ schema: 'later' })).rejects.toMatchObject({ code: 'SCHEMA_TOO_NEW' })
    })

    test('error: a server that may lose what it acknowledged', async () => {
      await cluster.run('ALTER SYSTEM SET fsync = off')
      await cluster.run('SELECT pg_reload_conf()')
      try {
        await expect
          .poll(
            () =>
              open().then(
                () => 'opened',
                (error: unknown) => String(error),
              ),
            { timeout: 5_000 },
          )
          .toContain('fsync=off')
      } finally {
        await cluster.run('ALTER SYSTEM RESET fsync')
        await cluster.run('SELECT pg_reload_conf()')
      }
    })

    test('error: nobody there, no such database, a bad schema name, a bad connection string', async () => {
      await expect(open({ connectionString: 'postgres://postgres@127.0.0.1:1/x' })).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
      })
      await expect(
        open({ connectionString: `postgres://postgres@127.0.0.1:${cluster.port}/nothing` }),
      ).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
      await expect(open({ schema: 'a"; DROP TABLE payment' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      await expect(open({ connectionString: 'mysql://x' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    })
  })

  describe('least privilege', () => {
    test('default: a role with the documented rights serves and relays, and can neither erase nor define', async () => {
      await cluster.run(`DROP ROLE IF EXISTS og_app`)
      await cluster.run(`CREATE ROLE og_app LOGIN;
        GRANT USAGE ON SCHEMA og_ledger TO og_app;
        GRANT SELECT ON ALL TABLES IN SCHEMA og_ledger TO og_app;
        GRANT INSERT ON ALL TABLES IN SCHEMA og_ledger TO og_app;
        REVOKE INSERT ON og_ledger.schema_version FROM og_app;
        GRANT UPDATE ON og_ledger.payment, og_ledger.payment_attempt, og_ledger.exposure, og_ledger.log,
          og_ledger.log_checkpoint, og_ledger.intent, og_ledger.lane, og_ledger.relay_job, og_ledger.relay_attempt TO og_app;
        GRANT DELETE ON og_ledger.answer, og_ledger.payment, og_ledger.payment_attempt TO og_app`)
      const application = `postgres://og_app@127.0.0.1:${cluster.port}/postgres`
      const ledger = await open({ connectionString: application, answerMaxAgeSeconds: 0n })
      await ledger.reserve(payment('a'))
      await ledger.finish(result('a', 1))
      expect((await ledger.reserve(payment('b', { exposureLimit: 1n }))).kind).toBe('exhausted')
      await ledger.sealBatch(LOG_ID)
      await ledger.attachCheckpointSignature({
        logId: LOG_ID,
        seq: 1n,
        uri: '',
        signature: '0x01',
        intent: { dedupeKey: hash('c'), body: '' },
      })
      await ledger.markCheckpointAnchored({ logId: LOG_ID, seq: 1n, transaction: hash('t'), blockNumber: 1n })
      for (const { id } of await ledger.claimIntents({ limit: 9, leaseSeconds: 9n }))
        await ledger.completeIntent(id, { result: '' })
      const lane = { chainId: 1n, address: payment('a').payTo }
      await ledger.openLane({ ...lane, chainNonce: 0 })
      const jobId = await ledger.submitJob({ chainId: 1n, dedupeKey: hash('j'), to: payment('a').asset, data: '0x' })
      const attempt = { hash: hash('tx'), raw: '0x02', gas: 1n, maxFeePerGas: 1n, maxPriorityFeePerGas: 1n } as const
      expect(await ledger.allocate({ ...lane, nonce: 0, jobIds: [jobId], attempt })).toBe(true)
      await ledger.markSent({ hash: attempt.hash, error: null })
      expect(await ledger.finalize({ ...lane, nonce: 0, hash: attempt.hash, blockNumber: 1n, status: 'success' })).toBe(
        true,
      )
      expect(await ledger.sweep()).toMatchObject({ answersErased: 1 })
      await ledger.reserve(payment('given back'))
      await ledger.release({ paymentHash: payment('given back').paymentHash, attempt: 1, reason: '' })
      expect(await ledger.forgetReleased({ expiredBefore: START + 601n, limit: 9 })).toBe(1)

      const client = new Client({ connectionString: application })
      await client.connect()
      onTestFinished(() => client.end())
      for (const sql of [
        'DELETE FROM og_ledger.leaf',
        'DELETE FROM og_ledger.receipt',
        "UPDATE og_ledger.leaf SET digest = ''",
        "UPDATE og_ledger.receipt SET receipt_json = ''",
        'UPDATE og_ledger.schema_version SET version = 2',
        'CREATE TABLE og_ledger.more (a int)',
        'DROP TABLE og_ledger.leaf',
      ])
        await expect(client.query(sql), sql).rejects.toMatchObject({ code: '42501' })
      // What has a receipt holds its attempt and its payment.
      for (const table of ['payment', 'payment_attempt'])
        await expect(client.query(`DELETE FROM og_ledger.${table}`)).rejects.toMatchObject({ code: '23503' })
      await expect(open({ connectionString: application, schema: 'elsewhere' })).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining('let the owner migrate'),
      })
    })
  })

  describe('trouble', () => {
    test('behavior: amounts are numeric(78,0), unrounded', async () => {
      const ledger = await open()
      const authorized = (1n << 256n) - 1n
      await ledger.reserve(payment('a', { authorized }))
      expect(await ask('SELECT authorized::text, pg_typeof(authorized)::text AS type FROM og_ledger.payment')).toEqual([
        { authorized: authorized.toString(), type: 'numeric' },
      ])
    })

    test('error: a database that is too slow is unavailable, and nothing was kept', async () => {
      const ledger = await open({ statementTimeoutMs: 300 })
      const blocker = new Client({ connectionString })
      await blocker.connect()
      onTestFinished(() => blocker.end())
      await blocker.query('BEGIN; LOCK TABLE og_ledger.payment IN ACCESS EXCLUSIVE MODE')
      await expect(ledger.reserve(payment('a'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
      await blocker.query('ROLLBACK')
      expect(await ledger.reserve(payment('a'))).toMatchObject({ kind: 'granted', attempt: 1 })
    })

    test.skipIf(process.platform !== 'linux')(
      'error: no space for a table to grow: nothing is kept; with space again it goes on, without a restart',
      async () => {
        const ledger = await open()
        const [postmaster = ''] = readFileSync(join(cluster.dataFolder, 'postmaster.pid'), 'utf8').split('\n')
        // Its own user may change its limits, and root may be anybody.
        const { uid, gid } = statSync(cluster.dataFolder)
        const limitFiles = (most: string): void => {
          const children = execFileSync('ps', ['-o', 'pid=', '--ppid', postmaster], { encoding: 'utf8' })
          for (const pid of [postmaster, ...children.split('\n')].map((text) => text.trim()))
            if (pid !== '')
              execFileSync('prlimit', ['--pid', pid, `--fsize=${most}:`], process.getuid?.() === 0 ? { uid, gid } : {})
        }
        // Room for a segment of the write-ahead log, not for a table of answers.
        limitFiles('17000000')
        onTestFinished(() => limitFiles('unlimited'))
        const serve = async (name: string): Promise<unknown> => {
          await ledger.reserve(payment(name))
          return ledger.finish(result(name, 1, { answer: new Uint8Array(randomBytes(4_000_000)) }))
        }
        let served = 0
        const failure = await (async () => {
          for (; served < 8; served += 1) await serve(`big ${served}`)
        })().catch((error: unknown) => error)
        expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE' })
        expect(served).toBeGreaterThan(0)
        const late = `big ${served}`
        expect(await ledger.lookup(payment(late).paymentHash)).toMatchObject({ state: 'reserved', receipt: null })
        expect(await ledger.logSize(LOG_ID)).toBe(served)
        limitFiles('unlimited')
        expect(await ledger.finish(result(late, 1, { answer: new Uint8Array(4_000_000) }))).toEqual({
          leafIndex: served,
        })
        expect((await ledger.sealBatch(LOG_ID))?.size).toBe(served + 1)
      },
    )

    test('behavior: a swept answer is in no table file once the space is given back; receipt and leaf stay', async () => {
      const clock = { now: START }
      const ledger = await open({ now: () => clock.now, answerMaxAgeSeconds: 3_600n })
      const ciphertext = new TextEncoder().encode('ciphertext of a. '.repeat(400))
      await ledger.reserve(payment('a'))
      await ledger.finish(result('a', 1, { answer: ciphertext }))
      const isStored = async (): Promise<boolean> => {
        await cluster.run('CHECKPOINT')
        const base = join(cluster.dataFolder, 'base')
        return readdirSync(base, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .some((entry) => readFileSync(join(entry.parentPath, entry.name)).includes('ciphertext of a'))
      }
      await cluster.run('ALTER TABLE og_ledger.answer ALTER COLUMN bytes SET STORAGE EXTERNAL')
      await ledger.reserve(payment('b'))
      await ledger.finish(result('b', 1, { answer: ciphertext }))
      expect(await isStored()).toBe(true)
      clock.now += 3_599n
      expect(await ledger.sweep()).toMatchObject({ answersErased: 0 })
      expect((await ledger.lookup(payment('a').paymentHash))?.answer).toEqual(ciphertext)
      clock.now += 1n
      expect(await ledger.sweep()).toMatchObject({ answersErased: 2 })
      await cluster.run('VACUUM FULL og_ledger.answer')
      expect(await isStored()).toBe(false)
      const record = await ledger.lookup(payment('a').paymentHash)
      expect(record).toMatchObject({ state: 'finished', answer: null, receipt: { digest: hash('a receipt 1') } })
      expect(await ledger.leaves(LOG_ID, 0, 9)).toEqual([hash('a receipt 1'), hash('b receipt 1')])
    })

    test('behavior: connections that the server ends are replaced unnoticed', async () => {
      const ledger = await open()
      await Promise.all(['a', 'b', 'c', 'd'].map((name) => ledger.reserve(payment(name))))
      await cluster.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'og-ledger' AND state = 'idle'",
      )
      const again = await Promise.all(['a', 'b', 'c', 'd'].map((name) => ledger.reserve(payment(name))))
      expect(again.map(({ kind }) => kind)).toEqual(['running', 'running', 'running', 'running'])
    })

    test('error: a crashed server is unavailable; after its return everything acknowledged is there, without a hand', async () => {
      const ledger = await open({ connectTimeoutMs: 3_000 })
      await ledger.reserve(payment('a'))
      await ledger.finish(result('a', 1))
      await ledger.reserve(payment('b'))
      await cluster.halt('crash')
      await expect(ledger.reserve(payment('c'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
      await expect(ledger.lookup(payment('a').paymentHash)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
      await cluster.start()
      expect((await ledger.reserve(payment('a'))).kind).toBe('finished')
      expect((await ledger.reserve(payment('b'))).kind).toBe('running')
      expect(await ledger.reserve(payment('c'))).toMatchObject({ kind: 'granted', attempt: 1 })
      expect(await ledger.logSize(LOG_ID)).toBe(1)
    })

    test('behavior: a lost race runs again as a whole, and counts once', async () => {
      const codes = ['40001', '40P01', '23505']
      const ledger = await open({
        onStep: (step) => {
          const code = step === 'finish:applied' ? codes.pop() : undefined
          if (code !== undefined) throw Object.assign(new Error('lost'), { code })
        },
      })
      await ledger.reserve(payment('a'))
      expect(await ledger.finish(result('a', 1))).toEqual({ leafIndex: 0 })
      expect(codes).toEqual([])
      expect(await ledger.logSize(LOG_ID)).toBe(1)
      expect((await ledger.lookup(payment('a').paymentHash))?.intents).toHaveLength(2)
    })

    test('error: a connection that breaks while the commit is on its way; the repeated call finds what happened', async () => {
      let isArmed = false
      const proxy = createServer((near) => {
        const far = connectSocket(cluster.port, '127.0.0.1')
        let isCut = false
        near.on('data', (bytes) => {
          if (isArmed && bytes.includes('COMMIT\0')) {
            isArmed = false
            isCut = true
          }
          far.write(bytes)
        })
        // The server has done it and says so; nobody hears it.
        far.on('data', (bytes) => (isCut ? near.destroy() : near.write(bytes)))
        near.on('error', () => {}).on('close', () => far.destroy())
        far.on('error', () => {}).on('close', () => near.destroy())
      })
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
      onTestFinished(() => {
        proxy.close()
      })
      const address = proxy.address()
      const port = typeof address === 'object' ? address?.port : 0
      const ledger = await open({ connectionString: `postgres://postgres@127.0.0.1:${port}/postgres` })
      await ledger.reserve(payment('a'))
      isArmed = true
      await expect(ledger.finish(result('a', 1))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
      expect(await ledger.finish(result('a', 1))).toEqual({ leafIndex: 0 })
      expect(await ledger.logSize(LOG_ID)).toBe(1)
    })

    test('behavior: an operation that breaks off leaves nothing', async () => {
      let isBroken = false
      const ledger = await open({
        onStep: (step) => {
          if (isBroken && step === 'finish:leaf') throw new Error('broken')
        },
      })
      await ledger.reserve(payment('a'))
      isBroken = true
      await expect(ledger.finish(result('a', 1))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
      isBroken = false
      expect(await ledger.logSize(LOG_ID)).toBe(0)
      expect(await ledger.finish(result('a', 1))).toEqual({ leafIndex: 0 })
    })

    test('behavior: a worker that hangs inside finish fences nobody for ever', async () => {
      const ledger = await open()
      await ledger.reserve(payment('a'))
      const hanging = await open({ onStep: () => {} })
      const other = new Client({ connectionString })
      await other.connect()
      onTestFinished(() => other.end())
      // What a stopped process would hold: the payment's row, in a transaction that goes nowhere.
      await other.query(
        `BEGIN; SET LOCAL idle_in_transaction_session_timeout = 300;
         SELECT * FROM og_ledger.payment WHERE payment_hash = '${payment('a').paymentHash}' FOR UPDATE`,
      )
      other.on('error', () => {})
      await pause(50)
      expect(await hanging.finish(result('a', 1))).toEqual({ leafIndex: 0 })
    })

    test.each([
      ['finish:intents', false],
      ['finish:leaf', false],
      ['finish:committed', true],
    ])('behavior: SIGKILL at %s: everything of it or nothing', async (killAt, isThere) => {
      const program = spawnProgram(new URL('./programs/serve-payments.ts', import.meta.url), {
        connectionString,
        killAt,
        names: ['a'],
      })
      expect(await program.ended).toMatchObject({ signal: 'SIGKILL', errors: '', lines: ['open', 'reserved a'] })
      const ledger = await open()
      // The server notices on its own time that the client is gone.
      await expect.poll(async () => (await ledger.reserve(payment('a'))).kind).toBe(isThere ? 'finished' : 'running')
      const record = await ledger.lookup(payment('a').paymentHash)
      expect([
        record?.receipt !== null,
        record?.answer !== null,
        record?.intents.length === 2,
        (await ledger.logSize(LOG_ID)) === 1,
        (await ledger.lookupDigest(result('a', 1).receiptDigest)) !== null,
      ]).toEqual(Array.from({ length: 5 }, () => isThere))
      if (isThere) return
      const later = await open({ now: () => START + 60n })
      expect(await later.reserve(payment('a'))).toMatchObject({ kind: 'granted', attempt: 2 })
      await expect(later.finish(result('a', 1))).rejects.toMatchObject({ code: 'FENCED' })
      expect(await later.finish(result('a', 2))).toEqual({ leafIndex: 0 })
    })
  })
}

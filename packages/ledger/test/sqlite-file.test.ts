import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { encodeAmount } from '../src/engine/row.js'
import type { Ledger } from '../src/ledger.js'
import { openLedger } from '../src/sqlite/open-ledger.js'
import { MIGRATIONS, SCHEMA_VERSION } from '../src/sqlite/schema.js'
import { hash, LOG_ID, payment, result, START } from './conformance/fixtures.js'
import { checkDeadlinesAndTurns, jobsWithMixedDeadlines } from './deadlines-and-turns.js'
import { checkVersion1, rowsOfVersion1 } from './first-version.js'
import { spawnProgram } from './programs/spawn-program.js'
import { checkVersion7, rowsOfVersion7 } from './seventh-version.js'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'og-ledger-file-'))
  path = join(folder, 'ledger.db')
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
})

async function within(use: (ledger: Ledger) => Promise<void>): Promise<void> {
  const ledger = openLedger({ path, now: () => START, answerMaxAgeSeconds: 0n })
  try {
    await use(ledger)
  } finally {
    await ledger.close()
  }
}

/** Changes a closed file behind the ledger's back. */
function tamper(sql: string): void {
  const database = new Database(path)
  database.exec(sql)
  database.close()
}

async function serve(ledger: Ledger, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await ledger.reserve(payment(name))
    await ledger.finish(result(name, 1, { answer: new TextEncoder().encode(`answer of ${name}, `.repeat(50)) }))
  }
}

describe('file', () => {
  test('behavior: a file of the first version is brought up to date with what it holds', async () => {
    const [first = ''] = MIGRATIONS
    tamper(
      `CREATE TABLE schema_version (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL) STRICT;
       INSERT INTO schema_version VALUES (1, 1); ${first}; ${rowsOfVersion1(`'${encodeAmount(10n)}'`, '0x02')}`,
    )
    await within(async (ledger) => {
      await checkVersion1(ledger)
    })
    const database = new Database(path)
    onTestFinished(() => {
      database.close()
    })
    expect(database.prepare('SELECT version FROM schema_version').all([])).toEqual([{ version: SCHEMA_VERSION }])
    expect(database.prepare('PRAGMA foreign_key_check').all([])).toEqual([])
    expect(database.prepare('PRAGMA integrity_check').all([])).toEqual([{ integrity_check: 'ok' }])
  })

  test('behavior: a file of the fifth version keeps the turns of its jobs, and what was a deadline', async () => {
    tamper(
      `CREATE TABLE schema_version (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL) STRICT;
       INSERT INTO schema_version VALUES (1, 5); ${MIGRATIONS.slice(0, 5).join(';')};
       ${jobsWithMixedDeadlines((value) => `'${encodeAmount(value)}'`)}`,
    )
    await within(checkDeadlinesAndTurns)
  })

  test('behavior: a file of the second version keeps its payments, receipts, leaves and answers', async () => {
    const [first = '', second = ''] = MIGRATIONS
    const name = (word: string) => `'${hash(word)}'`
    const amount = (value: bigint) => `'${encodeAmount(value)}'`
    const { asset, payer, payTo, nonceContract } = payment('old')
    const [token, from, to, contract] = [asset, payer, payTo, nonceContract].map((value) => `'${value.toLowerCase()}'`)
    tamper(
      `CREATE TABLE schema_version (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL) STRICT;
       INSERT INTO schema_version VALUES (1, 2); ${first}; ${second};
       INSERT INTO payment VALUES (${name('old')}, 84532, ${contract}, ${from}, ${name('n')}, ${name('q')}, 'exact',
         'eip155:84532', ${token}, ${to}, ${amount(10n)}, ${amount(99n)}, 'TEE', 'SETTLE', '{}', 'finished', 1, NULL,
         ${amount(7n)}, 'pending', 5);
       INSERT INTO payment_attempt VALUES (${name('old')}, 1, ${name('a')}, ${name('b')}, ${name('c')}, ${name('d')}, NULL, NULL, 5, 6);
       INSERT INTO exposure VALUES (84532, ${token}, ${from}, ${amount(7n)});
       INSERT INTO log VALUES ('${LOG_ID}', 1);
       INSERT INTO leaf VALUES ('${LOG_ID}', 0, ${name('digest')}, 6);
       INSERT INTO receipt VALUES (${name('digest')}, ${name('old')}, 1, '${LOG_ID}', 0, '{}', '{}', '0x01', ${amount(7n)}, 0, 6);
       INSERT INTO answer VALUES (${name('digest')}, x'0102', 6);
       INSERT INTO intent (kind, dedupe_key, body, state, payment_hash, attempt, deadline, run_at, claim, created_at)
         VALUES ('payment', ${name('old')}, '', 'queued', ${name('old')}, 1, ${amount(99n)}, 6, 0, 6)`,
    )
    await within(async (ledger) => {
      expect(await ledger.lookupDigest(hash('digest'))).toMatchObject({
        nonce: hash('n'),
        authorized: 10n,
        money: 'pending',
        salts: { request: hash('a'), terms: hash('d') },
        receipt: { leafIndex: 0, charged: 7n },
        answer: Uint8Array.of(1, 2),
        intents: [{ kind: 'payment', state: 'queued' }],
      })
      expect(await ledger.exposure({ chainId: 84_532n, asset, payer })).toBe(7n)
      await serve(ledger, 'new')
      expect(await ledger.sealBatch(LOG_ID)).toMatchObject({ size: 2 })
    })
    const database = new Database(path)
    onTestFinished(() => {
      database.close()
    })
    expect(database.prepare('PRAGMA foreign_key_check').all([])).toEqual([])
    expect(database.prepare('PRAGMA integrity_check').all([])).toEqual([{ integrity_check: 'ok' }])
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE '%\\_3%' ESCAPE '\\'")
      .all([])
    expect(tables).toEqual([])
  })

  test('behavior: a file of the seventh version keeps payments, payloads and what they owe, and goes on with them', async () => {
    tamper(
      `CREATE TABLE schema_version (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL) STRICT;
       INSERT INTO schema_version VALUES (1, 7); ${MIGRATIONS.slice(0, 7).join(';')}; ${rowsOfVersion7()}`,
    )
    await within(checkVersion7)
    const database = new Database(path)
    onTestFinished(() => {
      database.close()
    })
    expect(database.prepare('PRAGMA foreign_key_check').all([])).toEqual([])
    expect(database.prepare('PRAGMA integrity_check').all([])).toEqual([{ integrity_check: 'ok' }])
    expect(database.prepare("SELECT name FROM sqlite_schema WHERE sql LIKE '%\\_8%' ESCAPE '\\'").all([])).toEqual([])
  })

  test.each([
    "INSERT INTO payment (state, money, outstanding) VALUES ('reserved', 'none', ?) ON CONFLICT DO NOTHING",
    "UPDATE payment SET state = 'finished', money = 'pending', lease_until = NULL, outstanding = ? WHERE id = ?",
    "INSERT INTO intent (kind, state, quotes, body_tail) VALUES (?, 'queued', ?, ?)",
    "UPDATE intent SET state = 'done', lease_until = NULL WHERE id = ?",
    "INSERT INTO relay_job (state, dedupe_key) VALUES ('queued', ?)",
    "UPDATE relay_job SET state = 'final' WHERE id = ?",
  ])('behavior: no check builds a table of its own at each write: %s', async (sql) => {
    await within(async () => {})
    const database = new Database(path)
    const steps = database.prepare(`EXPLAIN ${sql}`).all(Array.from(sql.matchAll(/\?/g), () => null)) as readonly {
      readonly opcode: string
    }[]
    database.close()
    const opcodes = steps.map(({ opcode }) => opcode)
    expect(opcodes).toContain('Insert')
    expect(opcodes).not.toContain('OpenEphemeral')
  })

  test('default: one plain file after closing', async () => {
    await within((ledger) => serve(ledger, 'a'))
    expect(await readdir(folder)).toEqual(['ledger.db'])
  })

  test('behavior: a swept answer is in no byte of the files', async () => {
    await within(async (ledger) => {
      await serve(ledger, 'a', 'b')
      const contents = async () =>
        (await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file))))).map((bytes) =>
          bytes.includes('answer of a'),
        )
      expect(await contents()).toContain(true)
      expect(await ledger.sweep()).toMatchObject({ answersErased: 2 })
      expect(await contents()).not.toContain(true)
    })
  })

  // Limits of another process can be changed on Linux only.
  test.skipIf(process.platform !== 'linux')(
    'error: a full disk: refused and nothing kept, reads go on; with space it goes on by itself',
    async () => {
      const program = spawnProgram(
        new URL('./programs/fill-disk.ts', import.meta.url),
        { path },
        { fileKilobytes: 400 },
      )
      onTestFinished(() => {
        program.child.kill('SIGKILL')
      })
      await program.said('tried')
      // Space again: the limit of the running process is lifted from outside.
      execFileSync('prlimit', ['--pid', `${program.child.pid}`, '--fsize=unlimited:unlimited'])
      program.child.stdin?.end()
      const end = await program.ended
      expect(end).toMatchObject({ code: 0, errors: '' })
      const lines = end.lines.slice(end.lines.indexOf('full STORE_UNAVAILABLE'))
      expect(lines).toEqual(['full STORE_UNAVAILABLE', 'reads', 'refused 8 of 8, none there', 'tried', 'served again'])
      await within(async (ledger) => {
        const size = await ledger.logSize(LOG_ID)
        expect(size).toBeGreaterThan(1)
        expect((await ledger.sealBatch(LOG_ID))?.size).toBe(size)
        expect((await ledger.lookup(payment('after').paymentHash))?.state).toBe('finished')
      })
    },
  )

  test('error: a schema of a later version', async () => {
    await within((ledger) => serve(ledger, 'a'))
    tamper('UPDATE schema_version SET version = 999')
    expect(() => openLedger({ path })).toThrowError(expect.objectContaining({ code: 'SCHEMA_TOO_NEW' }))
    tamper(`UPDATE schema_version SET version = ${SCHEMA_VERSION}`)
    await within(async (ledger) => expect(await ledger.logSize(LOG_ID)).toBe(1))
  })

  test('behavior: amounts are text of fixed width', async () => {
    await within(async (ledger) => {
      await ledger.reserve(payment('a', { authorized: (1n << 256n) - 1n }))
    })
    const database = new Database(path)
    const rows = database.prepare('SELECT authorized, valid_before FROM payment').all([])
    database.close()
    expect(rows).toMatchObject([
      { authorized: ((1n << 256n) - 1n).toString(), valid_before: `${START + 600n}`.padStart(78, '0') },
    ])
  })
})

describe('sealBatch against a changed file', () => {
  async function anchorFirst(ledger: Ledger): Promise<void> {
    await ledger.sealBatch(LOG_ID)
    await ledger.attachCheckpointSignature({
      logId: LOG_ID,
      seq: 1n,
      uri: '',
      signature: '0x01',
      intent: { dedupeKey: hash('c'), body: '' },
    })
    await ledger.markCheckpointAnchored({ logId: LOG_ID, seq: 1n, transaction: hash('tx'), blockNumber: 1n })
  }

  test.each([
    ['a flipped leaf', `UPDATE leaf SET digest = '${hash('forged')}' WHERE leaf_index = 1`],
    [
      'a leaf and its receipt changed together',
      `PRAGMA foreign_keys=OFF; DELETE FROM answer; UPDATE leaf SET digest = '${hash('forged')}' WHERE leaf_index = 1; UPDATE receipt SET digest = '${hash('forged')}' WHERE leaf_index = 1`,
    ],
    ['a missing leaf', 'PRAGMA foreign_keys=OFF; DELETE FROM leaf WHERE leaf_index = 1'],
    ['an invented leaf', `INSERT INTO leaf VALUES ('${LOG_ID}', 3, '${hash('forged')}', 1); UPDATE log SET size = 4`],
  ])('error: %s stops the sealing', async (_, sql) => {
    await within(async (ledger) => {
      await serve(ledger, 'a', 'b')
      await anchorFirst(ledger)
      await serve(ledger, 'c')
    })
    tamper(sql)
    await within(async (ledger) => {
      await expect(ledger.sealBatch(LOG_ID)).rejects.toMatchObject({ code: 'LOG_CORRUPT' })
      expect(await ledger.checkpoints(LOG_ID)).toHaveLength(1)
    })
  })
})

describe('step hook', () => {
  test('behavior: an operation that breaks off leaves nothing, and the others of its group stand', async () => {
    let isBroken = false
    const ledger = openLedger({
      path,
      onStep: (step) => {
        if (isBroken && step === 'finish:receipt') throw new Error('broken')
      },
    })
    onTestFinished(() => ledger.close())
    await ledger.reserve(payment('a'))
    isBroken = true
    const [finished, reserved] = await Promise.allSettled([ledger.finish(result('a', 1)), ledger.reserve(payment('b'))])
    expect(finished).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } })
    expect(reserved).toMatchObject({ status: 'fulfilled', value: { kind: 'granted' } })
    expect(await ledger.logSize(LOG_ID)).toBe(0)
    expect((await ledger.lookup(payment('a').paymentHash))?.state).toBe('reserved')
  })
})

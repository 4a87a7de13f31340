import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Ledger } from '../src/ledger.js'
import { openLedger } from '../src/sqlite/open-ledger.js'
import { LOG_ID, PAYER, payment, result, START, TOKEN } from './conformance/fixtures.js'
import { type ProgramEnd, spawnProgram } from './programs/spawn-program.js'

let path: string

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'og-ledger-crash-'))
  path = join(folder, 'ledger.db')
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
})

async function reopened<T>(use: (ledger: Ledger) => Promise<T>, now = START): Promise<T> {
  const ledger = openLedger({ path, now: () => now })
  try {
    return await use(ledger)
  } finally {
    await ledger.close()
  }
}

async function killedAt(killAt: string, names: readonly string[], parallel = false): Promise<ProgramEnd> {
  const end = await spawnProgram(new URL('./programs/serve-payments.ts', import.meta.url), {
    path,
    killAt,
    names,
    parallel,
  }).ended
  expect(end).toMatchObject({ signal: 'SIGKILL', errors: '' })
  return end
}

/** Everything that one finish writes, or nothing of it. */
async function traces(ledger: Ledger, name: string): Promise<readonly boolean[]> {
  const record = await ledger.lookup(payment(name).paymentHash)
  const leaves = await ledger.leaves(LOG_ID, 0, 1_000)
  const { receiptDigest } = result(name, 1)
  return [
    record?.state === 'finished',
    record?.money === 'pending',
    record?.receipt?.digest === receiptDigest,
    record?.answer !== null && record !== null,
    record?.intents.length === 2,
    leaves.includes(receiptDigest),
    (await ledger.lookupDigest(receiptDigest)) !== null,
  ]
}

describe('SIGKILL inside finish', () => {
  test.each(['finish:leaf', 'finish:receipt', 'finish:answer', 'finish:intents', 'finish:applied'])(
    'behavior: at %s nothing is there, and the same attempt is taken over after its lease',
    async (step) => {
      const end = await killedAt(step, ['a'])
      expect(end.lines).toEqual(['open', 'reserved a'])
      await reopened(async (ledger) => {
        expect(new Set(await traces(ledger, 'a'))).toEqual(new Set([false]))
        expect(await ledger.reserve(payment('a'))).toMatchObject({ kind: 'running', attempt: 1 })
        expect(await ledger.exposure({ chainId: 84_532n, asset: TOKEN, payer: PAYER })).toBe(1_000n)
      })
      await reopened(async (ledger) => {
        expect(await ledger.reserve(payment('a'))).toMatchObject({ kind: 'granted', attempt: 2 })
        await expect(ledger.finish(result('a', 1))).rejects.toMatchObject({ code: 'FENCED' })
        expect(await ledger.finish(result('a', 2))).toEqual({ leafIndex: 0 })
      }, START + 60n)
    },
  )

  test('behavior: after the commit everything is there, although nobody was told', async () => {
    const end = await killedAt('finish:committed', ['a'])
    expect(end.lines).toEqual(['open', 'reserved a'])
    await reopened(async (ledger) => {
      expect(new Set(await traces(ledger, 'a'))).toEqual(new Set([true]))
      expect((await ledger.reserve(payment('a'))).kind).toBe('finished')
      expect(await ledger.finish(result('a', 1))).toEqual({ leafIndex: 0 })
    })
  })
})

describe('SIGKILL inside reserve', () => {
  test.each(['reserve:payment', 'reserve:applied'])('behavior: at %s nothing is there', async (step) => {
    await killedAt(step, ['a'])
    await reopened(async (ledger) => {
      expect(await ledger.lookup(payment('a').paymentHash)).toBeNull()
      expect(await ledger.reserve(payment('a'))).toMatchObject({ kind: 'granted', attempt: 1 })
    })
  })

  test('behavior: after the commit the payment is taken', async () => {
    await killedAt('reserve:committed', ['a'])
    await reopened(async (ledger) => expect((await ledger.reserve(payment('a'))).kind).toBe('running'))
  })
})

describe('SIGKILL at random', () => {
  test('behavior: all that was acknowledged is there, the log has no hole, the sums agree', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `${['ok', 'fail', 'drop'][i % 3]}${i}`)
    for (const [killAt, parallel] of [
      ['finish:receipt#17', false],
      ['release:applied#9', true],
      ['finish:committed#31', true],
    ] as const) {
      const end = await killedAt(
        killAt,
        names.map((name) => `${name} ${killAt}`),
        parallel,
      )
      const acknowledged = end.lines
        .filter((line) => line.startsWith('ended '))
        .map((line) => line.slice('ended '.length))
      await reopened(async (ledger) => {
        for (const name of acknowledged) {
          const record = await ledger.lookup(payment(name).paymentHash)
          expect(record?.state).toBe(name.startsWith('drop') ? 'released' : 'finished')
        }
        const size = await ledger.logSize(LOG_ID)
        const leaves = await ledger.leaves(LOG_ID, 0, size + 1)
        expect(leaves).toHaveLength(size)
        for (const [index, leaf] of leaves.entries())
          expect((await ledger.lookupDigest(leaf))?.receipt?.leafIndex).toBe(index)
        expect((await ledger.sealBatch(LOG_ID))?.size ?? size).toBeLessThanOrEqual(size)
      })
    }
  })
})

describe('lock', () => {
  test('error: a second process is refused with LEDGER_LOCKED, until the first is gone', async () => {
    const program = spawnProgram(new URL('./programs/serve-payments.ts', import.meta.url), {
      path,
      names: ['a'],
      hold: true,
    })
    onTestFinished(() => {
      program.child.kill('SIGKILL')
    })
    await program.said('ended a')
    expect(() => openLedger({ path })).toThrowError(expect.objectContaining({ code: 'LEDGER_LOCKED' }))
    program.child.kill('SIGKILL')
    await program.ended
    await reopened(async (ledger) => expect((await ledger.reserve(payment('a'))).kind).toBe('finished'))
  })

  test('error: the program that comes second ends with the reason', async () => {
    const ledger = openLedger({ path, now: () => START })
    onTestFinished(() => ledger.close())
    await ledger.reserve(payment('a'))
    const end = await spawnProgram(new URL('./programs/serve-payments.ts', import.meta.url), { path, names: ['b'] })
      .ended
    expect(end.code).toBe(1)
    expect(end.errors).toContain('LEDGER_LOCKED')
    expect(end.errors).toContain('is held by another process')
    expect((await ledger.reserve(payment('c'))).kind).toBe('granted')
  })

  test('error: a second ledger in the same process, too', async () => {
    const ledger = openLedger({ path })
    onTestFinished(() => ledger.close())
    expect(() => openLedger({ path })).toThrowError(expect.objectContaining({ code: 'LEDGER_LOCKED' }))
  })

  test('error: a file that is no ledger, and a folder that is not there', async () => {
    await writeFile(path, 'this is no database, however long one makes it: '.repeat(40))
    expect(() => openLedger({ path })).toThrowError(expect.objectContaining({ code: 'STORE_UNAVAILABLE' }))
    expect(() => openLedger({ path: join(path, 'no', 'ledger.db') })).toThrowError(
      expect.objectContaining({ code: 'STORE_UNAVAILABLE' }),
    )
  })
})

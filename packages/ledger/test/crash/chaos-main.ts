import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openPostgresLedger } from '../../src/postgres/open-postgres-ledger.js'
import { openLedger } from '../../src/sqlite/open-ledger.js'
import { startCluster } from '../postgres-cluster.js'
import { startTestChain } from '../test-chain.js'
import { type ChaosEngine, playEngine } from './chaos-engine.js'
import { createDice } from './dice.js'
import { startFaultyRpc } from './faulty-rpc.js'
import { roughen } from './rough-chain.js'

// Hundreds of processes die on both engines, in front of a bad node and a rough chain; then the books are compared.

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '500' },
    seed: { type: 'string', default: `${Math.floor(Date.now() / 1000)}` },
    minutes: { type: 'string', default: '30' },
  },
})
const [kills, seed, minutes] = [Number(values.kills), Number(values.seed), Number(values.minutes)]
if (![kills, seed, minutes].every((value) => Number.isSafeInteger(value) && value >= 1)) {
  process.stderr.write('usage: chaos [--kills 500] [--seed N] [--minutes 30]\n')
  process.exit(2)
}
const say = (line: string): void => {
  process.stderr.write(`chaos: ${line}\n`)
}

const SQLITE_LEDGERS = 3

const started = Date.now()
const dice = createDice(seed)
const folder = mkdtempSync(join(tmpdir(), 'og-chaos-'))
const cluster = await startCluster()
const chain = await startTestChain({ blockTimeSeconds: 0.25 })
const rpc = await startFaultyRpc({ target: chain.chain.rpcUrl, dice: dice.fork() })
const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())
const timer = setTimeout(() => stop.abort(), minutes * 60_000)
const calm = new AbortController()

try {
  if ('skipped' in cluster) throw new Error(cluster.skipped)
  const { connectionString } = cluster
  await (await openPostgresLedger({ connectionString })).close()
  const half = Math.ceil(kills / 2)
  const engines: readonly ChaosEngine[] = [
    // A SQLite ledger has one process, so that several of them die side by side.
    ...Array.from({ length: SQLITE_LEDGERS }, (_, index): ChaosEngine => {
      const path = join(folder, `${index}.db`)
      return {
        name: `sqlite ${index + 1}`,
        kind: 'sqlite',
        location: { path },
        openLedger: async () => openLedger({ path }),
        account: 2 + 2 * index,
        kills: Math.ceil(half / SQLITE_LEDGERS),
        slots: [['gateway', 'worker']],
      }
    }),
    {
      name: 'postgres',
      kind: 'postgres',
      location: { connectionString },
      openLedger: () => openPostgresLedger({ connectionString }),
      account: 0,
      kills: half,
      slots: [['gateway'], ['gateway'], ['worker'], ['worker']],
    },
  ]
  say(`seed ${seed}, at least ${kills} kills, at most ${minutes} minutes, PostgreSQL from ${cluster.origin}`)
  const names: string[] = []
  const rough = roughen(chain, {
    dice: dice.fork(),
    signal: AbortSignal.any([calm.signal, stop.signal]),
    names: () => names,
  })
  // The trouble from outside ends when the last engine has had its deaths.
  const waiting = new Set(engines.map(({ name }) => name))
  const everyone = withResolvers()
  const healed = async (name: string): Promise<void> => {
    waiting.delete(name)
    if (waiting.size === 0) {
      calm.abort()
      await rough
      rpc.heal()
      everyone.resolve()
    }
    await everyone.promise
  }
  const results = await Promise.all(
    engines.map((engine) =>
      playEngine(engine, {
        chain,
        rpcUrl: rpc.url,
        dice: dice.fork(),
        names,
        signal: stop.signal,
        healed,
        say,
      }),
    ),
  )
  const troubles = { ...rpc.counts, ...(await rough) }
  const total = results.reduce((sum, result) => sum + result.kills, 0)
  const violations = results.flatMap((result) => result.violations)
  const many = (...rules: readonly string[]): number => violations.filter(({ rule }) => rules.includes(rule)).length
  const summary = {
    seed,
    seconds: Math.round((Date.now() - started) / 1000),
    kills: total,
    troubles,
    ledgers: results,
    duplicates: many('SETTLED_ONCE', 'GRANTED_ONCE', 'CHARGED_ONCE', 'FAILED_WITHOUT_EFFECT'),
    lost: many('EVERY_PAYMENT_FINISHED', 'EVERY_RECEIPT_A_LEAF', 'EVERY_RECEIPT_HAS_ITS_INTENTS', 'NOTHING_OPEN'),
  }
  process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`)
  const enough = total >= kills && !stop.signal.aborted
  say(
    `${total} kills in ${summary.seconds} s; ${summary.duplicates} duplicates, ${summary.lost} lost, ${violations.length} violations`,
  )
  if (!enough) say('it ended before enough had died')
  process.exitCode = enough && violations.length === 0 ? 0 : 1
} finally {
  clearTimeout(timer)
  calm.abort()
  await rpc.close()
  await chain.chain.stop()
  if (!('skipped' in cluster)) await cluster.dispose()
  rmSync(folder, { recursive: true, force: true })
}

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

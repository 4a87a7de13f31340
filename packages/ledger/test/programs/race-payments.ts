import { existsSync, writeSync } from 'node:fs'
import { openPostgresLedger } from '../../src/postgres/open-postgres-ledger.js'
import { hash, payment, result, salts } from '../conformance/fixtures.js'

// One of several processes that want the same things at the same moment; says what it got.
interface Parameters {
  readonly connectionString: string
  readonly worker: number
  /** The race starts when this file is there. */
  readonly gate: string
  readonly uses: number
  readonly names: readonly string[]
}

const parameters: Parameters = JSON.parse(process.argv[2] ?? '{}')
const { worker, uses, names } = parameters
const say = (what: string, value: unknown): void => {
  writeSync(1, `${what} ${JSON.stringify(value)}\n`)
}

const ledger = await openPostgresLedger({ connectionString: parameters.connectionString, maxConnections: 8 })
writeSync(1, 'ready\n')
while (!existsSync(parameters.gate)) await new Promise((resolve) => setTimeout(resolve, 5))

const ofOne = await Promise.all(
  Array.from({ length: uses }, (_, i) => ledger.reserve(payment('one', { salts: salts(`${worker} ${i}`) }))),
)
say(
  'one',
  ofOne.map(({ kind }) => kind),
)

const payer = `0x${'77'.repeat(20)}` as const
const ofBalance = await Promise.all(
  Array.from({ length: uses }, (_, i) =>
    ledger.reserve(payment(`balance ${worker} ${i}`, { payer, authorized: 100n, exposureLimit: 1_000n })),
  ),
)
say(
  'balance',
  ofBalance.map(({ kind }) => kind),
)

// Everyone serves whatever it is granted; leaves and intents must come out whole.
const served = await Promise.all(
  names.map(async (name) => {
    const reserved = await ledger.reserve(payment(name, { payer: `0x${hash(name).slice(2, 42)}` }))
    if (reserved.kind !== 'granted') return []
    await ledger.finish(result(name, reserved.attempt))
    return [name]
  }),
)
say('served', served.flat())

const claimed: number[] = []
for (let empty = 0; empty < 3; ) {
  const intents = await ledger.claimIntents({ kind: 'payment', limit: 3, leaseSeconds: 600n })
  empty = intents.length === 0 ? empty + 1 : 0
  for (const { id } of intents) {
    claimed.push(id)
    await ledger.completeIntent(id, { result: `${worker}` })
  }
}
say('claimed', claimed)
await ledger.close()

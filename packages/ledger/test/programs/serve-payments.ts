import { writeSync } from 'node:fs'
import { openPostgresLedger } from '../../src/postgres/open-postgres-ledger.js'
import { openLedger } from '../../src/sqlite/open-ledger.js'
import { failure, payment, result, START } from '../conformance/fixtures.js'
import { killSelf } from './kill-self.js'

// Reserves and finishes payments one after the other, saying what was acknowledged; dies at the named step.
interface Parameters {
  /** A SQLite file, or else a PostgreSQL. */
  readonly path?: string
  readonly connectionString?: string
  /** `step` or `step#n`: the n-th time it is reached. */
  readonly killAt?: string
  readonly names: readonly string[]
  readonly hold?: boolean
  readonly parallel?: boolean
}

const parameters: Parameters = JSON.parse(process.argv[2] ?? '{}')
const [killStep, count = '1'] = (parameters.killAt ?? '').split('#')
let left = Number(count)
const say = (line: string): void => {
  writeSync(1, `${line}\n`)
}

const options = {
  now: () => START,
  onStep: (step: string) => {
    if (step !== killStep) return
    left -= 1
    if (left === 0) killSelf()
  },
}
const ledger =
  parameters.connectionString === undefined
    ? openLedger({ ...options, path: parameters.path ?? '' })
    : await openPostgresLedger({ ...options, connectionString: parameters.connectionString })
say('open')

async function serve(name: string): Promise<void> {
  const reserved = await ledger.reserve(payment(name))
  if (reserved.kind !== 'granted') throw new Error(`not granted: ${reserved.kind}`)
  say(`reserved ${name}`)
  if (name.startsWith('fail')) await ledger.finish(failure(name, reserved.attempt))
  else if (name.startsWith('drop'))
    await ledger.release({ paymentHash: payment(name).paymentHash, attempt: reserved.attempt, reason: 'drop' })
  else await ledger.finish(result(name, reserved.attempt))
  say(`ended ${name}`)
}

if (parameters.parallel === true) await Promise.all(parameters.names.map(serve))
else for (const name of parameters.names) await serve(name)

if (parameters.hold === true) await new Promise((resolve) => setTimeout(resolve, 60_000))
await ledger.close()

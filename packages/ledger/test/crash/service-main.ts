import { writeSync } from 'node:fs'
import { openPostgresLedger } from '../../src/postgres/open-postgres-ledger.js'
import { openLedger } from '../../src/sqlite/open-ledger.js'
import { killSelf } from '../programs/kill-self.js'
import { armFailpoints, type Failpoint } from './failpoint.js'
import { createService, type ServiceOptions } from './service.js'

/** Parameters of the program. */
export interface ServiceParameters
  extends Pick<ServiceOptions, 'rpcUrl' | 'chainId' | 'keys' | 'upstreamUrl' | 'confirmations'> {
  /** A SQLite file, or else a PostgreSQL. */
  readonly path?: string
  readonly connectionString?: string
  readonly schema?: string
  readonly roles: readonly ('gateway' | 'worker')[]
  /** What the gateway serves, one after the other; a worker ends when they are settled, or on SIGTERM. */
  readonly names: readonly string[]
  readonly paceMs?: number
  /** So many of them at a time; default one. */
  readonly atOnce?: number
  readonly leaseSeconds?: number
  readonly hangMs?: number
  readonly replaceAfterSeconds?: number
  readonly failpoints?: readonly Failpoint[]
}

const parameters: ServiceParameters = JSON.parse(process.argv[2] ?? '{}')
const say = (line: string): void => {
  writeSync(1, `${line}\n`)
}
const steps = new Set<string>()
const step = armFailpoints(parameters.failpoints ?? [], {
  kill: killSelf,
  // The whole process stands still, as under SIGSTOP: timers, sockets and all.
  hang: () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, parameters.hangMs ?? 1_200)
  },
  seen: (name) => steps.add(name),
  happened: ({ step: name, action }) => say(`${action} ${name}`),
})
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
// Without the parent there is no reason to go on.
process.stdin.on('end', () => process.exit(9)).resume()

const leaseSeconds = BigInt(parameters.leaseSeconds ?? 1)
const ledger =
  parameters.connectionString === undefined
    ? openLedger({ path: parameters.path ?? '', onStep: step })
    : await openPostgresLedger({
        connectionString: parameters.connectionString,
        ...(parameters.schema === undefined ? {} : { schema: parameters.schema }),
        onStep: step,
        maxConnections: 3,
      })
const service = createService({
  ...parameters,
  replaceAfterSeconds: BigInt(parameters.replaceAfterSeconds ?? 4),
  ledger,
  leaseSeconds,
  step,
  say,
  signal: stop.signal,
})

say('ready')
const isGateway = parameters.roles.includes('gateway')
const working = parameters.roles.includes('worker') ? service.work() : Promise.resolve()
if (isGateway) {
  const left = [...parameters.names]
  const serveNext = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined && !stop.signal.aborted; name = left.shift()) {
      await service.serve(name)
      await new Promise((resolve) => setTimeout(resolve, parameters.paceMs ?? 0))
    }
  }
  await Promise.all(Array.from({ length: parameters.atOnce ?? 1 }, serveNext))
}
if (parameters.roles.includes('worker')) {
  while (!stop.signal.aborted) {
    if (isGateway && (await service.isSettled(parameters.names).catch(() => false))) break
    await new Promise((resolve) => setTimeout(resolve, 60))
  }
  stop.abort()
  await working
}
say(`steps ${[...steps].join(' ')}`)
await ledger.close()
process.exit(0)

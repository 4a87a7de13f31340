import { writeSync } from 'node:fs'
import { createPublicClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { Address, Hex } from '../../src/ledger.js'
import { openPostgresLedger } from '../../src/postgres/open-postgres-ledger.js'
import { createRelayer } from '../../src/relayer/create-relayer.js'
import { viemRelayerChain } from '../../src/relayer/viem-relayer-chain.js'
import { openLedger } from '../../src/sqlite/open-ledger.js'
import { hash } from '../conformance/fixtures.js'
import { killSelf } from './kill-self.js'

// Submits the named jobs and relays them with two lanes until all have ended; dies at the n-th time of a step.
interface Parameters {
  /** A SQLite file, or else a PostgreSQL. */
  readonly path?: string
  readonly connectionString?: string
  readonly rpcUrl: string
  readonly chainId: string
  readonly keys: readonly Hex[]
  readonly counter: Address
  readonly names: readonly string[]
  readonly killAt?: string
}

const parameters: Parameters = JSON.parse(process.argv[2] ?? '{}')
const [killStep, count = '1'] = (parameters.killAt ?? '').split('#')
let left = Number(count)
const reach = (step: string): void => {
  if (step !== killStep) return
  left -= 1
  if (left === 0) killSelf()
}

const ledger =
  parameters.connectionString === undefined
    ? openLedger({ path: parameters.path ?? '', onStep: reach })
    : await openPostgresLedger({ connectionString: parameters.connectionString, onStep: reach })
const client = createPublicClient({ transport: http(parameters.rpcUrl) })
const workers = parameters.keys.map((key) =>
  createRelayer({
    ledger,
    chain: viemRelayerChain(client, { chainId: BigInt(parameters.chainId) }),
    signer: privateKeyToAccount(key),
    confirmations: 2,
    maxInFlight: 3,
    rebroadcastSeconds: 0n,
    onStep: (step) => reach(`relayer:${step}`),
  }),
)
const [first] = workers
if (first === undefined) throw new Error('no key')
const ids = await Promise.all(
  parameters.names.map((name) => first.submit({ dedupeKey: hash(name), to: parameters.counter, data: hash(name) })),
)
for (;;) {
  await Promise.all(workers.map((worker) => worker.tick()))
  const jobs = await Promise.all(ids.map((id) => ledger.job(id)))
  if (jobs.every((job) => job?.state === 'final' || job?.state === 'failed')) break
}
await ledger.close()
writeSync(1, 'done\n')

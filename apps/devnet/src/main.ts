import { parseArgs } from 'node:util'
import { simulatedMeasurements } from '@og/gateway'
import { startDevnet } from './start-devnet.js'
import { startExplorer } from './start-explorer.js'
import { startIndexer } from './start-indexer.js'
import { upstreamsFromEnvironment } from './upstreams-from-environment.js'

/** The program: starts the network, says where everything is, runs until SIGINT or SIGTERM. */
const usage = `usage: npm run devnet -- [--json] [--port N] [--vanilla-port N] [--facilitator-port N] [--rpc-port N] [--explorer-port N]
                           [--no-explorer] [--indexer] [--indexer-port N] [--verbose]
--indexer starts the history over all nodes too (a few seconds and 300 MB more). Ports are free ones unless given. With --json, one JSON line on stdout says where everything is.
`

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  process.stderr.write(usage)
  process.exit(2)
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
        port: { type: 'string' },
        'vanilla-port': { type: 'string' },
        'facilitator-port': { type: 'string' },
        'rpc-port': { type: 'string' },
        'explorer-port': { type: 'string' },
        'indexer-port': { type: 'string' },
        'no-explorer': { type: 'boolean', default: false },
        indexer: { type: 'boolean', default: false },
      },
    })
  } catch {
    process.stderr.write(usage)
    process.exit(2)
  }
}

if (process.argv.includes('--help')) {
  process.stdout.write(usage)
  process.exit(0)
}
const { values } = readArguments()
const ports = {
  gateway: readPort(values.port),
  vanillaGateway: readPort(values['vanilla-port']),
  facilitator: readPort(values['facilitator-port']),
  chain: readPort(values['rpc-port']),
}
try {
  const devnet = await startDevnet({
    ports: Object.fromEntries(Object.entries(ports).filter(([, port]) => port !== undefined)),
    upstreams: upstreamsFromEnvironment(process.env),
    onLog: (line) => {
      if (values.verbose) process.stderr.write(`${line}\n`)
    },
  })
  const indexerPort = readPort(values['indexer-port'])
  const indexer = values.indexer
    ? await startIndexer(devnet, indexerPort === undefined ? {} : { port: indexerPort })
    : undefined
  const explorerPort = readPort(values['explorer-port'])
  const explorer = values['no-explorer']
    ? undefined
    : await startExplorer(devnet, {
        ...(explorerPort === undefined ? {} : { port: explorerPort }),
        ...(indexer === undefined ? {} : { indexer: indexer.url }),
      })
  const facts = {
    ...(explorer === undefined ? {} : { explorer: explorer.url }),
    ...(indexer === undefined ? {} : { indexer: indexer.url }),
    gateway: devnet.gateway.url(),
    vanillaGateway: devnet.vanillaGateway.url(),
    facilitator: devnet.facilitator,
    rpc: devnet.rpc,
    chainId: devnet.chainId,
    token: devnet.payment.token,
    contracts: { ...devnet.contracts, permit2: devnet.payment.permit2 },
    account: devnet.account,
    // What the TEE gateway's simulated enclave measures, for `trust: { platform: 'simulated', measurements: [...] }`.
    measurements: simulatedMeasurements,
  }
  if (values.json) process.stdout.write(`${JSON.stringify(facts)}\n`)
  else process.stdout.write(`${JSON.stringify(facts, null, 2)}\nThe network runs until Ctrl-C.\n`)
  const end = (): void => {
    Promise.all([explorer?.stop(), indexer?.stop()])
      .then(() => devnet.stop())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      )
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
} catch (error) {
  process.stderr.write(`devnet: ${error instanceof Error ? error.message : 'cannot start'}\n`)
  process.exit(1)
}

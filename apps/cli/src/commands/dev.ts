import { type Command, InvalidArgumentError } from 'commander'
import type { CliEnvironment } from '../environment.js'
import { jsonText } from '../output.js'

interface DevFlags {
  readonly port: number
  readonly vanillaPort?: number
  readonly facilitatorPort?: number
  readonly rpcPort?: number
  readonly explorerPort?: number
  readonly explorer: boolean
  readonly indexer?: boolean
  readonly indexerPort?: number
  readonly verbose?: boolean
  readonly json?: boolean
}

/** Adds `og dev`. */
export function addDevCommand(program: Command, environment: CliEnvironment): void {
  program
    .command('dev')
    .description(
      'run a whole network on this machine: chain, contracts, facilitator, a TEE node on the simulator and a VANILLA node',
    )
    .option('--port <number>', 'port of the TEE node', parsePort, 8402)
    .option('--vanilla-port <number>', 'port of the VANILLA node', parsePort)
    .option('--facilitator-port <number>', 'port of the facilitator', parsePort)
    .option('--rpc-port <number>', 'port of the chain', parsePort)
    .option('--explorer-port <number>', 'port of the explorer', parsePort)
    .option('--no-explorer', 'do not build and serve the explorer')
    .option('--indexer', 'index the history over all nodes too (a few seconds and 300 MB more)')
    .option('--indexer-port <number>', 'port of the indexer', parsePort)
    .option('--verbose', 'show the logs of the programs')
    .option('--json', 'print one JSON line')
    .addHelpText(
      'after',
      `
Examples:
  $ og dev                      prints an account and a first call to make
  $ og dev --indexer            with the explorer's page History
  $ og dev --json --no-explorer | jq -r .gateway`,
    )
    .action(async (flags: DevFlags) => {
      // Loaded only here: everything else works without a chain on the machine.
      const { startDevnet, startExplorer, startIndexer, upstreamsFromEnvironment } = await import('@og/devnet')
      const devnet = await startDevnet({
        ports: {
          gateway: flags.port,
          ...(flags.vanillaPort === undefined ? {} : { vanillaGateway: flags.vanillaPort }),
          ...(flags.facilitatorPort === undefined ? {} : { facilitator: flags.facilitatorPort }),
          ...(flags.rpcPort === undefined ? {} : { chain: flags.rpcPort }),
        },
        upstreams: upstreamsFromEnvironment(environment.env),
        onLog: (line) => {
          if (flags.verbose) environment.err(`${line}\n`)
        },
      })
      let indexer: Awaited<ReturnType<typeof startIndexer>> | undefined
      let explorer: Awaited<ReturnType<typeof startExplorer>> | undefined
      try {
        if (flags.indexer) {
          indexer = await startIndexer(devnet, flags.indexerPort === undefined ? {} : { port: flags.indexerPort })
        }
        if (flags.explorer) {
          explorer = await startExplorer(devnet, {
            ...(flags.explorerPort === undefined ? {} : { port: flags.explorerPort }),
            ...(indexer === undefined ? {} : { indexer: indexer.url }),
          })
        }
        const facts = {
          ...(explorer === undefined ? {} : { explorer: explorer.url }),
          ...(indexer === undefined ? {} : { indexer: indexer.url }),
          gateway: devnet.gateway.url(),
          vanillaGateway: devnet.vanillaGateway.url(),
          facilitator: devnet.facilitator,
          rpc: devnet.rpc,
          chainId: devnet.chainId,
          token: devnet.payment.token,
          contracts: devnet.contracts,
          account: devnet.account,
        }
        // As this was started: from the repository there is no `og` to call.
        const og = environment.env['npm_lifecycle_event'] === 'og' ? 'npm run -s og --' : 'og'
        const call = `${og} chat --model openai/gpt-4.1 --mode TEE --trust simulator --url ${facts.gateway} 'Hello!'`
        environment.out(
          flags.json
            ? `${jsonText(facts)}\n`
            : `${jsonText(facts, 2)}\nTry: OG_PRIVATE_KEY=${devnet.account.privateKey} ${call}\nThe network runs until Ctrl-C.\n`,
        )
        await environment.interrupted
      } finally {
        await Promise.all([explorer?.stop(), indexer?.stop()])
        await devnet.stop()
      }
    })
}

function parsePort(text: string): number {
  const port = Number(text)
  if (!/^[1-9][0-9]{0,4}$/.test(text) || port > 65_535) throw new InvalidArgumentError('expected a port number')
  return port
}

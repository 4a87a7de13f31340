import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CliEnvironment } from '../environment.js'
import { UsageError } from '../exit-code.js'
import { addressOf } from '../node/address-flag.js'
import { jsonText } from '../output.js'
import { rpcUrlOf } from '../rpc-url.js'
import { readSettings } from '../settings.js'
import { namedTrust, readTrust } from '../trust-flag.js'
import { payingKey } from '../wallet/paying-key.js'

interface RegistrarFlags {
  readonly rpc?: string
  readonly registry: string
  readonly trust?: 'intel' | 'simulator'
  readonly measurements?: string
  readonly wallet?: string
  readonly host: string
  readonly port: number
  readonly json?: boolean
}

/** Adds `og node registrar`. */
export function addNodeRegistrarCommand(node: Command, environment: CliEnvironment): void {
  node
    .command('registrar')
    .description(
      'answer as the registrar what gateways ask at their `registrarUrl`: sign the keys that follow registered ones',
    )
    .requiredOption('--registry <address>', 'the NodeRegistry whose registrar this is')
    .addOption(
      new Option('--trust <root>', 'whose word about the hardware is believed').choices(['intel', 'simulator']),
    )
    .option('--measurements <file>', 'JSON list of the measured code that may run')
    .option('--rpc <url>', 'JSON-RPC of the record chain')
    .option('--wallet <name>', 'the wallet of the registrar')
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option('--port <number>', 'port to listen at', parsePort, 8405)
    .option('--json', 'print JSON, one line for each decision')
    .addHelpText(
      'after',
      `
Signed are only the keys of a verified enclave that follow a valid node of the same log, endpoint and measured code. The first node of a
log, other code, and every VANILLA node are registered with \`og node register\`. Whoever reaches the port may ask: keep it to the gateways.

Example:
  $ og node registrar --registry 0x… --trust intel --measurements measurements.json --rpc https://rpc.example
  (and in the configuration of the gateway: "registrarUrl": "http://127.0.0.1:8405/register")`,
    )
    .action(async (flags: RegistrarFlags) => {
      const registry = addressOf('--registry', flags.registry)
      if (registry === undefined) throw new UsageError('--registry is needed')
      const rpc = await rpcUrlOf(flags.rpc, environment)
      const settings = await readSettings(environment)
      const trust = namedTrust(flags.trust, settings)
      const policy = await readTrust({ trust, measurements: flags.measurements ?? settings.measurements }, environment)
      const privateKey: `0x${string}` = `0x${(await payingKey(environment, flags.wallet)).replace(/^0x/, '')}`
      const [{ registrarOf, nodesOfLog }, { judgeEvidence }, { startRegistrarService }] = await Promise.all([
        import('../node/register-node.js'),
        import('../node/judge-evidence.js'),
        import('../node/registrar-service.js'),
      ])
      const { domain, registrar, inferenceLog } = await registrarOf({ rpc, registry, privateKey })
      const service = await startRegistrarService({
        host: flags.host,
        port: flags.port,
        domain,
        privateKey,
        judge: (body) =>
          judgeEvidence(body, {
            policy,
            domain,
            inferenceLog,
            nodesOfLog: (logId) => nodesOfLog(logId, { rpc, registry }),
            now: environment.now(),
          }),
        onDecision: ({ nodeId, verdict, code }) => {
          if (flags.json) return environment.out(`${jsonText({ nodeId, verdict, code: code ?? null })}\n`)
          environment.out(`${nodeId ?? '-'}  ${verdict}${code === undefined ? '' : `  ${code}`}\n`)
        },
      })
      if (flags.json) environment.out(`${jsonText({ url: service.url, registrar, registry })}\n`)
      else environment.out(`${service.url} signs as registrar ${registrar} of ${registry}, until Ctrl-C\n`)
      await environment.interrupted
      await service.close()
    })
}

function parsePort(text: string): number {
  const port = Number(text)
  if (!/^[1-9][0-9]{0,4}$/.test(text) || port > 65_535) throw new InvalidArgumentError('expected a port number')
  return port
}

import type { KeyManifest } from '@og/settlement'
import { type Command, Option } from 'commander'
import type { CliEnvironment } from '../environment.js'
import { UsageError } from '../exit-code.js'
import { addressOf } from '../node/address-flag.js'
import { fetchManifest } from '../node/node-manifest.js'
import type { SignedStatement } from '../node/register-node.js'
import { nodeUrlOf } from '../node-url.js'
import { jsonText } from '../output.js'
import { watchedWorld } from '../progress.js'
import { readJsonFile } from '../read-json-file.js'
import { rpcUrlOf } from '../rpc-url.js'
import { readSettings } from '../settings.js'
import { namedTrust, readTrust } from '../trust-flag.js'
import { payingKey } from '../wallet/paying-key.js'
import { addNodeRegistrarCommand } from './node-registrar.js'

interface NodeFlags {
  readonly url?: string
  readonly rpc?: string
  readonly registry?: string
  readonly json?: boolean
}

interface RegisterFlags extends NodeFlags {
  readonly trust?: 'intel' | 'simulator'
  readonly measurements?: string
  readonly wallet?: string
  readonly statement?: string
  readonly out?: string
  readonly sameLog?: boolean
}

interface DeployFlags {
  readonly rpc?: string
  readonly registrar?: string
  readonly wallet?: string
  readonly json?: boolean
}

/** Adds `og node`. */
export function addNodeCommand(program: Command, environment: CliEnvironment): void {
  const node = program.command('node').description('the registry of nodes')
  node
    .command('list')
    .description('registered nodes: the registrar’s word, `og attest` verifies one of them')
    .option('--rpc <url>', 'JSON-RPC of the record chain')
    .option('--registry <address>', 'the NodeRegistry; the one that the node names unless given')
    .option('--url <url>', 'a node that names the registry')
    .option('--json', 'print JSON')
    .action(async (flags: NodeFlags) => {
      const rpc = await rpcUrlOf(flags.rpc, environment)
      const contract =
        registryOf(flags) ??
        (await fetchManifest(await nodeUrlOf(flags.url, environment), environment)).record.nodeRegistry
      const [{ createPublicClient, http }, { nodeStateOf, readNodes }] = await Promise.all([
        import('viem'),
        import('@og/settlement/contracts'),
      ])
      const nodes = await readNodes(createPublicClient({ transport: http(rpc) }), { contract })
      const now = environment.now()
      const listed = nodes.map((registered) => ({ ...registered, state: nodeStateOf(registered, now) }))
      if (flags.json) return environment.out(`${jsonText({ registry: contract, nodes: listed })}\n`)
      for (const { nodeId, mode, endpoint, state } of listed) {
        environment.out(`${nodeId}  ${mode === 1 ? 'TEE    ' : 'VANILLA'}  ${state.padEnd(13)}  ${endpoint}\n`)
      }
    })

  node
    .command('deploy')
    .description('put InferenceLog and its NodeRegistry on a chain: once, for all nodes of a registrar')
    .option('--rpc <url>', 'JSON-RPC of the record chain')
    .option('--registrar <address>', 'whose signature admits nodes; the account that pays unless given')
    .option('--wallet <name>', 'the wallet that pays the gas')
    .option('--json', 'print JSON')
    .action(async (flags: DeployFlags) => {
      const registrar = addressOf('--registrar', flags.registrar)
      const rpc = await rpcUrlOf(flags.rpc, environment)
      const { deployContracts } = await import('../node/deploy-contracts.js')
      const privateKey = await keyOf(flags)
      environment.status('Deploying: waiting for the transaction')
      const deployed = await deployContracts({ rpc, privateKey, ...(registrar === undefined ? {} : { registrar }) })
      if (flags.json) return environment.out(`${jsonText({ ...deployed })}\n`)
      const { chainId, inferenceLog, nodeRegistry } = deployed
      environment.out(`chainId       ${chainId}\ninferenceLog  ${inferenceLog}\nnodeRegistry  ${nodeRegistry}\n`)
      environment.out(`registrar     ${deployed.registrar}\nblock ${deployed.blockNumber}, ${deployed.transaction}\n`)
    })

  node
    .command('register')
    .description(
      'put a node into the registry: as its registrar, after the checks of `og attest`, or with what it signed',
    )
    .argument('[url]', 'base URL of the node')
    .addOption(
      new Option('--trust <root>', 'whose word about the hardware is believed (TEE)').choices(['intel', 'simulator']),
    )
    .option('--measurements <file>', 'JSON list of the measured code that may run (TEE)')
    .option('--rpc <url>', 'JSON-RPC of the record chain')
    .option('--registry <address>', 'the NodeRegistry; the one that the node names unless given')
    .option('--wallet <name>', 'the wallet of the registrar; with --statement, of whoever pays the gas')
    .option('--same-log', 'the node keeps the log of another one that is registered: both have one operator')
    .option('--out <file>', 'only sign: write the statement for whoever brings it to the registry')
    .option('--statement <file>', 'bring a statement that the registrar signed')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ og node register https://node.example --trust intel --measurements measurements.json --rpc https://rpc.example
  $ og node register https://node.example --trust intel --measurements measurements.json --out statement.json
  $ og node register --statement statement.json --rpc https://rpc.example`,
    )
    .action(async (url: string | undefined, flags: RegisterFlags) => {
      if (flags.statement !== undefined && (url !== undefined || flags.out !== undefined)) {
        throw new UsageError('--statement says everything: no URL and no --out go with it')
      }
      const rpc = await rpcUrlOf(flags.rpc, environment)
      const { encodeSignedStatement, parseSignedStatement, registeredAtOf, submitStatement } = await import(
        '../node/register-node.js'
      )
      const signed =
        flags.statement === undefined
          ? await signedStatementOf(url, { ...flags, rpc })
          : parseSignedStatement(await readJsonFile(flags.statement, environment))
      const { nodeId } = signed.statement
      const { registry } = signed
      const registeredAt = flags.statement === undefined ? await registeredAtOf(nodeId, { rpc, registry }) : null
      if (registeredAt !== null) {
        // A second quote of the same keys would be a contradiction to the contract; there is nothing to do.
        if (flags.json) environment.out(`${jsonText({ nodeId, registry, registeredAt })}\n`)
        else environment.out(`${nodeId} stands there already, since ${registeredAt}\n`)
        return
      }
      if (flags.out !== undefined) {
        await environment.writeFile(flags.out, `${jsonText(encodeSignedStatement(signed), 2)}\n`)
        if (flags.json) environment.out(`${jsonText({ nodeId, registry, file: flags.out })}\n`)
        else environment.err(`wrote ${flags.out}\n`)
        return
      }
      environment.status('Registering: waiting for the transaction')
      const { transaction, blockNumber } = await submitStatement(signed, { rpc, privateKey: await keyOf(flags) })
      if (flags.json) {
        return environment.out(`${jsonText({ nodeId, registry, transaction, blockNumber })}\n`)
      }
      environment.out(`${nodeId} stands in ${registry}\nblock ${blockNumber}, ${transaction}\n`)
    })

  addNodeRegistrarCommand(node, environment)

  /** Checks a node as `og attest` does and signs what was found. */
  async function signedStatementOf(
    url: string | undefined,
    flags: RegisterFlags & { readonly rpc: string },
  ): Promise<SignedStatement> {
    const baseUrl = await nodeUrlOf(url ?? flags.url, environment)
    const claimed = await fetchManifest(baseUrl, environment)
    if (claimed.mode !== 'TEE' && (flags.trust !== undefined || flags.measurements !== undefined)) {
      throw new UsageError(`${baseUrl} is a VANILLA node and proves nothing: without --trust it is registered as that`)
    }
    const { manifest, enclave } = claimed.mode === 'TEE' ? await attested(baseUrl, flags) : vanilla(claimed)
    const [{ nodeStatementOf }, { keepersOf, signStatement }] = await Promise.all([
      import('@og/settlement/contracts'),
      import('../node/register-node.js'),
    ])
    const registry = registryOf(flags) ?? manifest.record.nodeRegistry
    const statement = nodeStatementOf(manifest, enclave)
    const keepers = await keepersOf(statement, { rpc: flags.rpc, registry })
    // A node that was started again keeps its log; it answers where it did before.
    const [keeper] = keepers.some((endpoint) => baseUrlOf(endpoint) === baseUrl) ? [] : keepers
    if (keeper !== undefined && flags.sameLog !== true) {
      throw new UsageError(`the log of this node is kept by ${keeper}: --same-log says that both have one operator`)
    }
    return signStatement(statement, { rpc: flags.rpc, registry, privateKey: await keyOf(flags) })
  }

  async function attested(baseUrl: string, flags: RegisterFlags): Promise<CheckedNode> {
    const settings = await readSettings(environment)
    const trust = namedTrust(flags.trust, settings)
    const policy = await readTrust({ trust, measurements: flags.measurements ?? settings.measurements }, environment)
    const { createClient } = await import('@og/client')
    const world = await watchedWorld(environment)
    const client = createClient({ privateKey: await payingKey(environment, flags.wallet), baseUrl, policy, ...world })
    const { manifest, evidence, measurements } = await client.attest()
    return { manifest, enclave: { quote: evidence.quote, measurements: { ...measurements } } }
  }

  async function keyOf({ wallet }: Pick<RegisterFlags, 'wallet'>): Promise<`0x${string}`> {
    return `0x${(await payingKey(environment, wallet)).replace(/^0x/, '')}`
  }
}

function baseUrlOf(endpoint: string): string {
  return endpoint.replace(/\/+$/, '').replace(/\/v1$/, '')
}

/** What a registrar knows of a node that it has checked. */
interface CheckedNode {
  readonly manifest: KeyManifest
  readonly enclave: {
    readonly quote: `0x${string}`
    readonly measurements: Readonly<Record<string, `0x${string}`>>
  } | null
}

function vanilla(manifest: KeyManifest): CheckedNode {
  return { manifest, enclave: null }
}

function registryOf({ registry }: NodeFlags): `0x${string}` | undefined {
  return addressOf('--registry', registry)
}

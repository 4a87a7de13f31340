import type { RegisteredNode } from '@og/settlement/contracts'
import type { Command } from 'commander'
import type { CliEnvironment } from '../environment.js'
import { UsageError } from '../exit-code.js'
import { fetchNodeJson, nodeUrlOf } from '../node-url.js'
import { jsonText } from '../output.js'
import { readSettings } from '../settings.js'

interface NodeFlags {
  readonly url?: string
  readonly rpc?: string
  readonly registry?: string
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
      const rpc = flags.rpc ?? (await readSettings(environment)).rpc
      if (rpc === undefined) throw new UsageError('--rpc <url> is needed: the JSON-RPC of the record chain')
      const contract = await registryOf(flags, environment)
      const [{ createPublicClient, http }, { readNodes }] = await Promise.all([
        import('viem'),
        import('@og/settlement/contracts'),
      ])
      const nodes = await readNodes(createPublicClient({ transport: http(rpc) }), { contract })
      const now = environment.now()
      const listed = nodes.map((registered) => ({ ...registered, state: stateOf(registered, now) }))
      if (flags.json) return environment.out(`${jsonText({ registry: contract, nodes: listed })}\n`)
      for (const { nodeId, mode, endpoint, state } of listed) {
        environment.out(`${nodeId}  ${mode === 1 ? 'TEE    ' : 'VANILLA'}  ${state.padEnd(13)}  ${endpoint}\n`)
      }
    })
}

async function registryOf(flags: NodeFlags, environment: CliEnvironment): Promise<`0x${string}`> {
  if (flags.registry !== undefined) {
    if (!/^0x[0-9a-fA-F]{40}$/.test(flags.registry)) throw new UsageError('--registry must be an address')
    return `0x${flags.registry.slice(2)}`
  }
  const url = await nodeUrlOf(flags.url, environment)
  const { manifest } = await fetchNodeJson(`${url}/v1/attestation?nonce=0x${'00'.repeat(32)}`, environment)
  const { parseManifest } = await import('@og/settlement')
  return parseManifest(manifest).record.nodeRegistry
}

function stateOf(node: RegisteredNode, now: bigint): 'valid' | 'revoked' | 'expired' | 'not yet valid' {
  if (node.revokedAt !== 0n) return 'revoked'
  if (now > node.notAfter) return 'expired'
  return now < node.notBefore ? 'not yet valid' : 'valid'
}

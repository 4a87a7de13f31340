import type { InferenceMode } from '@og/settlement'
import type { JsonRpc } from './chain/json-rpc.js'
import { ClientError } from './client-error.js'
import type { ClientSettings } from './client-options.js'
import { createNodeDirectory, type NodeDirectory } from './node-directory.js'
import { type NodePool, type PoolQuery, singleNodePool } from './node-pool.js'
import { createRegistryPool } from './registry-pool.js'
import { createRegistryView } from './registry-view.js'
import { failureOf } from './translate-error.js'
import type { VerifiedNode } from './verify-node.js'

/** The nodes of a client, for each mode. */
export interface NodePools {
  readonly byMode: Readonly<Record<InferenceMode, NodePool>>
  /** The node that a call of this mode would be sent to. @throws ClientError */
  firstNode(mode: InferenceMode): Promise<VerifiedNode>
  /** Attests the TEE node anew. @throws ClientError */
  attest(signal: AbortSignal | undefined): Promise<VerifiedNode>
  /** Asks all nodes in turn. @throws what the last one threw when none answers */
  firstAnswer<T>(ask: (directory: NodeDirectory) => Promise<T>): Promise<T>
}

/** What a node is chosen for when it is not for a call. */
export const NO_REQUEST: PoolQuery = { endpoint: 'chat.completions', request: {}, settlement: 'SETTLE' }

/** Creates the pools: of the base URLs, or of a registry. A node that serves both modes is asked for its evidence once. */
export function createNodePools(settings: ClientSettings, recordRpc: JsonRpc | undefined): NodePools {
  const byMode = settings.registry === undefined ? poolsOfUrls(settings) : poolsOfRegistry(settings, recordRpc)

  async function firstOf(mode: InferenceMode): Promise<NodeDirectory> {
    const [directory] = await byMode[mode].candidates(NO_REQUEST)
    if (directory === undefined) throw new ClientError('NODE_UNAVAILABLE', `no node serves ${mode} calls`)
    return directory
  }

  return {
    byMode,
    firstNode: async (mode) => (await firstOf(mode)).node({ attested: mode === 'TEE' }),
    attest: async (signal) => (await firstOf('TEE')).refresh({ attested: true, signal }),
    async firstAnswer(ask) {
      const found = await Promise.allSettled([byMode.VANILLA, byMode.TEE].map((pool) => pool.candidates(NO_REQUEST)))
      const directories = found.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
      let failure = new ClientError('NODE_UNAVAILABLE', 'no node is known')
      for (const directory of new Set(directories)) {
        try {
          return await ask(directory)
        } catch (error) {
          failure = failureOf(error, { signal: undefined })
        }
      }
      throw failure
    },
  }
}

function poolsOfUrls(settings: ClientSettings): NodePools['byMode'] {
  const { baseUrls, world, nodeTtlSeconds: ttlSeconds, trust } = settings
  const create = (baseUrl: string): NodePool =>
    singleNodePool(createNodeDirectory({ baseUrl, world, ttlSeconds, trust }))
  const VANILLA = create(baseUrls.VANILLA)
  return { VANILLA, TEE: baseUrls.TEE === baseUrls.VANILLA ? VANILLA : create(baseUrls.TEE) }
}

function poolsOfRegistry(settings: ClientSettings, rpc: JsonRpc | undefined): NodePools['byMode'] {
  const { world, nodeTtlSeconds: ttlSeconds, trust } = settings
  if (settings.registry === undefined || rpc === undefined) {
    throw new ClientError('INVALID_OPTIONS', 'registry needs recordRpcUrl or rpcUrl, to be read')
  }
  const registry = createRegistryView({ rpc, registry: settings.registry, now: world.now })
  const directories = new Map<string, NodeDirectory>()
  const directoryAt = (endpoint: string): NodeDirectory => {
    const isAdmitted = ({ nodeId, manifest }: VerifiedNode): Promise<boolean> =>
      registry.isRegistered({ endpoint, nodeId, record: manifest.record })
    const directory =
      directories.get(endpoint) ?? createNodeDirectory({ baseUrl: endpoint, world, ttlSeconds, trust, isAdmitted })
    directories.set(endpoint, directory)
    return directory
  }
  const create = (mode: InferenceMode): NodePool => createRegistryPool({ mode, registry, world, directoryAt })
  return { VANILLA: create('VANILLA'), TEE: create('TEE') }
}

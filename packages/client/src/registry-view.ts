import type { Address, Hex, InferenceMode, KeyManifest } from '@og/settlement'
import type { JsonRpc } from './chain/json-rpc.js'
import { type RegisteredNode, readInferenceLog, readRegistry } from './chain/node-registry.js'
import { REGISTRY_MIN_SECONDS, REGISTRY_TTL_SECONDS } from './defaults.js'

/** What the on-chain registry says, kept for a while. */
export interface RegistryView {
  /** Endpoints of nodes that are valid now and serve a mode, the newest registration first. @throws ClientError `CHAIN_UNAVAILABLE` */
  endpoints(mode: InferenceMode): Promise<readonly string[]>
  /**
   * Whether a node is registered for an endpoint, valid now and not revoked, and records where the registry's own nodes do: a manifest that
   * names a contract of its operator's would have its records vouched for by nobody else. A node that is not known is looked for anew.
   */
  isRegistered(claim: {
    readonly endpoint: string
    readonly nodeId: Hex
    readonly record: KeyManifest['record']
  }): Promise<boolean>
}

/** Creates the view of a `NodeRegistry`. */
export function createRegistryView(options: {
  readonly rpc: JsonRpc
  readonly registry: Address
  readonly now: () => bigint
}): RegistryView {
  const { now } = options
  let read: { readonly nodes: readonly RegisteredNode[]; readonly at: bigint } | undefined
  let pending: Promise<readonly RegisteredNode[]> | undefined
  let inferenceLog: Address | undefined

  async function nodes(maxAgeSeconds: bigint): Promise<readonly RegisteredNode[]> {
    if (read !== undefined && now() - read.at < maxAgeSeconds) return read.nodes
    pending ??= readRegistry(options.rpc, options.registry).finally(() => {
      pending = undefined
    })
    const found = await pending
    read = { nodes: found, at: now() }
    return found
  }

  async function isRecordContract(record: KeyManifest['record']): Promise<boolean> {
    inferenceLog ??= await readInferenceLog(options.rpc, options.registry)
    const isSame = record.inferenceLog.toLowerCase() === inferenceLog.toLowerCase()
    return isSame && record.chainId === (await options.rpc.chainId())
  }

  function isValid({ notBefore, notAfter, revokedAt }: RegisteredNode): boolean {
    return revokedAt === 0n && now() >= notBefore && now() <= notAfter
  }

  return {
    async endpoints(mode) {
      const found = (await nodes(REGISTRY_TTL_SECONDS)).flatMap((node) => {
        // A TEE node serves VANILLA calls too.
        const serves = isValid(node) && (mode === 'VANILLA' || node.mode === 'TEE')
        const endpoint = serves ? endpointUrlOf(node.endpoint) : undefined
        return endpoint === undefined ? [] : [endpoint]
      })
      return [...new Set(found)]
    },
    async isRegistered({ endpoint, nodeId, record }) {
      if (!(await isRecordContract(record))) return false
      const isIt = (node: RegisteredNode): boolean =>
        node.nodeId === nodeId && isValid(node) && endpointUrlOf(node.endpoint) === endpoint
      return (await nodes(REGISTRY_TTL_SECONDS)).some(isIt) || (await nodes(REGISTRY_MIN_SECONDS)).some(isIt)
    },
  }
}

/** The registry is anybody's text: only plain web addresses are asked. */
function endpointUrlOf(endpoint: string): string | undefined {
  if (!URL.canParse(endpoint)) return undefined
  const { protocol, username, password, search, hash } = new URL(endpoint)
  if (!/^https?:$/.test(protocol) || `${username}${password}${search}${hash}` !== '') return undefined
  return endpoint.replace(/\/+$/, '').replace(/\/v1$/, '')
}

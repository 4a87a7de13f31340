import type { Client } from 'viem'
import { readContract } from 'viem/actions'
import type { Address } from '../address.js'
import type { Hex } from '../hex.js'
import { inferenceLogAbi } from './generated/inference-log.js'
import { nodeRegistryAbi } from './generated/node-registry.js'
import type { NodeStatement } from './node-statement.js'

/** A published head of a log. */
export interface PublishedCheckpoint {
  readonly seq: bigint
  readonly size: bigint
  readonly root: Hex
  /** Time of its block, unix seconds. */
  readonly publishedAt: bigint
}

/** A node as the registry has it. */
export interface RegisteredNode extends NodeStatement {
  readonly registeredAt: bigint
  /** When it was revoked, 0 when it was not. */
  readonly revokedAt: bigint
}

/** Reads a checkpoint by its number, the last one when `seq` is absent; `null` when there is none. */
export async function readCheckpoint(
  client: Client,
  options: { readonly contract: Address; readonly logId: Hex; readonly seq?: bigint },
): Promise<PublishedCheckpoint | null> {
  const contract = { address: options.contract, abi: inferenceLogAbi } as const
  const seq =
    options.seq ?? (await readContract(client, { ...contract, functionName: 'lastSeq', args: [options.logId] }))
  const [size, publishedAt, root] = await readContract(client, {
    ...contract,
    functionName: 'checkpointAt',
    args: [options.logId, seq],
  })
  return size === 0n ? null : { seq, size, root, publishedAt }
}

/** Reads one node of a `NodeRegistry`; `null` when it is not registered. */
export async function readNode(
  client: Client,
  options: { readonly contract: Address; readonly nodeId: Hex },
): Promise<RegisteredNode | null> {
  const node = await readContract(client, {
    address: options.contract,
    abi: nodeRegistryAbi,
    functionName: 'node',
    args: [options.nodeId],
  })
  return node.registeredAt === 0n ? null : { nodeId: options.nodeId, ...node }
}

/** Reads up to `limit` (100) nodes of a `NodeRegistry` in the order of their registration, the revoked ones too. */
export async function readNodes(
  client: Client,
  options: { readonly contract: Address; readonly offset?: bigint; readonly limit?: bigint },
): Promise<readonly RegisteredNode[]> {
  const ids = await readContract(client, {
    address: options.contract,
    abi: nodeRegistryAbi,
    functionName: 'nodeIds',
    args: [options.offset ?? 0n, options.limit ?? 100n],
  })
  const nodes = await Promise.all(ids.map((nodeId) => readNode(client, { contract: options.contract, nodeId })))
  return nodes.filter((node) => node !== null)
}

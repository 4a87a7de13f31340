import type { Address, Hex, InferenceMode } from '@og/settlement'
import { inferenceModes } from '@og/settlement'
import { MAX_REGISTRY_NODES } from '../defaults.js'
import { callContract } from './abi.js'
import type { JsonRpc } from './json-rpc.js'

/** A node as the on-chain registry has it: the registrar's word, which the client checks for itself. */
export interface RegisteredNode {
  readonly nodeId: Hex
  readonly mode: InferenceMode
  readonly endpoint: string
  /** Unix seconds. */
  readonly notBefore: bigint
  readonly notAfter: bigint
  /** When it was revoked, 0 when it was not. */
  readonly revokedAt: bigint
}

/**
 * Reads the newest nodes of a `NodeRegistry`, the newest first, the revoked ones too.
 * @throws ClientError `CHAIN_UNAVAILABLE`, `CHAIN_REFUSED`
 */
export async function readRegistry(rpc: JsonRpc, contract: Address): Promise<readonly RegisteredNode[]> {
  const count = (await callContract(rpc, { to: contract, signature: 'nodeCount()', words: [] })).uint(0)
  const limit = BigInt(MAX_REGISTRY_NODES)
  const offset = count > limit ? count - limit : 0n
  const ids = await callContract(rpc, { to: contract, signature: 'nodeIds(uint256,uint256)', words: [offset, limit] })
  const length = Math.min(Number(ids.uint(1)), MAX_REGISTRY_NODES)
  const nodeIds = Array.from({ length }, (_, index) => ids.bytes32(2 + index)).reverse()
  const nodes = await Promise.all(nodeIds.map((nodeId) => readNode(rpc, { contract, nodeId })))
  return nodes.filter((node) => node !== undefined)
}

/** The `InferenceLog` that a `NodeRegistry` was deployed by. @throws ClientError `CHAIN_UNAVAILABLE`, `CHAIN_REFUSED` */
export async function readInferenceLog(rpc: JsonRpc, contract: Address): Promise<Address> {
  return (await callContract(rpc, { to: contract, signature: 'inferenceLog()', words: [] })).address(0)
}

async function readNode(
  rpc: JsonRpc,
  query: { readonly contract: Address; readonly nodeId: Hex },
): Promise<RegisteredNode | undefined> {
  const answer = await callContract(rpc, { to: query.contract, signature: 'node(bytes32)', words: [query.nodeId] })
  // Word 0 leads to the struct, which starts at word 1: logId, receiptKey, mode, quoteHash, measurementsHash, endpoint, notBefore,
  // notAfter, registeredAt, revokedAt.
  const mode = inferenceModes[Number(answer.uint(3))]
  if (mode === undefined) return undefined
  return {
    nodeId: query.nodeId,
    mode,
    endpoint: answer.text(6, 1),
    notBefore: answer.uint(7),
    notAfter: answer.uint(8),
    revokedAt: answer.uint(10),
  }
}

import type { Endpoint, JsonObject, SettlementMode } from '@og/settlement'
import type { NodeDirectory } from './node-directory.js'

/** What a node is chosen for. */
export interface PoolQuery {
  readonly endpoint: Endpoint
  readonly request: JsonObject
  readonly settlement: SettlementMode
  readonly signal?: AbortSignal | undefined
}

/** The nodes that may serve calls of one mode. */
export interface NodePool {
  /** What other clients are given as base URL, without `/v1`. */
  readonly baseUrl: string
  /**
   * The nodes to try, the best first.
   * @throws ClientError when there is none
   */
  candidates(query: PoolQuery): Promise<readonly NodeDirectory[]>
  /** Puts a node behind the others for a while: it failed. */
  avoid(directory: NodeDirectory): void
}

/** The pool of one node. */
export function singleNodePool(directory: NodeDirectory): NodePool {
  return {
    baseUrl: directory.baseUrl,
    candidates: async () => [directory],
    avoid: () => undefined,
  }
}

import { nodeStateOf, readNodes } from '@og/settlement/contracts'
import type { PublicClient } from 'viem'
import type { Network } from '../network/network.js'
import { fetchNodeJson } from '../node/fetch-node.js'

/** Nodes that are registered, valid, and answer with the registered keys. */
export async function listEndpoints(
  network: Network,
  client: PublicClient,
): Promise<readonly { readonly url: string; readonly mode: 'TEE' | 'VANILLA' }[]> {
  const now = BigInt(Math.floor(Date.now() / 1000))
  const nodes = await readNodes(client, { contract: network.nodeRegistry })
  const valid = nodes.filter((node) => nodeStateOf(node, now) === 'valid')
  const answers = await Promise.all(
    valid.map(async (node) => {
      const health = await fetchNodeJson(node.endpoint, '/health').catch(() => null)
      return health?.['nodeId'] === node.nodeId
        ? [{ url: node.endpoint, mode: node.mode === 1 ? ('TEE' as const) : ('VANILLA' as const) }]
        : []
    }),
  )
  return answers.flat()
}

import { createPublicClient, http, type PublicClient } from 'viem'
import type { Network } from '../network/network.js'

/** A reader of the network's chain; batches what is asked in one tick. */
export function chainClientOf(network: Pick<Network, 'rpc'>): PublicClient {
  return createPublicClient({ transport: http(network.rpc, { batch: true, retryCount: 1, timeout: 15_000 }) })
}

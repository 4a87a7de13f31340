import { describeNetwork } from './describe-network.js'
import type { Devnet } from './start-devnet.js'

/** Indexes a running devnet's history over all nodes, on 127.0.0.1 and in an embedded database that goes with it. */
export async function startIndexer(
  devnet: Devnet,
  { port }: { readonly port?: number } = {},
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  // Loaded only here: it brings a database along.
  const indexer = await import('@og/indexer/start')
  return indexer.startIndexer({
    network: describeNetwork(devnet),
    pollingMs: 250,
    ...(port === undefined ? {} : { port }),
  })
}

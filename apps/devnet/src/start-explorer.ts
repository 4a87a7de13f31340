import { describeNetwork } from './describe-network.js'
import type { Devnet } from './start-devnet.js'

/** Serves the explorer for a running devnet on 127.0.0.1. Builds the page first if it has to. */
export async function startExplorer(
  devnet: Devnet,
  options: { readonly port?: number; readonly indexer?: string } = {},
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const { port, indexer } = options
  // Loaded only here: most users of a devnet never want a bundler.
  const { serveExplorer } = await import('@og/explorer/serve')
  return serveExplorer({
    network: { ...describeNetwork(devnet), ...(indexer === undefined ? {} : { indexer }) },
    ...(port === undefined ? {} : { port }),
  })
}

import { simulatedMeasurements } from '@og/gateway'
import type { Devnet } from './start-devnet.js'

/** Serves the explorer for a running devnet on 127.0.0.1, with the user's account as burner key. Builds the page first if it has to. */
export async function startExplorer(
  devnet: Devnet,
  options: { readonly port?: number } = {},
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  // Loaded only here: most users of a devnet never want a bundler.
  const { serveExplorer } = await import('@og/explorer/serve')
  return serveExplorer({
    network: {
      name: 'devnet',
      chainId: devnet.chainId,
      rpc: devnet.rpc,
      inferenceLog: devnet.contracts.inferenceLog,
      nodeRegistry: devnet.contracts.nodeRegistry,
      token: { address: devnet.payment.token, symbol: 'USDC', decimals: devnet.payment.decimals },
      fromBlock: 0,
      trust: { platform: 'simulated', measurements: [simulatedMeasurements] },
      burnerKey: devnet.account.privateKey,
    },
    ...(options.port === undefined ? {} : { port: options.port }),
  })
}

import { simulatedMeasurements } from '@og/gateway'
import type { Devnet } from './start-devnet.js'

/** The network's description, as explorer and indexer read it (`network.json`), with the user's account as burner key. */
export function describeNetwork(devnet: Devnet): Readonly<Record<string, unknown>> {
  return {
    name: 'devnet',
    chainId: devnet.chainId,
    rpc: devnet.rpc,
    inferenceLog: devnet.contracts.inferenceLog,
    nodeRegistry: devnet.contracts.nodeRegistry,
    token: { address: devnet.payment.token, symbol: 'USDC', decimals: devnet.payment.decimals },
    fromBlock: 0,
    trust: { platform: 'simulated', measurements: [{ name: 'devnet gateway', ...simulatedMeasurements }] },
    burnerKey: devnet.account.privateKey,
  }
}

import { inferenceLogAbi, nodeRegistryAbi } from '@og/settlement/contracts'
import { createConfig } from 'ponder'
import { readSettings } from './src/settings.js'

const settings = readSettings(process.env)
const { network } = settings

/** The chain and the two contracts of one network, see `src/settings.ts` for what the environment says. */
export default createConfig({
  ...(settings.folder === undefined ? {} : { database: { kind: 'pglite', directory: settings.folder } }),
  chains: {
    record: {
      id: network.chainId,
      rpc: network.rpc,
      pollingInterval: settings.pollingMs,
      // A chain that lives only as long as a devnet must not be taken for the last one.
      disableCache: settings.isThrowaway,
    },
  },
  contracts: {
    InferenceLog: {
      chain: 'record',
      abi: inferenceLogAbi,
      address: network.inferenceLog,
      startBlock: network.fromBlock,
    },
    NodeRegistry: {
      chain: 'record',
      abi: nodeRegistryAbi,
      address: network.nodeRegistry,
      startBlock: network.fromBlock,
    },
  },
})

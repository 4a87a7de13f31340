export type { RecordContracts } from './deploy-record-contracts.js'
export { registerNode } from './register-node.js'
export {
  type Devnet,
  type DevnetGateway,
  type DevnetGatewayOptions,
  type StartDevnetOptions,
  startDevnet,
} from './start-devnet.js'
export { startExplorer } from './start-explorer.js'
export { startIndexer } from './start-indexer.js'
export { upstreamsFromEnvironment } from './upstreams-from-environment.js'

export {
  checkpointCalldata,
  isSettleCalldata,
  type MetadataRecord,
  mergeSettleCalldata,
  type ReceiptWithTerms,
  registerNodeCalldata,
  reportDoubleChargeCalldata,
  reportEquivocationCalldata,
  revokeNodeCalldata,
  type SignedCheckpoint,
  type SignedReceipt,
  settleCalldata,
  settleWithMetadataCalldata,
} from './calldata.js'
export { inferenceLogDeployData, nodeRegistryOf } from './deployment.js'
export {
  type ChainLog,
  type DecodeEventsOptions,
  decodeRecordEvents,
  decodeRegistryEvents,
  type EventPosition,
  type RecordEvent,
  type RegistryEvent,
  type SettledEvent,
  type SettledMetadataEvent,
} from './events.js'
export { findBlockAt } from './find-block-at.js'
export { inferenceLogAbi, inferenceLogBytecode } from './generated/inference-log.js'
export { nodeRegistryAbi, nodeRegistryBytecode } from './generated/node-registry.js'
export { type NodeState, nodeStateOf } from './node-state.js'
export {
  encodeNodeStatement,
  hashNodeStatement,
  type NodeStatement,
  nodeStatementOf,
  nodeStatementTypes,
  parseNodeStatement,
  type RegistryDomain,
} from './node-statement.js'
export { readConsistency, type SeenCheckpoint } from './read-consistency.js'
export {
  type PublishedCheckpoint,
  type RegisteredNode,
  readCheckpoint,
  readNode,
  readNodes,
} from './read-contracts.js'
export { type ReadRecordEventsOptions, type RecordEventName, readRecordEvents } from './read-record-events.js'
export { type Finality, type ReadSettlementOptions, readSettlement, type SettlementReading } from './read-settlement.js'
export { type GasPrice, type RecordShape, recordCostOf, recordGasOf } from './record-gas.js'
export { type Refusal, refusalOf, refusals } from './refusal.js'

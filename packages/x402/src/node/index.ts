export type { RecoverPublicKey, RecoverPublicKeyAsync } from '../evm/recover-public-key.js'
export type { Keccak } from '../keccak.js'
export type { NodeRequest, NodeResponse } from '../node-http/node-messages.js'
export type { NodePaywallRequest } from '../node-http/node-paywall-request.js'
export type { NodeHandler } from '../node-http/serve-node.js'
export { createFastKeccak, type FastKeccak, type KeccakImplementation } from './create-fast-keccak.js'
export {
  createFastRecover,
  type FastRecover,
  type FastRecoverOptions,
  type RecoverImplementation,
} from './create-fast-recover.js'
export { createFastSigner, type FastSigner } from './create-fast-signer.js'
export { createPipelineLimit } from './create-pipeline-limit.js'
export { createRecoverPool, type RecoverPool, type RecoverPoolOptions } from './create-recover-pool.js'
export { type NodeAnswer, type NodePaidContext, type NodePaywallOptions, nodePaywall } from './node-paywall.js'

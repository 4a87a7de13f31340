export type { RecoverPublicKey } from '../evm/recover-public-key.js'
export {
  createFastRecover,
  type FastRecover,
  type FastRecoverOptions,
  type RecoverImplementation,
} from './create-fast-recover.js'

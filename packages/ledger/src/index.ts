export type { Clock } from './defaults.js'
export { systemClock } from './defaults.js'
export type {
  Address,
  CheckpointRecord,
  ClaimInput,
  FinishInput,
  Hex,
  InferenceMode,
  Intent,
  IntentInput,
  IntentKind,
  IntentState,
  IntentStore,
  Ledger,
  LogStore,
  LookupOptions,
  OutcomeCode,
  PaymentRecord,
  PaymentStore,
  ReserveInput,
  ReserveResult,
  Salts,
  SealPolicy,
  SettlementMode,
  StoredReceipt,
} from './ledger.js'
export type { LedgerErrorCode } from './ledger-error.js'
export { LedgerError } from './ledger-error.js'
export type {
  Lane,
  LaneKey,
  RelayAttempt,
  RelayJob,
  RelayJobInput,
  RelayJobState,
  RelaySlot,
  RelayStore,
  SignedAttempt,
} from './relay-store.js'
export type { RelayCall, Relayer, RelayerOptions, RelayOutcome, WaitOptions } from './relayer/create-relayer.js'
export { createRelayer } from './relayer/create-relayer.js'
export type { JobGrouping } from './relayer/job-group.js'
export type { ChainLog, ChainReceipt, GasEstimate, RelayerChain } from './relayer/relayer-chain.js'
export type {
  RelayerAlarm,
  RelayerSigner,
  RelayerStepHook,
  RelayerTransaction,
  TickReport,
} from './relayer/relayer-context.js'
export type { ViemRelayerChainOptions } from './relayer/viem-relayer-chain.js'
export { viemRelayerChain } from './relayer/viem-relayer-chain.js'
export type { StepHook } from './sqlite/connection.js'
export type { OpenLedgerOptions } from './sqlite/open-ledger.js'
export { openLedger } from './sqlite/open-ledger.js'
export { openMemoryLedger } from './sqlite/open-memory-ledger.js'

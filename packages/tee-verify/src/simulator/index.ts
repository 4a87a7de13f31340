export {
  encodeSimulatedCcel,
  type SimulatedBootEvent,
  type SimulatedCcel,
  type SimulatedCcelFault,
  simulatedBootEvents,
} from '../event-log/simulator/simulated-ccel.js'
export {
  encodeSimulatedEventLog,
  type SimulatedEvent,
  type SimulatedEventLog,
  type SimulatedEventLogFault,
  simulatedDstackEvents,
} from '../event-log/simulator/simulated-event-log.js'
export {
  createSimulatedEnclave,
  NITRO_SIMULATOR_SEED,
  type SimulatedDocumentOptions,
  type SimulatedEnclave,
  type SimulatedEnclaveFault,
  type SimulatedEnclaveOptions,
} from '../nitro/simulator/simulated-enclave.js'
export type { SimulatedChainFault } from './simulated-chain.js'
export type { SimulatedCollateralFault, SimulatedCollateralOptions } from './simulated-collateral.js'
export type { JsonDocument } from './simulated-documents.js'
export { simulatedMeasurements } from './simulated-hardware.js'
export {
  createSimulatedPlatform,
  SIMULATOR_SEED,
  type SimulatedPlatform,
  type SimulatedPlatformOptions,
  simulatedTrustRoot,
} from './simulated-platform.js'
export type { SimulatedQuoteFault, SimulatedQuoteOptions } from './simulated-quote.js'
export type { SimulatedTdOptions } from './simulated-td-report.js'

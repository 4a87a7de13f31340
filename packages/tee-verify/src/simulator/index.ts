export {
  encodeSimulatedEventLog,
  type SimulatedEvent,
  type SimulatedEventLog,
} from '../event-log/simulator/simulated-event-log.js'
export {
  createSimulatedEnclave,
  NITRO_SIMULATOR_SEED,
  type SimulatedDocumentOptions,
  type SimulatedEnclave,
  type SimulatedEnclaveFault,
  type SimulatedEnclaveOptions,
} from '../nitro/simulator/simulated-enclave.js'
export { simulatedMeasurements } from './simulated-hardware.js'
export {
  createSimulatedPlatform,
  SIMULATOR_SEED,
  type SimulatedCollateralOptions,
  type SimulatedPlatform,
  type SimulatedPlatformOptions,
  simulatedTrustRoot,
} from './simulated-platform.js'
export type { SimulatedQuoteOptions } from './simulated-quote.js'

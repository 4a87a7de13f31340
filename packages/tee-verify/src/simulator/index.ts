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

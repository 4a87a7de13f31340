import { describe, expect, it } from 'vitest'
import * as entry from './index.js'

describe('@og/tee-verify/simulator', () => {
  it('behavior: exports these names', () => {
    expect(Object.keys(entry).sort()).toMatchInlineSnapshot(`
      [
        "NITRO_SIMULATOR_SEED",
        "SIMULATOR_SEED",
        "createSimulatedEnclave",
        "createSimulatedPlatform",
        "encodeSimulatedCcel",
        "encodeSimulatedEventLog",
        "simulatedBootEvents",
        "simulatedDstackEvents",
        "simulatedMeasurements",
        "simulatedTrustRoot",
      ]
    `)
  })
})

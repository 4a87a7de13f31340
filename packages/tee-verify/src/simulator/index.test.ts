import { describe, expect, it } from 'vitest'
import * as entry from './index.js'

describe('@og/tee-verify/simulator', () => {
  it('behavior: exports these names', () => {
    expect(Object.keys(entry).sort()).toMatchInlineSnapshot(`
      [
        "SIMULATOR_SEED",
        "createSimulatedPlatform",
        "simulatedMeasurements",
        "simulatedTrustRoot",
      ]
    `)
  })
})

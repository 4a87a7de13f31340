import { describe, expect, it } from 'vitest'
import * as entry from './index.js'

describe('@og/tee-verify/pccs', () => {
  it('behavior: exports these names', () => {
    expect(Object.keys(entry).sort()).toMatchInlineSnapshot(`
      [
        "collateralSubjectOf",
        "createCollateralCache",
        "encodeCollateralSnapshot",
        "fetchCollateral",
        "intelPcs",
        "parseCollateralSnapshot",
        "pccsSource",
      ]
    `)
  })
})

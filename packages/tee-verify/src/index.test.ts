import { describe, expect, it } from 'vitest'
import * as entry from './index.js'

describe('@og/tee-verify', () => {
  it('behavior: exports these names', () => {
    expect(Object.keys(entry).sort()).toMatchInlineSnapshot(`
      [
        "QuoteError",
        "checkPolicy",
        "encodeCollateral",
        "intelRoot",
        "measurementsOf",
        "parseCollateral",
        "parseEnclaveQuote",
        "parsePcsCollateral",
        "parseQuote",
        "reportDataFor",
        "simulatorRoot",
        "verifyEnclaveQuote",
        "verifyQuote",
        "verifyStepNames",
      ]
    `)
  })
})

import { describe, expect, it } from 'vitest'
import * as entry from './index.js'

describe('@og/tee-verify', () => {
  it('behavior: exports these names', () => {
    expect(Object.keys(entry).sort()).toMatchInlineSnapshot(`
      [
        "QuoteError",
        "checkPolicy",
        "createVerifier",
        "createWebCrypto",
        "encodeCollateral",
        "intelRoot",
        "measurementsOf",
        "nobleCrypto",
        "parseCollateral",
        "parseEnclaveQuote",
        "parsePcsCollateral",
        "parseQuote",
        "reportDataFor",
        "simulatorRoot",
        "verifyEnclaveQuote",
        "verifyEnclaveQuoteAsync",
        "verifyQuote",
        "verifyQuoteAsync",
        "verifyStepNames",
      ]
    `)
  })
})

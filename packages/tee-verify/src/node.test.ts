import { describe, expect, it } from 'vitest'
import * as portable from './index.js'
import * as entry from './node.js'

describe('@og/tee-verify/node', () => {
  it('behavior: exports these names', () => {
    expect(Object.keys(entry).sort()).toMatchInlineSnapshot(`
      [
        "QuoteError",
        "checkPolicy",
        "createNodeCrypto",
        "createVerifier",
        "encodeCollateral",
        "intelRoot",
        "measurementsOf",
        "nodeCrypto",
        "parseCollateral",
        "parseEnclaveQuote",
        "parsePcsCollateral",
        "parseQuote",
        "reportDataFor",
        "simulatorRoot",
        "verifyEnclaveQuote",
        "verifyQuote",
      ]
    `)
  })

  it('behavior: all but the backend is in the main entry too', () => {
    const names = Object.keys(entry).filter((name) => !name.endsWith('odeCrypto'))
    expect(names.filter((name) => !(name in portable))).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import * as portable from './index.js'
import * as entry from './node.js'

describe('@og/tee-verify/node', () => {
  it('behavior: exports these names', () => {
    expect(Object.keys(entry).sort()).toMatchInlineSnapshot(`
      [
        "QuoteError",
        "checkPolicy",
        "configfsTsmQuoteSource",
        "createNodeCrypto",
        "createVerifier",
        "encodeCollateral",
        "intelRoot",
        "measurementsOf",
        "nodeCrypto",
        "nodeP384",
        "parseCollateral",
        "parseEnclaveQuote",
        "parsePcsCollateral",
        "parseQuote",
        "readCcelEventLog",
        "reportDataFor",
        "simulatorRoot",
        "verifyEnclaveQuote",
        "verifyQuote",
      ]
    `)
  })

  it('behavior: all but the backend and what asks the kernel is in the main entry too', () => {
    const own = ['nodeCrypto', 'nodeP384', 'createNodeCrypto', 'configfsTsmQuoteSource', 'readCcelEventLog']
    const names = Object.keys(entry).filter((name) => !own.includes(name))
    expect(names.filter((name) => !(name in portable))).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import * as entry from './index.js'

describe('@og/tee-verify/release', () => {
  it('behavior: exports these names', () => {
    expect(Object.keys(entry).sort()).toMatchInlineSnapshot(`
      [
        "canonicalReleaseList",
        "encodeReleaseList",
        "parseReleaseList",
        "signReleaseList",
        "verifyReleaseList",
      ]
    `)
  })
})

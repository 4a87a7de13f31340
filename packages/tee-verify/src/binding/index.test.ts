import { describe, expect, it } from 'vitest'
import * as entry from './index.js'

describe('@og/tee-verify/binding', () => {
  it('behavior: exports these names', () => {
    expect(Object.keys(entry).sort()).toMatchInlineSnapshot(`
      [
        "dstackReportData",
        "nearReportData",
        "nitridingUserData",
        "nodeReportData",
        "nonceReportData",
        "teekitReportData",
        "tinfoilReportData",
      ]
    `)
  })
})

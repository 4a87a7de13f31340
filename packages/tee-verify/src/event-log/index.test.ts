import { describe, expect, it } from 'vitest'
import * as entry from './index.js'

describe('@og/tee-verify/event-log', () => {
  it('behavior: exports these names', () => {
    expect(Object.keys(entry).sort()).toMatchInlineSnapshot(`
      [
        "dstackEventType",
        "hashAppCompose",
        "hashDstackEvent",
        "isPayloadMeasured",
        "parseCcel",
        "parseDstackEventLog",
        "replayEventLog",
        "verifyEventLog",
      ]
    `)
  })
})

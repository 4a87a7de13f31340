import { describe, expect, it } from 'vitest'
import * as entry from './index.js'

describe('@og/tee-verify/nitro', () => {
  it('behavior: exports these names', () => {
    expect(Object.keys(entry).sort()).toMatchInlineSnapshot(`
      [
        "awsNitroRoot",
        "checkEnclavePolicy",
        "createWebP384",
        "hashPcrs",
        "nitroStepNames",
        "parseAttestationDocument",
        "simulatedNitroRoot",
        "verifyAttestationDocument",
        "verifyAttestationDocumentAsync",
        "verifyP384",
      ]
    `)
  })
})

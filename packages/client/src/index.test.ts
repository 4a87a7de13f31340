import { expect, test } from 'vitest'
import * as entry from './index.js'

test('default', () => {
  expect(Object.keys(entry).sort()).toMatchInlineSnapshot(`
    [
      "ClientError",
      "DEFAULT_ASSETS",
      "DEFAULT_BASE_URL",
      "DEFAULT_MAX_PER_CALL",
      "VerificationError",
      "createClient",
      "createFileStorage",
      "createMemoryStorage",
      "createWebStorage",
      "defaultSecp256k1",
      "javascriptSecp256k1",
      "signedReleases",
      "verifyEvidence",
      "verifyReceipt",
    ]
  `)
})

import { expect, test } from 'vitest'
import * as entry from './index.js'

test('default', () => {
  expect(Object.keys(entry).sort()).toMatchInlineSnapshot(`
    [
      "LLM",
      "LlmInferenceMode",
      "TEE_LLM",
      "newClient",
      "x402SettlementMode",
    ]
  `)
})

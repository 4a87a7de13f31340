import { expect, test } from 'vitest'
import * as entry from './index.js'

test('exports', () => {
  expect(Object.keys(entry).sort()).toMatchInlineSnapshot(`
    [
      "DevchainError",
      "anvilBinary",
      "batchSettlementAbi",
      "deployPaymentContracts",
      "exactPermit2ProxyAbi",
      "mintToken",
      "orderToken",
      "paymentContracts",
      "sendRpc",
      "startChain",
      "tokenBalance",
      "uptoPermit2ProxyAbi",
      "usdcDoubleAbi",
      "waitForReceipt",
    ]
  `)
})

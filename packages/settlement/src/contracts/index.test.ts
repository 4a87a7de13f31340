import { expect, test } from 'vitest'
import * as entry from './index.js'

test('exports', () => {
  expect(Object.keys(entry).sort()).toMatchInlineSnapshot(`
    [
      "checkpointCalldata",
      "decodeRecordEvents",
      "decodeRegistryEvents",
      "hashNodeStatement",
      "inferenceLogAbi",
      "inferenceLogBytecode",
      "inferenceLogDeployData",
      "isSettleCalldata",
      "mergeSettleCalldata",
      "nodeRegistryAbi",
      "nodeRegistryBytecode",
      "nodeRegistryOf",
      "nodeStatementTypes",
      "readCheckpoint",
      "readNode",
      "readNodes",
      "readSettlement",
      "recordCostOf",
      "recordGasOf",
      "refusalOf",
      "refusals",
      "registerNodeCalldata",
      "reportDoubleChargeCalldata",
      "reportEquivocationCalldata",
      "revokeNodeCalldata",
      "settleCalldata",
      "settleWithMetadataCalldata",
    ]
  `)
})

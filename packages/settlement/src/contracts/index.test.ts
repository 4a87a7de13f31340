import { expect, test } from 'vitest'
import * as entry from './index.js'

test('exports', () => {
  expect(Object.keys(entry).sort()).toMatchInlineSnapshot(`
    [
      "checkpointCalldata",
      "decodeRecordEvents",
      "decodeRegistryEvents",
      "encodeNodeStatement",
      "findBlockAt",
      "hashNodeStatement",
      "inferenceLogAbi",
      "inferenceLogBytecode",
      "inferenceLogDeployData",
      "isSettleCalldata",
      "mergeSettleCalldata",
      "nodeRegistryAbi",
      "nodeRegistryBytecode",
      "nodeRegistryOf",
      "nodeStateOf",
      "nodeStatementOf",
      "nodeStatementTypes",
      "parseNodeStatement",
      "readCheckpoint",
      "readConsistency",
      "readNode",
      "readNodes",
      "readRecordEvents",
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

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type NodeStatement,
  recordCostOf,
  recordGasOf,
  settleCalldata,
  settleWithMetadataCalldata,
} from '../../src/contracts/index.js'
import { metadataOf, type RecordChain, receiptOf, signed, startRecordChain } from './record-chain.js'

let records: RecordChain
let node: NodeStatement

beforeAll(async () => {
  records = await startRecordChain()
  node = await records.register({})
})
afterAll(() => records.close())

describe('recordGasOf', () => {
  test.each([0, 1_000, 4_000, 8_000, 16_000, 24_576])(
    'behavior: SETTLE_METADATA with %i bytes costs no more, and not a quarter less',
    async (bytes) => {
      const record = metadataOf(node, records.domain, 'x'.repeat(Math.max(0, bytes - 39)))
      const total = record.request.length + record.response.length
      const { gasUsed } = await records.send(records.contract, settleWithMetadataCalldata(record))
      const bound = recordGasOf({ settlement: 'SETTLE_METADATA', bytes: total })
      expect(gasUsed).toBeLessThanOrEqual(bound)
      expect(gasUsed * 4n).toBeGreaterThan(bound * 3n)
    },
  )

  test.each([1, 10, 50])('behavior: SETTLE, %i together, costs no more, and not a quarter less', async (together) => {
    const items = Array.from({ length: together }, () => signed(receiptOf(node), records.domain))
    const { gasUsed } = await records.send(records.contract, settleCalldata(items))
    const bound = recordGasOf({ settlement: 'SETTLE', together }) * BigInt(together)
    expect(gasUsed).toBeLessThanOrEqual(bound)
    expect(gasUsed * 4n).toBeGreaterThan(bound * 3n)
  })

  test('default: a kilobyte, a group, a batch', () => {
    const kilobyte = recordGasOf({ settlement: 'SETTLE_METADATA', bytes: 1024 })
    expect(kilobyte - recordGasOf({ settlement: 'SETTLE_METADATA', bytes: 0 })).toBeLessThanOrEqual(40n * 1024n)
    expect(recordGasOf({ settlement: 'SETTLE', together: 50 })).toBeLessThanOrEqual(25_000n)
    expect(recordGasOf({ settlement: 'SETTLE' })).toBeLessThan(52_000n)
    expect(recordGasOf({ settlement: 'SETTLE_BATCH', receipts: 100 })).toBe(1_250n)
  })
})

describe('recordCostOf', () => {
  test('default: in units of the payment asset, rounded up', () => {
    const price = { weiPerGas: 10_000_000n, unitsPerEther: 3_000_000_000n }
    expect(recordCostOf(100_000n, price)).toBe(3_000n)
    expect(recordCostOf(100_001n, price)).toBe(3_001n)
    expect(recordCostOf(0n, price)).toBe(0n)
  })
})

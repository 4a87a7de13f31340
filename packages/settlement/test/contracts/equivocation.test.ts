import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  decodeRegistryEvents,
  type NodeStatement,
  readNode,
  reportDoubleChargeCalldata,
  reportEquivocationCalldata,
  revokeNodeCalldata,
  settleCalldata,
} from '../../src/contracts/index.js'
import { addressOf, hashReceipt, hashTerms, type Receipt, type Terms } from '../../src/index.js'
import {
  nodeKey,
  otherKey,
  type RecordChain,
  receiptOf,
  signed,
  startRecordChain,
  termsOf,
  unique,
  withHighS,
} from './record-chain.js'

let records: RecordChain

beforeAll(async () => {
  records = await startRecordChain()
})
afterAll(() => records.close())

const keyOf = (index: number): `0x${string}` => `0x${index.toString(16).padStart(64, '0')}`
const revokedAt = async (node: NodeStatement) =>
  (await readNode(records.client, { contract: records.registry, nodeId: node.nodeId }))?.revokedAt

describe('reportEquivocation', () => {
  test('default', async () => {
    const key = keyOf(101)
    const node = await records.register({ receiptKey: addressOf(key) })
    const sameKey = await records.register({ receiptKey: addressOf(key) })
    const receipt = receiptOf(node)
    const first = signed(receipt, records.domain, key)
    const second = signed({ ...receipt, responseCommitment: unique() }, records.domain, key)
    const data = reportEquivocationCalldata({ first, second })
    const mined = await records.send(records.contract, data, records.account(3))
    expect(decodeRegistryEvents(mined.logs, { contract: records.registry })).toMatchObject([
      { type: 'key-banned', receiptKey: addressOf(key) },
      { type: 'node-revoked', nodeId: node.nodeId },
    ])
    expect(await revokedAt(node)).toBeGreaterThan(0n)
    expect(await records.record(settleCalldata([first]))).toMatchObject([{ type: 'skipped', reason: 'REVOKED' }])
    // Again is harmless.
    expect(await records.record(data)).toMatchObject([
      { type: 'equivocation', paymentHash: receipt.paymentHash, firstDigest: hashReceipt(receipt, records.domain) },
    ])
    // A banned key cannot come back, and anyone may revoke what else it has.
    await expect(records.register({ receiptKey: addressOf(key) })).rejects.toThrowError('KeyIsBanned')
    expect(await revokedAt(sameKey)).toBe(0n)
    await records.send(records.registry, revokeNodeCalldata(sameKey.nodeId), records.account(3))
    expect(await revokedAt(sameKey)).toBeGreaterThan(0n)
  })

  test('behavior: over two nodes of one log, both fall', async () => {
    const [keyA, keyB] = [keyOf(102), keyOf(103)]
    const a = await records.register({ receiptKey: addressOf(keyA) })
    const b = await records.register({ receiptKey: addressOf(keyB), mode: 0 })
    const paymentHash = unique()
    const first = signed(receiptOf(a, { paymentHash }), records.domain, keyA)
    const second = signed(receiptOf(b, { paymentHash }), records.domain, keyB)
    await records.record(reportEquivocationCalldata({ first, second }))
    expect(await revokedAt(a)).toBeGreaterThan(0n)
    expect(await revokedAt(b)).toBeGreaterThan(0n)
  })

  test('error: nothing that an honest node does is equivocation', async () => {
    const node = await records.register({})
    const otherLog = await records.register({ logId: unique() })
    const receipt = receiptOf(node)
    const first = signed(receipt, records.domain)
    const cases: [Receipt, string][] = [
      [receipt, 'NoEquivocation'],
      [{ ...receipt, attempt: 2 }, 'NoEquivocation'],
      [{ ...receipt, paymentHash: unique() }, 'NoEquivocation'],
      [receiptOf(otherLog, { paymentHash: receipt.paymentHash }), 'NoEquivocation'],
      [{ ...receipt, nodeId: unique() }, 'Refused(1)'],
      [{ ...receipt, nodeId: otherLog.nodeId }, 'Refused(2)'],
    ]
    for (const [second, name] of cases) {
      const data = reportEquivocationCalldata({ first, second: signed(second, records.domain) })
      await expect(records.record(data)).rejects.toThrowError(name)
    }
    const changed = { ...receipt, responseCommitment: unique() }
    const forged = [
      signed(changed, records.domain, otherKey),
      { receipt: changed, signature: first.signature },
      { receipt: changed, signature: withHighS(signed(changed, records.domain).signature) },
      signed(changed, { ...records.domain, chainId: 1n }),
    ]
    for (const second of forged) {
      await expect(records.record(reportEquivocationCalldata({ first, second }))).rejects.toThrowError('Refused(7)')
      const swapped = reportEquivocationCalldata({ first: second, second: first })
      await expect(records.record(swapped)).rejects.toThrowError('Refused(7)')
    }
    expect(await revokedAt(node)).toBe(0n)
  })
})

describe('reportDoubleCharge', () => {
  function charged(node: NodeStatement, receipt: Partial<Receipt>, terms: Terms, key = nodeKey) {
    return { ...signed(receiptOf(node, { ...receipt, termsHash: hashTerms(terms) }), records.domain, key), terms }
  }

  test('default', async () => {
    const key = keyOf(104)
    const node = await records.register({ receiptKey: addressOf(key) })
    const paymentHash = unique()
    const first = charged(node, { paymentHash, attempt: 1 }, termsOf(), key)
    const second = charged(node, { paymentHash, attempt: 2 }, termsOf({ charged: 1n }), key)
    expect(await records.record(reportDoubleChargeCalldata({ first, second }))).toMatchObject([
      { type: 'equivocation', paymentHash },
    ])
    expect(await revokedAt(node)).toBeGreaterThan(0n)
  })

  test('error: charged once, or terms that were not signed', async () => {
    const node = await records.register({})
    const paymentHash = unique()
    const first = charged(node, { paymentHash, attempt: 1 }, termsOf())
    const free = charged(node, { paymentHash, attempt: 2 }, termsOf({ charged: 0n, outcome: 3 }))
    await expect(records.record(reportDoubleChargeCalldata({ first, second: free }))).rejects.toThrowError(
      'NoEquivocation',
    )
    const lie = { ...free, terms: { ...free.terms, charged: 5n } }
    await expect(records.record(reportDoubleChargeCalldata({ first, second: lie }))).rejects.toThrowError(
      'TermsHashMismatch',
    )
    await expect(records.record(reportDoubleChargeCalldata({ first, second: first }))).rejects.toThrowError(
      'NoEquivocation',
    )
    const elsewhere = charged(node, { attempt: 2 }, termsOf())
    await expect(records.record(reportDoubleChargeCalldata({ first, second: elsewhere }))).rejects.toThrowError(
      'NoEquivocation',
    )
    expect(await revokedAt(node)).toBe(0n)
  })
})

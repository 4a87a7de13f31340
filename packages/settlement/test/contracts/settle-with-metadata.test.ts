import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type MetadataRecord,
  type NodeStatement,
  readSettlement,
  revokeNodeCalldata,
  settleWithMetadataCalldata,
} from '../../src/contracts/index.js'
import { hashReceipt } from '../../src/index.js'
import { metadataOf, notAfter, type RecordChain, signed, startRecordChain, unique, withHighS } from './record-chain.js'

let records: RecordChain
let node: NodeStatement

beforeAll(async () => {
  records = await startRecordChain()
  node = await records.register({})
})
afterAll(() => records.close())

const settle = (record: MetadataRecord) => records.record(settleWithMetadataCalldata(record))

describe('settleWithMetadata', () => {
  test('default', async () => {
    const record = metadataOf(node, records.domain)
    const digest = hashReceipt(record.receipt, records.domain)
    const events = await settle(record)
    const { signature: _, ...content } = record
    expect(events).toMatchObject([
      { type: 'settled-metadata', digest, paymentHash: record.receipt.paymentHash, nodeId: node.nodeId, ...content },
    ])
    expect(await readSettlement(records.client, { contract: records.contract, digest })).toMatchObject({
      ...events[0],
      settlement: 'SETTLE_METADATA',
    })
  })

  test('behavior: empty, long and binary contents', async () => {
    for (const text of ['', 'é'.repeat(5_000), '\u0000"\\']) {
      const record = metadataOf(node, records.domain, text)
      expect(await settle(record)).toMatchObject([{ type: 'settled-metadata', request: record.request }])
    }
  })

  test('behavior: submitted twice, the first counts', async () => {
    const record = metadataOf(node, records.domain)
    const [first] = await settle(record)
    await settle(record)
    const digest = hashReceipt(record.receipt, records.domain)
    expect(await readSettlement(records.client, { contract: records.contract, digest })).toMatchObject({ ...first })
  })

  test('error: contents that are not what was signed', async () => {
    const record = metadataOf(node, records.domain)
    const other = new TextEncoder().encode('{}')
    const { salts, terms } = record
    const cases: [Partial<MetadataRecord>, string][] = [
      [{ request: other }, 'RequestCommitmentMismatch'],
      [{ salts: { ...salts, request: unique() } }, 'RequestCommitmentMismatch'],
      [{ response: other }, 'ResponseCommitmentMismatch'],
      [{ salts: { ...salts, response: unique() } }, 'ResponseCommitmentMismatch'],
      [{ request: record.response, response: record.request }, 'RequestCommitmentMismatch'],
      [{ terms: { ...terms, charged: 1n } }, 'TermsHashMismatch'],
      [{ terms: { ...terms, salt: unique() } }, 'TermsHashMismatch'],
      [{ terms: { ...terms, modelAnswered: 'gpt-3' } }, 'TermsHashMismatch'],
      [{ terms: { ...terms, modelRequested: terms.scheme, scheme: terms.modelRequested } }, 'TermsHashMismatch'],
    ]
    for (const [change, name] of cases) {
      await expect(settle({ ...record, ...change })).rejects.toThrowError(name)
    }
  })

  test('error: every field of the terms is covered', async () => {
    const record = metadataOf(node, records.domain)
    for (const [name, value] of Object.entries(record.terms)) {
      const changed =
        typeof value === 'bigint'
          ? value + 1n
          : typeof value === 'number'
            ? value + 1
            : value.startsWith('0x')
              ? `${value.toLowerCase().slice(0, -1)}${value.endsWith('0') ? '1' : '0'}`
              : `${value}!`
      const terms = { ...record.terms, [name]: changed }
      await expect(settle({ ...record, terms }), name).rejects.toThrowError('TermsHashMismatch')
    }
  })

  test('error: refused receipts', async () => {
    const record = metadataOf(node, records.domain)
    const { receipt } = record
    const revoked = await records.register({})
    await records.send(records.registry, revokeNodeCalldata(revoked.nodeId), records.account(9))
    const cases: [Partial<MetadataRecord>, string][] = [
      [signed({ ...receipt, nodeId: unique() }, records.domain), 'Refused(1)'],
      [signed({ ...receipt, logId: unique() }, records.domain), 'Refused(2)'],
      [signed({ ...receipt, mode: 0 }, records.domain), 'Refused(3)'],
      [signed({ ...receipt, settlement: 0 }, records.domain), 'Refused(4)'],
      [signed({ ...receipt, settlement: 2 }, records.domain), 'Refused(4)'],
      [signed({ ...receipt, nodeId: revoked.nodeId }, records.domain), 'Refused(5)'],
      [signed({ ...receipt, finishedAt: notAfter + 1n }, records.domain), 'Refused(6)'],
      [{ signature: withHighS(record.signature) }, 'Refused(7)'],
      [{ signature: '0x' }, 'Refused(7)'],
    ]
    for (const [change, name] of cases) {
      await expect(settle({ ...record, ...change })).rejects.toThrowError(name)
    }
  })
})

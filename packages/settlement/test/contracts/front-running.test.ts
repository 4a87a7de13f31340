import { fc } from '@fast-check/vitest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  checkpointCalldata,
  decodeRecordEvents,
  type MetadataRecord,
  type NodeStatement,
  readCheckpoint,
  readSettlement,
  settleCalldata,
  settleWithMetadataCalldata,
} from '../../src/contracts/index.js'
import { type Checkpoint, createLog, type Hex, hashCheckpoint, hashReceipt, signDigest } from '../../src/index.js'
import {
  metadataOf,
  nodeKey,
  otherKey,
  type RecordChain,
  receiptOf,
  signed,
  startRecordChain,
  unique,
} from './record-chain.js'

/**
 * Somebody sees our call before it is mined and gets another one mined first, made from the same parts. Ours must then
 * stand as if nobody had been there, and what readers find must be what the node signed.
 */
let records: RecordChain
let node: NodeStatement

beforeAll(async () => {
  records = await startRecordChain()
  node = await records.register({})
})
afterAll(() => records.close())

const stranger = () => records.account(5)
const find = (digest: Hex) => readSettlement(records.client, { contract: records.contract, digest })

describe('with another function', () => {
  test('behavior: a SETTLE_METADATA receipt through settle records nothing', async () => {
    const record = metadataOf(node, records.domain)
    const digest = hashReceipt(record.receipt, records.domain)
    const { receipt, signature } = record
    expect(await records.record(settleCalldata([{ receipt, signature }]), stranger())).toMatchObject([
      { type: 'skipped', reason: 'WRONG_SETTLEMENT' },
    ])
    expect(await find(digest)).toBeNull()
    const [ours] = await records.record(settleWithMetadataCalldata(record))
    expect(ours).toMatchObject({ type: 'settled-metadata', digest, request: record.request })
    expect(await find(digest)).toMatchObject({ ...ours })
  })

  test('behavior: SETTLE and SETTLE_BATCH receipts through settleWithMetadata revert', async () => {
    for (const settlement of [0, 2]) {
      const record = metadataOf(node, records.domain)
      const receipt = { ...record.receipt, settlement }
      const other = { ...record, ...signed(receipt, records.domain) }
      await expect(records.record(settleWithMetadataCalldata(other), stranger())).rejects.toThrowError('Refused')
      const events = await records.record(settleCalldata([signed(receipt, records.domain)]))
      expect(events).toMatchObject([{ type: settlement === 0 ? 'settled' : 'skipped' }])
    }
  })

  test('behavior: a SETTLE_BATCH receipt through settle records nothing, its checkpoint stands', async () => {
    const batch = await records.register({ logId: unique() })
    const receipt = receiptOf(batch, { settlement: 2 })
    expect(await records.record(settleCalldata([signed(receipt, records.domain)]), stranger())).toMatchObject([
      { type: 'skipped', reason: 'WRONG_SETTLEMENT' },
    ])
    const log = createLog([hashReceipt(receipt, records.domain)])
    const head = checkpointOf(batch, { root: log.root(), uri: 'https://log' })
    expect(await records.record(checkpointCalldata(head))).toMatchObject([{ type: 'checkpoint' }])
  })
})

describe('with other metadata', () => {
  test('behavior: any other content reverts, and ours is recorded afterwards', async () => {
    const record = metadataOf(node, records.domain)
    const { terms, salts, request, response } = record
    const text = (value: string): Uint8Array => new TextEncoder().encode(value)
    const others: Partial<MetadataRecord>[] = [
      { request: text('') },
      { request: Uint8Array.of(...request, 0) },
      { request: response, response: request },
      { salts: { request: salts.response, response: salts.request } },
      { terms: { ...terms, payer: stranger().address } },
      { terms: { ...terms, payTo: stranger().address } },
      { signature: signDigest(hashReceipt(record.receipt, records.domain), otherKey) },
    ]
    for (const other of others) {
      await expect(records.record(settleWithMetadataCalldata({ ...record, ...other }), stranger())).rejects.toThrow()
    }
    const digest = hashReceipt(record.receipt, records.domain)
    expect(await find(digest)).toBeNull()
    const [ours] = await records.record(settleWithMetadataCalldata(record))
    expect(await find(digest)).toMatchObject({ ...ours })
  })

  test('behavior: random bytes in place of the request never pass', async () => {
    const record = metadataOf(node, records.domain)
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (request) => {
        await expect(
          records.record(settleWithMetadataCalldata({ ...record, request }), stranger()),
        ).rejects.toThrowError('RequestCommitmentMismatch')
      }),
      { numRuns: 25 },
    )
  })

  test('behavior: the very same call mined first says what ours says', async () => {
    const record = metadataOf(node, records.domain)
    const data = settleWithMetadataCalldata(record)
    const theirs = await records.send(records.contract, data, stranger())
    const ours = await records.send(records.contract, data)
    expect([theirs.status, ours.status]).toEqual(['success', 'success'])
    const contentOf = ({ logs }: typeof ours) =>
      decodeRecordEvents(logs, { contract: records.contract }).map((event) => ({
        ...event,
        blockNumber: 0n,
        logIndex: 0,
        transactionHash: '0x',
      }))
    expect(contentOf(ours)).toEqual(contentOf(theirs))
  })
})

function checkpointOf(by: NodeStatement, head: { readonly root: Hex; readonly uri: string }) {
  const checkpoint: Checkpoint = { logId: by.logId, seq: 1n, size: 1n, ...head }
  const signature = signDigest(hashCheckpoint(checkpoint, records.domain), nodeKey)
  return { checkpoint, nodeId: by.nodeId, signature, consistencyProof: [] }
}

describe('with another uri', () => {
  test('behavior: a checkpoint with another uri is not the one that was signed', async () => {
    const fresh = await records.register({ logId: unique() })
    const ours = checkpointOf(fresh, { root: createLog([unique()]).root(), uri: 'https://log' })
    for (const uri of ['https://elsewhere', '', 'https://log/', 'x'.repeat(513)]) {
      const theirs = { ...ours, checkpoint: { ...ours.checkpoint, uri } }
      await expect(records.record(checkpointCalldata(theirs), stranger())).rejects.toThrowError(/Refused|UriTooLong/)
    }
    expect(await records.record(checkpointCalldata(ours))).toMatchObject([
      { type: 'checkpoint', checkpoint: { uri: 'https://log' } },
    ])
  })

  test('behavior: repeated with another uri it says nothing, and the first one stays', async () => {
    const fresh = await records.register({ logId: unique() })
    const ours = checkpointOf(fresh, { root: createLog([unique()]).root(), uri: 'https://log' })
    await records.record(checkpointCalldata(ours))
    const theirs = { ...ours, checkpoint: { ...ours.checkpoint, uri: 'https://elsewhere' } }
    expect(await records.record(checkpointCalldata(theirs), stranger())).toEqual([])
    const options = { contract: records.contract, logId: fresh.logId }
    expect(await readCheckpoint(records.client, options)).toMatchObject({ seq: 1n, root: ours.checkpoint.root })
  })
})

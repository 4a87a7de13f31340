import { sendRpc } from '@og/devchain'
import { encodeFunctionData } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  inferenceLogAbi,
  type NodeStatement,
  readSettlement,
  revokeNodeCalldata,
  settleCalldata,
} from '../../src/contracts/index.js'
import { addressOf, hashReceipt, type Receipt, signDigest } from '../../src/index.js'
import {
  notAfter,
  notBefore,
  otherKey,
  type RecordChain,
  receiptOf,
  signed,
  startRecordChain,
  unique,
  withHighS,
  zero,
} from './record-chain.js'

let records: RecordChain
let node: NodeStatement

beforeAll(async () => {
  records = await startRecordChain()
  node = await records.register({})
})
afterAll(() => records.close())

const hashOf = (receipt: Receipt) => hashReceipt(receipt, records.domain)

describe('settle', () => {
  test('default', async () => {
    const receipt = receiptOf(node)
    const events = await records.record(settleCalldata([signed(receipt, records.domain)]))
    expect(events).toMatchObject([
      {
        type: 'settled',
        digest: hashOf(receipt),
        paymentHash: receipt.paymentHash,
        nodeId: node.nodeId,
        requestCommitment: receipt.requestCommitment,
        responseCommitment: receipt.responseCommitment,
        termsHash: receipt.termsHash,
      },
    ])
    const found = await readSettlement(records.client, { contract: records.contract, digest: hashOf(receipt) })
    expect(found).toEqual({ ...events[0], settlement: 'SETTLE', finality: { confirmations: 1n, isFinalized: false } })
    await sendRpc(records.chain, 'anvil_mine', '0x50')
    const later = await readSettlement(records.client, { contract: records.contract, digest: hashOf(receipt) })
    expect(later?.finality).toEqual({ confirmations: 81n, isFinalized: true })
  })

  test('behavior: anyone may submit, nothing at all is a call too', async () => {
    const receipt = receiptOf(node)
    const data = settleCalldata([signed(receipt, records.domain)])
    expect(await records.record(data, records.account(7))).toMatchObject([{ type: 'settled' }])
    expect(await records.record(settleCalldata([]))).toEqual([])
  })

  test('behavior: each refusal skips its item and no other', async () => {
    const vanilla = await records.register({ mode: 0, receiptKey: addressOf(otherKey) })
    const revoked = await records.register({})
    await records.send(records.registry, revokeNodeCalldata(revoked.nodeId), records.account(9))
    const good = [receiptOf(node), receiptOf(node)]
    const bad: [string, Receipt][] = [
      ['UNKNOWN_NODE', receiptOf(node, { nodeId: unique() })],
      ['UNKNOWN_NODE', receiptOf(node, { nodeId: zero })],
      ['WRONG_LOG', receiptOf(node, { logId: unique() })],
      ['WRONG_MODE', receiptOf(node, { mode: 0 })],
      ['WRONG_MODE', receiptOf(node, { mode: 7 })],
      ['WRONG_SETTLEMENT', receiptOf(node, { settlement: 1 })],
      ['WRONG_SETTLEMENT', receiptOf(node, { settlement: 2 })],
      ['REVOKED', receiptOf(revoked)],
      ['OUTSIDE_VALIDITY', receiptOf(node, { finishedAt: notBefore - 1n })],
      ['OUTSIDE_VALIDITY', receiptOf(node, { finishedAt: notAfter + 1n })],
      ['BAD_SIGNATURE', receiptOf(vanilla)],
    ]
    const items = [good[0], ...bad.map(([, receipt]) => receipt), good[1]].flatMap((receipt) =>
      receipt === undefined ? [] : [signed(receipt, records.domain)],
    )
    const events = await records.record(settleCalldata(items))
    expect(events.map((event) => (event.type === 'skipped' ? event.reason : event.type))).toEqual([
      'settled',
      ...bad.map(([reason]) => reason),
      'settled',
    ])
    expect(events.map((event) => ('digest' in event ? event.digest : ''))).toEqual(
      items.map((item) => hashOf(item.receipt)),
    )
    for (const [, receipt] of bad) {
      const options = { contract: records.contract, digest: hashOf(receipt) }
      expect(await readSettlement(records.client, options)).toBeNull()
    }
  })

  test('behavior: the ends of the validity are inside', async () => {
    const items = [notBefore, notAfter].map((finishedAt) => signed(receiptOf(node, { finishedAt }), records.domain))
    expect((await records.record(settleCalldata(items))).map((event) => event.type)).toEqual(['settled', 'settled'])
  })

  test('behavior: signatures that are not canonical are bad', async () => {
    const receipt = receiptOf(node)
    const { signature } = signed(receipt, records.domain)
    const variants = [
      withHighS(signature),
      `${signature.slice(0, -2)}0${signature.endsWith('1b') ? 0 : 1}`,
      signature.slice(0, -2),
      `${signature}00`,
      '0x',
      `0x${'00'.repeat(65)}`,
      signDigest(hashOf(receipt), otherKey),
      signed(receipt, { ...records.domain, chainId: 1n }).signature,
      signed(receipt, { ...records.domain, verifyingContract: records.registry }).signature,
    ] as `0x${string}`[]
    const events = await records.record(
      settleCalldata([...variants.map((variant) => ({ receipt, signature: variant })), { receipt, signature }]),
    )
    expect(events.map((event) => (event.type === 'skipped' ? event.reason : event.type))).toEqual([
      ...variants.map(() => 'BAD_SIGNATURE'),
      'settled',
    ])
  })

  test('behavior: a changed field is a bad signature', async () => {
    const receipt = receiptOf(node)
    const { signature } = signed(receipt, records.domain)
    const changes: Partial<Receipt>[] = [
      { paymentHash: unique() },
      { attempt: 2 },
      { requestCommitment: unique() },
      { responseCommitment: unique() },
      { termsHash: unique() },
      { finishedAt: receipt.finishedAt + 1n },
      { settleBy: receipt.settleBy + 1n },
    ]
    const items = changes.map((change) => ({ receipt: { ...receipt, ...change }, signature }))
    const events = await records.record(settleCalldata(items))
    expect(events.map((event) => (event.type === 'skipped' ? event.reason : event.type))).toEqual(
      changes.map(() => 'BAD_SIGNATURE'),
    )
  })

  test('behavior: a repeated item is recorded once a call, a replayed call is harmless to readers', async () => {
    const [first, second] = [receiptOf(node), receiptOf(node)].map((receipt) => signed(receipt, records.domain))
    if (first === undefined || second === undefined) throw new Error('unreachable')
    const data = settleCalldata([first, second, first, first])
    const events = await records.record(data)
    expect(events.map((event) => (event.type === 'skipped' ? event.reason : event.type))).toEqual([
      'settled',
      'settled',
      'REPEATED',
      'REPEATED',
    ])
    // Somebody replays it later: the earlier record is the one that counts.
    expect((await records.record(data, records.account(6))).map((event) => event.type).slice(0, 2)).toEqual([
      'settled',
      'settled',
    ])
    const options = { contract: records.contract, digest: hashOf(first.receipt) }
    expect(await readSettlement(records.client, options)).toMatchObject({ ...events[0] })
  })

  test('behavior: a bad item does not use up the digest of a good one', async () => {
    const receipt = receiptOf(node)
    const good = signed(receipt, records.domain)
    const bad = { receipt, signature: withHighS(good.signature) }
    const events = await records.record(settleCalldata([bad, good]))
    expect(events.map((event) => event.type)).toEqual(['skipped', 'settled'])
  })

  test('behavior: front-run tolerance', async () => {
    // Somebody copies the call out of the mempool and is mined first; ours must not fail.
    const data = settleCalldata([signed(receiptOf(node), records.domain)])
    const first = await records.send(records.contract, data, records.account(5))
    const second = await records.send(records.contract, data, records.account(4))
    expect([first.status, second.status]).toEqual(['success', 'success'])
  })

  test('error: receipts and signatures of different number', async () => {
    const data = encodeFunctionData({ abi: inferenceLogAbi, functionName: 'settle', args: [[receiptOf(node)], []] })
    await expect(records.send(records.contract, data)).rejects.toThrowError('LengthMismatch')
  })
})

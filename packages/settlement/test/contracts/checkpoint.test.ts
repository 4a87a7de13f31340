import { createClient, custom, encodeFunctionData, type Hex } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  checkpointCalldata,
  findBlockAt,
  inferenceLogAbi,
  type NodeStatement,
  readCheckpoint,
  readConsistency,
  readRecordEvents,
  readSettlement,
  revokeNodeCalldata,
  type SignedCheckpoint,
  settleCalldata,
} from '../../src/contracts/index.js'
import {
  addressOf,
  type Checkpoint,
  createLog,
  hashCheckpoint,
  hashReceipt,
  type Log,
  signDigest,
} from '../../src/index.js'
import {
  logId,
  nodeKey,
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

beforeAll(async () => {
  records = await startRecordChain()
})
afterAll(() => records.close())

/** A log of its own with a node, so that tests do not meet. */
async function freshLog(size: number): Promise<{ log: Log; node: NodeStatement; leaves: Hex[] }> {
  const leaves = Array.from({ length: size }, unique)
  return { log: createLog(leaves), leaves, node: await records.register({ logId: unique() }) }
}

interface Head {
  readonly seq: bigint
  readonly from: number
  readonly to: number
}

function signHead(node: NodeStatement, checkpoint: Checkpoint, key: Hex = nodeKey): SignedCheckpoint {
  const signature = signDigest(hashCheckpoint(checkpoint, records.domain), key)
  return { checkpoint, nodeId: node.nodeId, signature, consistencyProof: [] }
}

function headOf(node: NodeStatement, log: Log, { seq, from, to }: Head): SignedCheckpoint {
  const checkpoint = { logId: node.logId, seq, size: BigInt(to), root: log.rootAt(to), uri: `https://log/${seq}` }
  return { ...signHead(node, checkpoint), consistencyProof: log.consistencyProof(from, to) }
}

const publish = (head: SignedCheckpoint) => records.record(checkpointCalldata(head))

function isIncluded(node: NodeStatement, claim: { seq: bigint; leaf: Hex; index: bigint; proof: readonly Hex[] }) {
  return records.client.readContract({
    address: records.contract,
    abi: inferenceLogAbi,
    functionName: 'verifyInclusion',
    args: [node.logId, claim.seq, claim.leaf, claim.index, claim.proof],
  })
}

describe('checkpoint', () => {
  test('default', async () => {
    const { log, node, leaves } = await freshLog(50)
    const sizes = [1, 2, 7, 8, 31, 50]
    for (const [index, to] of sizes.entries()) {
      const head = headOf(node, log, { seq: BigInt(index + 1), from: sizes[index - 1] ?? 0, to })
      expect(await publish(head)).toMatchObject([{ type: 'checkpoint', checkpoint: head.checkpoint }])
    }
    const last = await readCheckpoint(records.client, { contract: records.contract, logId: node.logId })
    expect(last).toMatchObject({ seq: 6n, size: 50n, root: log.root() })
    // Inclusion holds against every checkpoint that covers the leaf, and no other.
    for (const [index, size] of sizes.entries()) {
      const seq = BigInt(index + 1)
      const leaf = leaves[size - 1] ?? zero
      const proof = log.inclusionProof(size - 1, size)
      expect(await isIncluded(node, { seq, leaf, index: BigInt(size - 1), proof })).toBe(true)
      expect(await isIncluded(node, { seq, leaf: unique(), index: BigInt(size - 1), proof })).toBe(false)
      expect(await isIncluded(node, { seq, leaf, index: BigInt(size), proof })).toBe(false)
    }
    await expect(isIncluded(node, { seq: 7n, leaf: zero, index: 0n, proof: [] })).rejects.toThrowError(
      'UnknownCheckpoint',
    )
  })

  test('behavior: the last number is found whatever it is, and each checkpoint keeps its size, time and root', async () => {
    const { log, node } = await freshLog(20)
    const read = <T>(functionName: 'lastSeq' | 'checkpointAt', args: readonly unknown[]) =>
      records.client.readContract({
        address: records.contract,
        abi: inferenceLogAbi,
        functionName,
        args,
      } as never) as Promise<T>
    expect(await read('lastSeq', [node.logId])).toBe(0n)
    for (let size = 1; size <= 20; size += 1) {
      await publish(headOf(node, log, { seq: BigInt(size), from: size - 1, to: size }))
      expect(await read('lastSeq', [node.logId])).toBe(BigInt(size))
    }
    const { timestamp } = await records.client.getBlock()
    for (let size = 1; size <= 20; size += 1) {
      const [found, publishedAt, root] = await read<[bigint, bigint, Hex]>('checkpointAt', [node.logId, BigInt(size)])
      expect([found, root]).toEqual([BigInt(size), log.rootAt(size)])
      expect(publishedAt).toBeLessThanOrEqual(timestamp)
      expect(publishedAt).toBeGreaterThan(timestamp - 600n)
    }
    expect(await read('checkpointAt', [node.logId, 21n])).toEqual([0n, 0n, zero])
  })

  test('error: a size that no log will have', async () => {
    const { node } = await freshLog(1)
    const checkpoint = { logId: node.logId, seq: 1n, size: 1n << 40n, root: unique(), uri: '' }
    await expect(publish(signHead(node, checkpoint))).rejects.toThrowError('SizeTooLarge')
    await publish(signHead(node, { ...checkpoint, size: (1n << 40n) - 1n }))
  })

  test('behavior: one checkpoint clears any backlog', async () => {
    const { log, node, leaves } = await freshLog(3_000)
    await publish(headOf(node, log, { seq: 1n, from: 0, to: 3 }))
    await publish(headOf(node, log, { seq: 2n, from: 3, to: 3_000 }))
    const proof = log.inclusionProof(1_234)
    expect(await isIncluded(node, { seq: 2n, leaf: leaves[1_234] ?? zero, index: 1_234n, proof })).toBe(true)
  })

  test('behavior: any valid node of the log may sign', async () => {
    const { log, node } = await freshLog(4)
    const second = await records.register({ logId: node.logId, mode: 0 })
    await publish(headOf(node, log, { seq: 1n, from: 0, to: 2 }))
    await publish(headOf(second, log, { seq: 2n, from: 2, to: 4 }))
  })

  test('behavior: a revoked key writes nothing more, what it wrote stays proven, and its successor goes on with the log', async () => {
    const { log, node, leaves } = await freshLog(6)
    const receipt = receiptOf(node)
    const item = signed(receipt, records.domain)
    expect(await records.record(settleCalldata([item]))).toMatchObject([{ type: 'settled' }])
    await publish(headOf(node, log, { seq: 1n, from: 0, to: 4 }))
    const successor = await records.register({ logId: node.logId, receiptKey: addressOf(otherKey) })
    await records.send(records.registry, revokeNodeCalldata(node.nodeId), records.account(9))

    expect(await records.record(settleCalldata([signed(receiptOf(node), records.domain)]))).toMatchObject([
      { type: 'skipped', reason: 'REVOKED' },
    ])
    const next = headOf(node, log, { seq: 2n, from: 4, to: 6 })
    await expect(publish(next)).rejects.toThrowError('Refused(5)')

    const proof = log.inclusionProof(1, 4)
    expect(await isIncluded(node, { seq: 1n, leaf: leaves[1] ?? zero, index: 1n, proof })).toBe(true)
    const digest = hashReceipt(receipt, records.domain)
    expect(await readSettlement(records.client, { contract: records.contract, digest })).toMatchObject({
      type: 'settled',
      settlement: 'SETTLE',
      digest,
    })
    const { checkpoint, consistencyProof } = next
    await publish({ ...signHead(successor, checkpoint, otherKey), consistencyProof })
    expect(
      await isIncluded(node, { seq: 2n, leaf: leaves[1] ?? zero, index: 1n, proof: log.inclusionProof(1, 6) }),
    ).toBe(true)
  })

  test('behavior: a repeated checkpoint is harmless, a contradicting one is refused', async () => {
    const { log, node } = await freshLog(9)
    const first = headOf(node, log, { seq: 1n, from: 0, to: 4 })
    await publish(first)
    await publish(headOf(node, log, { seq: 2n, from: 4, to: 9 }))
    expect(await publish(first)).toEqual([])
    const before = await readCheckpoint(records.client, { contract: records.contract, logId: node.logId, seq: 1n })
    await expect(publish(signHead(node, { ...first.checkpoint, root: unique() }))).rejects.toThrowError(
      'CheckpointConflict(1)',
    )
    await expect(publish(signHead(node, { ...first.checkpoint, size: 3n }))).rejects.toThrowError(
      'CheckpointConflict(1)',
    )
    expect(await readCheckpoint(records.client, { contract: records.contract, logId: node.logId, seq: 1n })).toEqual(
      before,
    )
  })

  test('error: out of order, or not growing', async () => {
    const { log, node } = await freshLog(9)
    await expect(publish(headOf(node, log, { seq: 0n, from: 0, to: 4 }))).rejects.toThrowError('UnexpectedSeq(1)')
    await expect(publish(headOf(node, log, { seq: 2n, from: 0, to: 4 }))).rejects.toThrowError('UnexpectedSeq(1)')
    await expect(publish(headOf(node, log, { seq: 1n, from: 0, to: 0 }))).rejects.toThrowError('SizeNotGreater(0)')
    await publish(headOf(node, log, { seq: 1n, from: 0, to: 4 }))
    await expect(publish(headOf(node, log, { seq: 2n, from: 4, to: 4 }))).rejects.toThrowError('SizeNotGreater(4)')
    await expect(publish(headOf(node, log, { seq: 2n, from: 3, to: 3 }))).rejects.toThrowError('SizeNotGreater(4)')
    await expect(publish(headOf(node, log, { seq: 3n, from: 4, to: 9 }))).rejects.toThrowError('UnexpectedSeq(2)')
  })

  test('error: a log that was rewritten', async () => {
    const { log, node, leaves } = await freshLog(20)
    await publish(headOf(node, log, { seq: 1n, from: 0, to: 7 }))
    const rewritten = createLog(leaves.map((leaf, index) => (index === 2 ? unique() : leaf)))
    await expect(publish(headOf(node, rewritten, { seq: 2n, from: 7, to: 20 }))).rejects.toThrowError('InconsistentLog')
    const good = headOf(node, log, { seq: 2n, from: 7, to: 20 })
    const flips = good.consistencyProof.map((_, position) =>
      good.consistencyProof.map((hash, index) => (index === position ? flip(hash) : hash)),
    )
    const proofs = [...flips, [], good.consistencyProof.slice(1), [...good.consistencyProof, unique()]]
    for (const consistencyProof of proofs) {
      await expect(publish({ ...good, consistencyProof })).rejects.toThrowError('InconsistentLog')
    }
    await publish(good)
  })

  test('error: a first checkpoint with a proof', async () => {
    const { log, node } = await freshLog(3)
    const head = headOf(node, log, { seq: 1n, from: 0, to: 3 })
    await expect(publish({ ...head, consistencyProof: [unique()] })).rejects.toThrowError('InconsistentLog')
  })

  test('error: not signed by a valid node of the log', async () => {
    const { log, node } = await freshLog(3)
    const good = headOf(node, log, { seq: 1n, from: 0, to: 3 })
    const stranger = await records.register({ logId })
    const late = await records.register({ logId: node.logId, notBefore: 3_999_999_999n })
    const over = await records.register({ logId: node.logId, notAfter: 1_600_000_001n })
    const revoked = await records.register({ logId: node.logId })
    await records.send(records.registry, revokeNodeCalldata(revoked.nodeId), records.account(9))
    const cases: [Partial<SignedCheckpoint>, string][] = [
      [{ nodeId: unique() }, 'Refused(1)'],
      [{ nodeId: stranger.nodeId }, 'Refused(2)'],
      [{ nodeId: revoked.nodeId }, 'Refused(5)'],
      [{ nodeId: late.nodeId }, 'Refused(6)'],
      [{ nodeId: over.nodeId }, 'Refused(6)'],
      [{ signature: signHead(node, good.checkpoint, otherKey).signature }, 'Refused(7)'],
      [{ signature: withHighS(good.signature) }, 'Refused(7)'],
      [{ checkpoint: { ...good.checkpoint, uri: 'https://elsewhere' } }, 'Refused(7)'],
      [{ checkpoint: { ...good.checkpoint, root: unique() } }, 'Refused(7)'],
      [signHead(node, { ...good.checkpoint, uri: 'x'.repeat(513) }), 'UriTooLong'],
    ]
    for (const [change, name] of cases) await expect(publish({ ...good, ...change })).rejects.toThrowError(name)
    await publish(good)
  })

  test('behavior: no account can publish by itself, the registrar neither', async () => {
    const { log, node } = await freshLog(3)
    const head = headOf(node, log, { seq: 1n, from: 0, to: 3 })
    const data = encodeFunctionData({
      abi: inferenceLogAbi,
      functionName: 'checkpoint',
      args: [head.checkpoint, head.nodeId, '0x', []],
    })
    await expect(records.record(data, records.account(9))).rejects.toThrowError('Refused(7)')
  })
})

function flip(hash: Hex): Hex {
  return `${hash.slice(0, -1)}${hash.endsWith('0') ? '1' : '0'}` as Hex
}

describe('reading heads back', () => {
  const positionsOf = (events: Awaited<ReturnType<typeof readRecordEvents>>) =>
    events.flatMap((event) => (event.type === 'checkpoint' ? [event] : []))

  test('default: the heads of one log, in ranges of blocks, each proven against the one before', async () => {
    const { log, node } = await freshLog(9)
    const start = await records.client.getBlockNumber()
    for (const [index, to] of [2, 5, 9].entries()) {
      await publish(headOf(node, log, { seq: BigInt(index + 1), from: [0, 2, 5][index] ?? 0, to }))
      await publish(headOf((await freshLog(1)).node, createLog([unique()]), { seq: 1n, from: 0, to: 1 }))
    }
    const query = {
      contract: records.contract,
      events: ['CheckpointPublished'],
      indexed: [node.logId],
      fromBlock: start,
    } as const
    const heads = positionsOf(await readRecordEvents(records.client, query))
    expect(heads.map(({ checkpoint }) => checkpoint.size)).toEqual([2n, 5n, 9n])
    for (const blocksPerRequest of [1n, 2n, 1000n]) {
      expect(await readRecordEvents(records.client, { ...query, blocksPerRequest })).toEqual(heads)
    }
    expect(await readRecordEvents(records.client, { ...query, toBlock: start })).toEqual([])
    const [first, second, third] = heads
    if (first === undefined || second === undefined || third === undefined) throw new Error('no heads')
    expect(await readConsistency(records.client, { earlier: first, later: second })).toBe(true)
    expect(await readConsistency(records.client, { earlier: second, later: third })).toBe(true)
    // Not neighbours, and not yet mined: nothing is claimed.
    expect(await readConsistency(records.client, { earlier: first, later: third })).toBeNull()
    const pending = { ...second, transactionHash: null }
    expect(await readConsistency(records.client, { earlier: first, later: pending })).toBeNull()
    // Another root before it, and the proof of another head.
    const other = { ...first, checkpoint: { ...first.checkpoint, root: unique() } }
    expect(await readConsistency(records.client, { earlier: other, later: second })).toBe(false)
    const misplaced = { ...second, transactionHash: third.transactionHash }
    expect(await readConsistency(records.client, { earlier: first, later: misplaced })).toBeNull()
  })

  test('error: events that nobody asked for are left out', async () => {
    const { log, node } = await freshLog(1)
    await publish(headOf(node, log, { seq: 1n, from: 0, to: 1 }))
    const query = { contract: records.contract, events: ['CheckpointPublished'] } as const
    const found = await readRecordEvents(records.client, { ...query, indexed: [node.logId] })
    expect(found).toHaveLength(1)
    // A chain node that ignores the filter.
    const careless = createClient({
      transport: custom({
        request: ({ method, params: [filter] }) =>
          records.client.request({ method, params: [{ ...filter, topics: [] }] }),
      }),
    })
    expect(await readRecordEvents(careless, { ...query, indexed: [node.logId] })).toEqual(found)
    expect(await readRecordEvents(careless, { ...query, indexed: [unique()] })).toEqual([])
    expect(await readRecordEvents(careless, { ...query, events: ['Equivocation'] })).toEqual([])
  })

  test('default: the block of a time', async () => {
    const newest = await records.client.getBlock()
    const genesis = await records.client.getBlock({ blockNumber: 0n })
    expect(await findBlockAt(records.client, 0n)).toBe(0n)
    expect(await findBlockAt(records.client, newest.timestamp + 1n)).toBeNull()
    for (const blockNumber of [1n, newest.number / 2n, newest.number]) {
      const { timestamp } = await records.client.getBlock({ blockNumber })
      const found = await findBlockAt(records.client, timestamp)
      expect(found).not.toBeNull()
      expect((await records.client.getBlock({ blockNumber: found ?? 0n })).timestamp).toBe(timestamp)
      const before = found === 0n ? genesis : await records.client.getBlock({ blockNumber: (found ?? 1n) - 1n })
      expect(before.timestamp).toBeLessThan(found === 0n ? timestamp + 1n : timestamp)
    }
  })
})

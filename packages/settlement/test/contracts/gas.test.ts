import { encodeFunctionData } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  checkpointCalldata,
  inferenceLogAbi,
  inferenceLogDeployData,
  type NodeStatement,
  settleCalldata,
  settleWithMetadataCalldata,
} from '../../src/contracts/index.js'
import { createLog, hashCheckpoint, hashLeaf, hashNode, signDigest, verifyInclusion } from '../../src/index.js'
import {
  logId,
  metadataOf,
  nodeKey,
  type RecordChain,
  receiptOf,
  signed,
  startRecordChain,
  unique,
} from './record-chain.js'

// Gas as receipts report it. Signatures and hashes differ a little in their number of zero bytes, hence the rounding.

let records: RecordChain
let node: NodeStatement

beforeAll(async () => {
  records = await startRecordChain()
  node = await records.register({})
})
afterAll(() => records.close())

const rounded = (gas: bigint, unit: number) => Math.round(Number(gas) / unit) * unit
const leafOf = (index: number): `0x${string}` => `0x${index.toString(16).padStart(64, '0')}`
const gasOf = async (data: `0x${string}`) => (await records.send(records.contract, data)).gasUsed

/** The root that a proof leads to (RFC 9162 §2.1.3.2). */
function rootOf(claim: {
  readonly leaf: `0x${string}`
  readonly index: bigint
  readonly size: bigint
  readonly proof: readonly `0x${string}`[]
}): `0x${string}` {
  let [position, last] = [claim.index, claim.size - 1n]
  let hash = hashLeaf(claim.leaf)
  for (const sibling of claim.proof) {
    if ((position & 1n) === 1n || position === last) {
      hash = hashNode({ left: sibling, right: hash })
      while ((position & 1n) === 0n && position !== 0n) [position, last] = [position >> 1n, last >> 1n]
    } else hash = hashNode({ left: hash, right: sibling })
    ;[position, last] = [position >> 1n, last >> 1n]
  }
  return hash
}

async function settleGas(count: number): Promise<number> {
  const items = Array.from({ length: count }, () => signed(receiptOf(node), records.domain))
  return Number(await gasOf(settleCalldata(items))) / count
}

describe('gas', () => {
  test('settle', async () => {
    const [one, ten, fifty] = [await settleGas(1), await settleGas(10), await settleGas(50)]
    expect(one).toBeLessThanOrEqual(50_000)
    expect(fifty).toBeLessThanOrEqual(25_000)
    expect([one, ten, fifty].map((gas) => rounded(BigInt(Math.round(gas)), 200))).toMatchSnapshot(
      'each of 1, 10 and 50',
    )
  })

  test('settleWithMetadata', async () => {
    const small = await gasOf(settleWithMetadataCalldata(metadataOf(node, records.domain)))
    const text = JSON.stringify({ prompt: 'x'.repeat(2_000) })
    const large = await gasOf(settleWithMetadataCalldata(metadataOf(node, records.domain, text)))
    expect([small, large].map((gas) => rounded(gas, 500))).toMatchSnapshot('a short prompt and one of 2,000 bytes')
  })

  test('checkpoint and inclusion', async () => {
    const sizes = [1_000, 20_000]
    const log = createLog(Array.from({ length: 20_000 }, (_, index) => leafOf(index)))
    const gas: number[] = []
    for (const [position, size] of sizes.entries()) {
      const seq = BigInt(position + 1)
      const checkpoint = { logId, seq, size: BigInt(size), root: log.rootAt(size), uri: 'https://node.example/v1/log' }
      const signature = signDigest(hashCheckpoint(checkpoint, records.domain), nodeKey)
      const consistencyProof = log.consistencyProof(sizes[position - 1] ?? 0, size)
      gas.push(
        Number(await gasOf(checkpointCalldata({ checkpoint, nodeId: node.nodeId, signature, consistencyProof }))),
      )
      const index = size - 333
      gas.push(
        Number(
          await records.client.estimateGas({
            to: records.contract,
            data: encodeFunctionData({
              abi: inferenceLogAbi,
              functionName: 'verifyInclusion',
              args: [logId, seq, leafOf(index), BigInt(index), log.inclusionProof(index, size)],
            }),
          }),
        ),
      )
    }
    const [, small, , large] = gas
    expect(small).toBeLessThan(50_000)
    expect(large).toBeLessThan(60_000)
    expect(gas.map((value) => rounded(BigInt(value), 500))).toMatchSnapshot(
      'checkpoint and inclusion check (as a transaction) at 1,000 and 20,000 leaves',
    )
  })

  test('inclusion check at a million leaves', async () => {
    const size = 1_000_000n
    const index = 777_777n
    const leaf = leafOf(1)
    // No tree of that size is needed for a proof of that length: any siblings lead to some root.
    const proof = Array.from({ length: 20 }, (_, at) => leafOf(1_000 + at))
    const root = rootOf({ leaf, index, size, proof })
    expect(verifyInclusion({ leaf, index, size, proof, root })).toBe(true)
    const bigLog = unique()
    const big = await records.register({ logId: bigLog })
    const checkpoint = { logId: bigLog, seq: 1n, size, root, uri: 'https://node.example/v1/log' }
    const signature = signDigest(hashCheckpoint(checkpoint, records.domain), nodeKey)
    await gasOf(checkpointCalldata({ checkpoint, nodeId: big.nodeId, signature, consistencyProof: [] }))
    const data = encodeFunctionData({
      abi: inferenceLogAbi,
      functionName: 'verifyInclusion',
      args: [bigLog, 1n, leaf, index, proof],
    })
    expect((await records.client.call({ to: records.contract, data })).data).toBe(`0x${'1'.padStart(64, '0')}`)
    const gas = await gasOf(data)
    expect(gas).toBeLessThanOrEqual(50_000n)
    expect(rounded(gas, 500)).toMatchSnapshot('as a transaction, 21,000 included')
  })

  test('SETTLE_BATCH: an inference of a hundred in a checkpoint', async () => {
    // Fixed, so that the same bytes are paid for each time, whichever tests ran before.
    const ownLog = hashLeaf(leafOf(1))
    const own = await records.register({ logId: ownLog, nodeId: hashLeaf(leafOf(2)) })
    const log = createLog(Array.from({ length: 10_300 }, (_, index) => leafOf(index)))
    const gas: number[] = []
    for (const [position, size] of [10_000, 10_100, 10_200, 10_300].entries()) {
      const checkpoint = {
        logId: ownLog,
        seq: BigInt(position + 1),
        size: BigInt(size),
        root: log.rootAt(size),
        uri: 'https://node.example/v1/log',
      }
      const signature = signDigest(hashCheckpoint(checkpoint, records.domain), nodeKey)
      const consistencyProof = position === 0 ? [] : log.consistencyProof(size - 100, size)
      gas.push(Number(await gasOf(checkpointCalldata({ checkpoint, nodeId: own.nodeId, signature, consistencyProof }))))
    }
    // Of three in a row one takes a new storage slot for the sizes of all three.
    const each = gas.slice(1).reduce((sum, one) => sum + one, 0) / 3 / 100
    expect(each).toBeLessThanOrEqual(1_000)
    expect(Math.round(each / 10) * 10).toMatchSnapshot('gas of each, consistency check included')
  })

  test('deployment', async () => {
    const gas = await records.client.estimateGas({
      data: inferenceLogDeployData({ registrar: '0x1111111111111111111111111111111111111111' }),
    })
    expect(rounded(gas, 1_000)).toMatchSnapshot('log and registry')
  })
})

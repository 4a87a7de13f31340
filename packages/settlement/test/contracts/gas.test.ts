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
import { createLog, hashCheckpoint, signDigest } from '../../src/index.js'
import { logId, metadataOf, nodeKey, type RecordChain, receiptOf, signed, startRecordChain } from './record-chain.js'

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

  test('deployment', async () => {
    const gas = await records.client.estimateGas({
      data: inferenceLogDeployData({ registrar: '0x1111111111111111111111111111111111111111' }),
    })
    expect(rounded(gas, 1_000)).toMatchSnapshot('log and registry')
  })
})

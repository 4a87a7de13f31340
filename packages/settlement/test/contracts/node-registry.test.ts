import { encodeFunctionData } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  decodeRegistryEvents,
  hashNodeStatement,
  inferenceLogAbi,
  type NodeStatement,
  nodeRegistryAbi,
  readNode,
  readNodes,
  registerNodeCalldata,
  revokeNodeCalldata,
} from '../../src/contracts/index.js'
import { addressOf, signDigest } from '../../src/index.js'
import { nodeStatement, otherKey, type RecordChain, startRecordChain, unique, withHighS, zero } from './record-chain.js'

let records: RecordChain

beforeAll(async () => {
  records = await startRecordChain()
})
afterAll(() => records.close())

const domain = () => ({ ...records.domain, verifyingContract: records.registry })
const sign = (statement: NodeStatement, key = records.registrarKey) =>
  signDigest(hashNodeStatement(statement, domain()), key)
const submit = (statement: NodeStatement, signature = sign(statement)) =>
  records.send(records.registry, registerNodeCalldata({ statement, signature }), records.account(5))

describe('register', () => {
  test('default', async () => {
    const before = await readNodes(records.client, { contract: records.registry })
    const statement = nodeStatement()
    const mined = await submit(statement)
    expect(decodeRegistryEvents(mined.logs, { contract: records.registry })).toMatchObject([
      { type: 'node-registered', statement },
    ])
    const node = await readNode(records.client, { contract: records.registry, nodeId: statement.nodeId })
    expect(node).toMatchObject({ ...statement, revokedAt: 0n })
    expect(await readNodes(records.client, { contract: records.registry, offset: BigInt(before.length) })).toEqual([
      node,
    ])
    expect(await readNode(records.client, { contract: records.registry, nodeId: unique() })).toBeNull()
  })

  test('behavior: the log knows its registry', async () => {
    const address = await records.client.readContract({
      address: records.contract,
      abi: inferenceLogAbi,
      functionName: 'nodeRegistry',
    })
    expect(address).toBe(records.registry)
  })

  test('behavior: again is harmless, other content for the same node is refused', async () => {
    const statement = nodeStatement()
    await submit(statement)
    expect((await submit(statement)).logs).toEqual([])
    await expect(submit({ ...statement, endpoint: 'https://other.example' })).rejects.toThrowError('NodeConflict')
  })

  test('behavior: pages', async () => {
    for (let index = 0; index < 3; index++) await submit(nodeStatement())
    const read = (offset: bigint, limit: bigint) =>
      records.client.readContract({
        address: records.registry,
        abi: nodeRegistryAbi,
        functionName: 'nodeIds',
        args: [offset, limit],
      })
    const all = await read(0n, 1_000n)
    expect(all.length).toBeGreaterThanOrEqual(3)
    expect(await read(1n, 2n)).toEqual(all.slice(1, 3))
    expect(await read(BigInt(all.length), 5n)).toEqual([])
    expect(await read(2n ** 255n, 2n ** 255n)).toEqual([])
    expect(await read(1n, 2n ** 256n - 1n)).toEqual(all.slice(1))
  })

  test('error: not signed by the registrar', async () => {
    const statement = nodeStatement()
    const signature = sign(statement)
    for (const wrong of [
      sign(statement, otherKey),
      withHighS(signature),
      signature.slice(0, -2) as `0x${string}`,
      signDigest(hashNodeStatement(statement, records.domain), records.registrarKey),
    ]) {
      await expect(submit(statement, wrong)).rejects.toThrowError('BadRegistrarSignature')
    }
    const changes: Partial<NodeStatement>[] = [
      { logId: unique() },
      { receiptKey: addressOf(otherKey) },
      { mode: 0 },
      { quoteHash: unique() },
      { measurementsHash: unique() },
      { endpoint: 'https://node.example/v2' },
      { notBefore: statement.notBefore + 1n },
      { notAfter: statement.notAfter + 1n },
    ]
    for (const change of changes) {
      await expect(submit({ ...statement, ...change }, signature)).rejects.toThrowError('BadRegistrarSignature')
    }
  })

  test('error: statements that cannot be right', async () => {
    const changes: Partial<NodeStatement>[] = [
      { nodeId: zero },
      { logId: zero },
      { receiptKey: '0x0000000000000000000000000000000000000000' },
      { mode: 2 },
      { quoteHash: zero },
      { measurementsHash: zero },
      { notAfter: nodeStatement().notBefore },
      { endpoint: 'x'.repeat(513) },
    ]
    for (const change of changes) {
      await expect(submit(nodeStatement(change)), JSON.stringify(Object.keys(change))).rejects.toThrowError(
        'InvalidStatement',
      )
    }
    await submit(nodeStatement({ mode: 0, quoteHash: zero, measurementsHash: zero }))
  })
})

describe('revoke', () => {
  test('behavior: by the registrar, by the node itself, by nobody else', async () => {
    const own = records.chain.accounts[4]
    if (own === undefined) throw new Error('unreachable')
    const [first, second] = [nodeStatement({ receiptKey: own.address }), nodeStatement({ receiptKey: own.address })]
    await submit(first)
    await submit(second)
    const revoke = (statement: NodeStatement, account: number) =>
      records.send(records.registry, revokeNodeCalldata(statement.nodeId), records.account(account))
    await expect(revoke(first, 5)).rejects.toThrowError('NotAuthorized')
    const mined = await revoke(first, 9)
    expect(decodeRegistryEvents(mined.logs, { contract: records.registry })).toMatchObject([
      { type: 'node-revoked', nodeId: first.nodeId },
    ])
    const before = await readNode(records.client, { contract: records.registry, nodeId: first.nodeId })
    expect((await revoke(first, 9)).logs).toEqual([])
    expect(await readNode(records.client, { contract: records.registry, nodeId: first.nodeId })).toEqual(before)
    await revoke(second, 4)
    await expect(revoke(nodeStatement(), 9)).rejects.toThrowError('UnknownNode')
    // A revoked node stays revoked: the same statement brings it back no more.
    await submit(first)
    expect(await readNode(records.client, { contract: records.registry, nodeId: first.nodeId })).toEqual(before)
  })

  test('error: only the log bans', async () => {
    const statement = nodeStatement()
    await submit(statement)
    const data = encodeFunctionData({ abi: nodeRegistryAbi, functionName: 'ban', args: [statement.nodeId] })
    await expect(records.send(records.registry, data, records.account(9))).rejects.toThrowError('NotAuthorized')
  })
})

import { encodeFunctionData } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  decodeRegistryEvents,
  encodeNodeStatement,
  hashNodeStatement,
  inferenceLogAbi,
  type NodeStatement,
  nodeRegistryAbi,
  nodeStatementOf,
  nodeStateOf,
  parseNodeStatement,
  readNode,
  readNodes,
  registerNodeCalldata,
  revokeNodeCalldata,
} from '../../src/contracts/index.js'
import { addressOf, hashJson, type KeyManifest, keccak256, nodeIdOf, signDigest } from '../../src/index.js'
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

describe('nodeStateOf', () => {
  test('default', () => {
    const node = { revokedAt: 0n, notBefore: 10n, notAfter: 20n }
    expect([9n, 10n, 20n, 21n].map((now) => nodeStateOf(node, now))).toEqual([
      'not yet valid',
      'valid',
      'valid',
      'expired',
    ])
    expect(nodeStateOf({ ...node, revokedAt: 12n }, 15n)).toBe('revoked')
  })
})

describe('nodeStatementOf', () => {
  const manifest: KeyManifest = {
    version: '1',
    mode: 'TEE',
    logId: unique(),
    receiptKey: addressOf(otherKey),
    sealing: null,
    payments: [],
    record: { chainId: 84532n, inferenceLog: addressOf(otherKey), nodeRegistry: addressOf(otherKey) },
    endpoint: 'https://node.example',
    codeVersion: '1',
    notBefore: 1n,
    notAfter: 4_000_000_000n,
  }

  test('default: what the registrar signs, and its JSON', async () => {
    const measurements = { rtMr0: unique(), mrTd: unique() }
    const statement = nodeStatementOf(manifest, { quote: '0x0102', measurements })
    expect(statement).toMatchObject({
      nodeId: nodeIdOf(manifest),
      mode: 1,
      quoteHash: keccak256(Uint8Array.of(1, 2)),
      measurementsHash: hashJson({ mrTd: measurements.mrTd, rtMr0: measurements.rtMr0 }),
    })
    expect(parseNodeStatement(JSON.parse(JSON.stringify(encodeNodeStatement(statement))))).toEqual(statement)
    await submit(statement)
    expect(await readNode(records.client, { contract: records.registry, nodeId: statement.nodeId })).toMatchObject(
      statement,
    )
    expect(nodeStatementOf({ ...manifest, mode: 'VANILLA' }, null)).toMatchObject({
      mode: 0,
      quoteHash: zero,
      measurementsHash: zero,
    })
  })

  test('error: JSON that is no statement', () => {
    const json = encodeNodeStatement(nodeStatement())
    for (const name of Object.keys(json)) {
      const { [name]: _left, ...rest } = json
      expect(() => parseNodeStatement(rest), name).toThrowError(expect.objectContaining({ code: 'MISSING_FIELD' }))
    }
    expect(() => parseNodeStatement({ ...json, more: 1 })).toThrowError(
      expect.objectContaining({ code: 'UNKNOWN_FIELD' }),
    )
    expect(() => parseNodeStatement({ ...json, mode: 2 })).toThrowError(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    )
    expect(() => parseNodeStatement('statement')).toThrowError(expect.objectContaining({ code: 'INVALID_FIELD' }))
  })
})

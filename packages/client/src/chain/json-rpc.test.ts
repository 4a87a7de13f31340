import type { Hex } from '@og/settlement'
import { describe, expect, it } from 'vitest'
import { isJsonObject } from '../read-json.js'
import { createRegistryView } from '../registry-view.js'
import { callContract, encodeCall } from './abi.js'
import { isTransfer, logsOf } from './erc20.js'
import { createJsonRpc, type JsonRpc } from './json-rpc.js'

const url = 'http://chain.test'
const contract = `0x${'0c'.repeat(20)}` as const

/** A chain's node that gives these answers, one after the other, the last one for ever. */
function nodeOf(...answers: readonly (unknown | Error)[]) {
  const asked: { method: string; params: unknown }[] = []
  let index = 0
  const rpc = createJsonRpc({
    url,
    fetch: async (_, init) => {
      asked.push(JSON.parse(String(init.body)))
      const answer = answers[Math.min(index, answers.length - 1)]
      index += 1
      if (answer instanceof Error) throw answer
      return new Response(typeof answer === 'string' ? answer : JSON.stringify(answer))
    },
  })
  return { rpc, asked }
}

describe('createJsonRpc', () => {
  it('default: the chain id is asked for once', async () => {
    const { rpc, asked } = nodeOf({ result: '0x14a34' })
    expect([await rpc.chainId(), await rpc.chainId()]).toEqual([84532n, 84532n])
    expect(asked).toHaveLength(1)
  })

  it('behavior: what got no answer is asked once more; a refusal is final', async () => {
    const lost = nodeOf(new TypeError('fetch failed'), { result: '0x1' })
    expect(await lost.rpc.chainId()).toBe(1n)
    const refused = nodeOf({ error: { code: 3, message: 'execution reverted' } })
    await expect(refused.rpc.request('eth_call', [])).rejects.toMatchObject({
      code: 'CHAIN_REFUSED',
      reason: 'execution reverted',
    })
    expect(refused.asked).toHaveLength(1)
  })

  it('behavior: a chain id that failed is asked for again', async () => {
    const { rpc } = nodeOf('', '', { result: '0x5' })
    await expect(rpc.chainId()).rejects.toMatchObject({ code: 'CHAIN_UNAVAILABLE' })
    expect(await rpc.chainId()).toBe(5n)
  })

  it.each([['<html>'], ['[]'], ['null'], ['{}'], ['{"result":7}'], ['{"result":"0x"}'], ['{"result":"0xzz"}']])(
    'error: CHAIN_UNAVAILABLE for %s',
    async (answer) => {
      await expect(nodeOf(answer).rpc.chainId()).rejects.toMatchObject({ code: 'CHAIN_UNAVAILABLE' })
    },
  )
})

describe('callContract', () => {
  it('default', async () => {
    const { rpc, asked } = nodeOf({ result: `0x${'0'.repeat(63)}7` })
    const answer = await callContract(rpc, { to: contract, signature: 'balanceOf(address)', words: [contract] })
    expect(answer.uint(0)).toBe(7n)
    expect(asked[0]?.params).toEqual([
      { to: contract, data: `0x70a08231${'0'.repeat(24)}${'0c'.repeat(20)}` },
      'latest',
    ])
  })

  it.each([
    ['nothing', '0x', 0],
    ['a short word', '0x07', 0],
    ['a word beyond the end', `0x${'0'.repeat(64)}`, 1],
  ])('error: %s', async (_, result, index) => {
    const answer = await callContract(nodeOf({ result }).rpc, { to: contract, signature: 'f()', words: [] })
    expect(() => answer.uint(index)).toThrow(expect.objectContaining({ code: 'CHAIN_UNAVAILABLE' }))
  })

  it('error: a text whose place or length lies beyond the end', async () => {
    const word = (value: bigint): string => value.toString(16).padStart(64, '0')
    for (const words of [[1n << 200n], [1_000_000n], [32n, 1n << 60n], [32n, 5n]]) {
      const { rpc } = nodeOf({ result: `0x${words.map(word).join('')}` })
      const answer = await callContract(rpc, { to: contract, signature: 'f()', words: [] })
      expect(() => answer.text(0, 0)).toThrow(expect.objectContaining({ code: 'CHAIN_UNAVAILABLE' }))
    }
  })
})

describe('isTransfer', () => {
  const transfer = { asset: contract, from: `0x${'0a'.repeat(20)}`, to: `0x${'0b'.repeat(20)}`, amount: 5n } as const
  const log = {
    address: contract,
    topics: [
      '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef',
      `0x${'0'.repeat(24)}${'0a'.repeat(20)}`,
      `0x${'0'.repeat(24)}${'0b'.repeat(20)}`,
    ],
    data: `0x${'5'.padStart(64, '0')}`,
  }

  it('default', () => {
    expect(isTransfer(log, transfer)).toBe(true)
  })

  it.each([
    ['another token', { ...log, address: transfer.from }],
    ['another amount', { ...log, data: `0x${'6'.padStart(64, '0')}` }],
    ['the other way', { ...log, topics: [log.topics[0], log.topics[2], log.topics[1]] }],
    ['another event', { ...log, topics: [log.topics[1], log.topics[1], log.topics[2]] }],
    ['no data', { ...log, data: '0x' }],
    ['no topics', { ...log, topics: [] }],
  ])('error: %s', (_, other) => {
    expect(isTransfer(other as never, transfer)).toBe(false)
  })

  it('behavior: what a node gives in place of logs is none', () => {
    const upper = { ...log, topics: log.topics.map((topic) => `0x${topic.slice(2).toUpperCase()}`) }
    expect(logsOf([null, 'log', [], { ...log, topics: null }, { ...log, data: 5 }, upper])).toEqual([log])
    expect(logsOf({ 0: log })).toEqual([])
  })
})

describe('createRegistryView', () => {
  const registry = `0x${'2b'.repeat(20)}` as const
  const inferenceLog = `0x${'1a'.repeat(20)}` as const
  const nodeId: Hex = `0x${'77'.repeat(32)}`
  const endpoint = 'http://127.0.0.1:8402'
  const word = (value: bigint | string): string =>
    (typeof value === 'bigint' ? value.toString(16) : value.slice(2)).padStart(64, '0')
  const text = Buffer.from(endpoint)
  const answers: Readonly<Record<string, string>> = {
    [encodeCall('inferenceLog()', [])]: word(inferenceLog),
    [encodeCall('nodeCount()', [])]: word(1n),
    [encodeCall('nodeIds(uint256,uint256)', [0n, 64n])]: [word(32n), word(1n), word(nodeId)].join(''),
    [encodeCall('node(bytes32)', [nodeId])]: [
      // logId, receipt key, mode, two hashes, where the endpoint stands, validity, times of registration and revocation
      ...[32n, 1n, 2n, 0n, 0n, 0n, 320n, 0n, 100n, 1n, 0n, BigInt(text.length)].map(word),
      text.toString('hex').padEnd(64, '0'),
    ].join(''),
  }
  const rpc: JsonRpc = {
    url,
    chainId: async () => 84532n,
    request: async (_, params) => {
      const [call] = params
      return `0x${answers[isJsonObject(call) ? String(call['data']) : ''] ?? ''}`
    },
  }

  it('default', async () => {
    const view = createRegistryView({ rpc, registry, now: () => 5n })
    expect(await view.endpoints('VANILLA')).toEqual([endpoint])
    const record = { chainId: 84532n, inferenceLog, nodeRegistry: registry }
    expect(await view.isRegistered({ endpoint, nodeId, record })).toBe(true)
    expect(await view.isRegistered({ endpoint: `${endpoint}1`, nodeId, record })).toBe(false)
  })

  it('security: a registered node that records with a contract of its own is none of this registry', async () => {
    const view = createRegistryView({ rpc, registry, now: () => 5n })
    const record = { chainId: 84532n, inferenceLog, nodeRegistry: registry }
    expect(await view.isRegistered({ endpoint, nodeId, record: { ...record, inferenceLog: contract } })).toBe(false)
    expect(await view.isRegistered({ endpoint, nodeId, record: { ...record, chainId: 1n } })).toBe(false)
  })
})

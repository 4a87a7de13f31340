import { describe, expect, it } from 'vitest'
import { callContract } from './abi.js'
import { isTransfer } from './erc20.js'
import { createJsonRpc } from './json-rpc.js'

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
    ['no topics', { ...log, topics: null }],
  ])('error: %s', (_, other) => {
    expect(isTransfer(other as never, transfer)).toBe(false)
  })
})

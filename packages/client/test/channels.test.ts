import { type Chain, deployPaymentContracts, mintToken, startChain, tokenBalance } from '@og/devchain'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, createClient, createMemoryStorage, verifyReceipt } from '../src/index.js'
import { type ChannelDesk, createTestChannelDesk, WITHDRAW_DELAY } from './channel-desk.js'
import { type FakeNode, startFakeNode } from './fake-node.js'

let chain: Chain
let desk: ChannelDesk
let node: FakeNode
const now = (): bigint => BigInt(Math.floor(Date.now() / 1000))
const funds = 50_000_000n

beforeAll(async () => {
  chain = await startChain()
  await deployPaymentContracts(chain)
  desk = createTestChannelDesk(chain)
  node = await startFakeNode({ mode: 'VANILLA', now, channels: desk })
})
afterAll(async () => {
  await node?.close()
  await chain?.stop()
})

/** A client of an account of the chain, which has tokens, and ether for the ways out. */
async function clientOf(
  index: number,
): Promise<{ client: Client; balance: () => Promise<bigint>; again: () => Client }> {
  const account = chain.accounts[index]
  if (account === undefined) throw new Error('the chain has no such account')
  await mintToken(chain, { to: account.address, amount: funds })
  const storage = createMemoryStorage()
  const again = (): Client =>
    createClient({ privateKey: account.privateKey, baseUrl: node.url, rpcUrl: chain.rpcUrl, storage })
  return { client: again(), again, balance: () => tokenBalance(chain, account.address) }
}

let count = 0
const ask = (client: Client) => {
  count += 1
  return client.llmCompletion({ model: 'openai/gpt-4o', prompt: `Repeat after me: marmot ${count}` })
}

describe('client.channel', () => {
  it('default: one deposit, a signature per call, charged by use, and the rest comes back', async () => {
    const { client, balance } = await clientOf(5)
    expect((await ask(client)).charge.scheme).toBe('exact')
    await client.channel.open({ deposit: 20_000n })
    const results = [await ask(client), await ask(client), await ask(client)]
    for (const { charge, verification } of results) {
      expect(charge.scheme).toBe('batch-settlement')
      expect(charge.charged).toBeLessThan(charge.authorized)
      expect(verification.steps.filter(({ ok }) => !ok)).toEqual([])
      expect(verification.notChecked.join()).toContain('a voucher names no request')
    }
    expect(new Set(results.map(({ paymentHash }) => paymentHash)).size).toBe(3)
    for (const result of results) {
      const verdict = await verifyReceipt(client.receiptBundle(result), { trust: 'intel', request: result.request })
      expect(verdict.steps.filter(({ ok }) => !ok)).toEqual([])
      expect(verdict.notChecked.join()).toContain('a voucher signs the total of its channel')
    }
    const spent = results.reduce((sum, { charge }) => sum + charge.charged, 0n)
    // One transaction moved the deposit; the calls moved nothing.
    expect(await balance()).toBe(funds - 20_000n)
    expect(await client.channel.list()).toMatchObject([
      { balance: 20_000n, charged: spent, unspent: 20_000n - spent, frozen: null },
    ])
    await desk.claim()
    const { transaction } = await client.channel.close()
    expect(transaction).toMatch(/^0x[0-9a-f]{64}$/)
    expect(await balance()).toBe(funds - spent)
    expect((await ask(client)).charge.scheme).toBe('exact')
  })

  it('behavior: what was put in is the limit, until more is allowed', async () => {
    const { client, again } = await clientOf(6)
    await client.channel.open({ deposit: 5_000n })
    let calls = 0
    const refused = await (async () => {
      for (;;) {
        try {
          await ask(client)
          calls += 1
        } catch (error) {
          return error
        }
      }
    })()
    expect(calls).toBeGreaterThan(1)
    expect(refused).toMatchObject({ code: 'PAYMENT_REFUSED', reason: 'DEPOSIT_ABOVE_CAP' })
    await client.channel.topUp({ deposit: 5_000n })
    expect((await ask(client)).charge.scheme).toBe('batch-settlement')
    const [channel] = await client.channel.list()
    expect(channel?.balance).toBe(10_000n)
    // Another object over the same storage goes on where this one is.
    const next = again()
    await next.channel.open({ deposit: 1n })
    expect((await ask(next)).charge.scheme).toBe('batch-settlement')
    expect((await next.channel.list())[0]?.channelId).toBe(channel?.channelId)
  })

  it('behavior: the way out without the node', async () => {
    const { client, balance } = await clientOf(7)
    await client.channel.open({ deposit: 20_000n })
    const { charge } = await ask(client)
    await desk.claim()
    const [channel] = await client.channel.list()
    if (channel === undefined) throw new Error('no channel')
    expect(channel.withdrawDelay).toBe(WITHDRAW_DELAY)
    await client.channel.startWithdraw(channel.channelId)
    await expect(client.channel.finishWithdraw(channel.channelId)).rejects.toMatchObject({ code: 'CHAIN_REFUSED' })
    await desk.advance(WITHDRAW_DELAY + 1)
    await client.channel.finishWithdraw(channel.channelId)
    expect(await balance()).toBe(funds - charge.charged)
  })

  it('error: deposits that are refused, and channels that are not there', async () => {
    const { client } = await clientOf(8)
    for (const deposit of [0n, -1n, 5 as never]) {
      await expect(client.channel.open({ deposit })).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    }
    await expect(client.channel.open({ deposit: 10_000_001n })).rejects.toMatchObject({
      code: 'PAYMENT_REFUSED',
      reason: 'DEPOSIT_ABOVE_CAP',
    })
    await expect(client.channel.topUp({ deposit: 1n })).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    await expect(client.channel.close()).rejects.toMatchObject({ code: 'PAYMENT_REJECTED', reason: 'CHANNEL_MISSING' })
    await expect(client.channel.startWithdraw(`0x${'01'.repeat(32)}`)).rejects.toMatchObject({
      code: 'PAYMENT_REJECTED',
    })
  })
})

import { type Chain, deployPaymentContracts, mintToken, startChain } from '@og/devchain'
import type { JsonObject } from '@og/settlement'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../src/index.js'
import { FAKE_TOKEN } from './fake-addresses.js'
import { type FakeNode, startFakeNode } from './fake-node.js'

let chain: Chain
let node: FakeNode
const now = (): bigint => BigInt(Math.floor(Date.now() / 1000))

beforeAll(async () => {
  chain = await startChain()
  await deployPaymentContracts(chain)
  node = await startFakeNode({ mode: 'VANILLA', now })
})
afterAll(async () => {
  await node.close()
  await chain.stop()
})

const call = { model: 'openai/gpt-4o', prompt: 'Hello' }

describe('approve', () => {
  it('default', async () => {
    const [payer] = chain.accounts
    if (payer === undefined) throw new Error('the chain has no account')
    await mintToken(chain, { to: payer.address, amount: 5_000_000n })
    const client = createClient({ privateKey: payer.privateKey, baseUrl: node.url, rpcUrl: chain.rpcUrl })
    const before = await client.llmCompletion(call)
    expect(before.charge.scheme).toBe('exact')
    expect(before.charge.charged).toBe(before.charge.authorized)

    const approval = await client.approve({ amount: 2_000_000n })
    expect(approval).toMatchObject({ network: 'eip155:84532', asset: FAKE_TOKEN, allowance: 2_000_000n })
    const after = await client.llmCompletion(call)
    expect(after.charge.scheme).toBe('upto')
    expect(after.charge.charged).toBeLessThan(after.charge.authorized)
    expect(after.verification.steps.every(({ ok }) => ok)).toBe(true)

    const another = createClient({ privateKey: payer.privateKey, baseUrl: node.url, rpcUrl: chain.rpcUrl })
    expect((await another.llmCompletion(call)).charge.scheme).toBe('upto')
    await client.approve({ amount: 1n })
    expect((await client.llmCompletion(call)).charge.scheme).toBe('exact')
  })

  it('behavior: upto pays first, for the bytes of a long prompt: a count of the node was for another one', async () => {
    const [, payer] = chain.accounts
    if (payer === undefined) throw new Error('the chain has no account')
    await mintToken(chain, { to: payer.address, amount: 5_000_000n })
    const client = createClient({ privateKey: payer.privateKey, baseUrl: node.url, rpcUrl: chain.rpcUrl })
    await client.approve()
    node.lie({
      requirements: ({ extra, ...requirements }) => {
        const { og, ...others } = extra as { readonly og: JsonObject }
        const counted = { promptCount: { tokenizer: 'o200k_base' }, quote: { promptTokens: 9, mac: '0x' } }
        return { ...requirements, extra: { ...others, og: { ...og, ...counted } } }
      },
    })
    const before = node.payments.length
    for (const prompt of ['once '.repeat(60), 'twice '.repeat(60)]) {
      expect((await client.llmCompletion({ ...call, prompt })).charge.scheme).toBe('upto')
    }
    node.lie({})
    const [asked, first] = node.payments.slice(before).map(({ accepted }) => accepted)
    expect(asked?.extra).toHaveProperty('og.quote')
    expect(first?.extra).not.toHaveProperty('og.quote')
    expect(BigInt(first?.amount ?? 0) - BigInt(asked?.amount ?? 0)).toBe(150n)
  })

  it('behavior: a chain that cannot be read means exact', async () => {
    const [payer] = chain.accounts
    if (payer === undefined) throw new Error('the chain has no account')
    const client = createClient({ privateKey: payer.privateKey, baseUrl: node.url, rpcUrl: 'http://127.0.0.1:9' })
    expect((await client.llmCompletion(call)).charge.scheme).toBe('exact')
  })

  it('error: a settlement that the chain does not know', async () => {
    const [payer] = chain.accounts
    if (payer === undefined) throw new Error('the chain has no account')
    const client = createClient({ privateKey: payer.privateKey, baseUrl: node.url, rpcUrl: chain.rpcUrl })
    const result = await client.llmCompletion(call)
    node.confirm()
    const error = await result.settlement().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'VERIFICATION_SETTLEMENT', reason: 'NOT_ON_CHAIN' })
  })

  it('error: INVALID_OPTIONS without rpcUrl, APPROVAL_FAILED without a chain', async () => {
    const privateKey = `0x${'42'.repeat(32)}` as const
    await expect(createClient({ privateKey, baseUrl: node.url }).approve()).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
    })
    const offline = createClient({ privateKey, baseUrl: node.url, rpcUrl: 'http://127.0.0.1:9' })
    await expect(offline.approve()).rejects.toMatchObject({ code: 'APPROVAL_FAILED' })
  })
})

describe('balance', () => {
  /** A token whose every function answers one number. */
  async function answerAlways(word: string): Promise<void> {
    const body = { jsonrpc: '2.0', id: 1, method: 'anvil_setCode', params: [FAKE_TOKEN, `0x7f${word}5f5260205ff3`] }
    const headers = { 'content-type': 'application/json' }
    await fetch(chain.rpcUrl, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  it('default: amounts come with the decimals that the token itself names', async () => {
    const [payer] = chain.accounts
    if (payer === undefined) throw new Error('the chain has no account')
    const client = createClient({ privateKey: payer.privateKey, baseUrl: node.url, rpcUrl: chain.rpcUrl })
    expect(await client.balance()).toMatchObject({ asset: FAKE_TOKEN, decimals: 6, amount: 5_000_000n })
    await answerAlways('12'.padStart(64, '0'))
    expect(await client.balance()).toMatchObject({ decimals: 18, amount: 18n })
    await answerAlways('100'.padStart(64, '0'))
    await expect(client.balance()).rejects.toMatchObject({ code: 'CHAIN_UNAVAILABLE' })
  })
})

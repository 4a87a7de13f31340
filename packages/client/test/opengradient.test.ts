import { afterEach, describe, expect, it } from 'vitest'
import {
  LLM,
  LlmInferenceMode,
  type NewClientSettings,
  newClient,
  type OpenGradientClient,
  TEE_LLM,
  x402SettlementMode,
} from '../src/opengradient/index.js'
import { type FakeNode, startFakeNode } from './fake-node.js'
import { simulatorTrust, TEST_KEY, TEST_NOW } from './setup.js'

const nodes: FakeNode[] = []
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close()
})

async function pair(settings: NewClientSettings = {}): Promise<{ node: FakeNode; og: OpenGradientClient }> {
  const node = await startFakeNode({ mode: 'TEE', now: () => TEST_NOW })
  nodes.push(node)
  const world = { baseUrl: node.url, clock: () => TEST_NOW, policy: simulatorTrust }
  return { node, og: newClient({ private_key: TEST_KEY }, { ...world, ...settings }) }
}

const call = { model_cid: 'openai/gpt-4o', prompt: 'Hello' }

describe('newClient', () => {
  it('default', async () => {
    const { node, og } = await pair()
    const output = await og.llm_completion({ ...call, stop_sequence: null, max_tokens: 10 })
    expect(output).toMatchObject({ chat_output: null, transaction_hash: null, payment_hash: output.result.paymentHash })
    expect(output.result.request).toEqual({ model: 'openai/gpt-4o', prompt: 'Hello', max_tokens: 10, temperature: 0 })
    expect(output.result.settlementMode).toBe('SETTLE')
    expect(node.requests.some(({ sealed }) => sealed)).toBe(false)
  })

  it('behavior: the key comes from the environment, and e-mail and password are ignored with a notice', () => {
    const notices: string[] = []
    const og = newClient(
      { email: 'me@example.org', password: 'secret', private_key: null },
      { environment: { OG_PRIVATE_KEY: TEST_KEY }, onNotice: (notice) => notices.push(notice) },
    )
    expect(og.client.address).toMatch(/^0x/)
    expect(notices).toHaveLength(1)
    expect(notices.join()).not.toContain('secret')
  })

  it('behavior: TEE by name and by number, sealed', async () => {
    const { node, og } = await pair()
    for (const inference_mode of [LlmInferenceMode.TEE, 1] as const) {
      const { result } = await og.llm_chat({
        model_cid: TEE_LLM.GPT_4O,
        messages: [{ role: 'user', content: 'Hello' }],
        inference_mode,
        tools: null,
        tool_choice: null,
      })
      expect(result.receipt.mode).toBe(1)
    }
    expect(node.requests.filter(({ method }) => method === 'POST').every(({ sealed }) => sealed)).toBe(true)
  })

  it('behavior: every name of a settlement mode', async () => {
    const { og } = await pair()
    const meant = async (settlement_mode: Parameters<typeof og.llm_completion>[0]['settlement_mode']) => {
      const parameters = settlement_mode === undefined ? call : { ...call, settlement_mode }
      return (await og.llm_completion({ ...parameters, stream: false })).result.settlementMode
    }
    expect(await Promise.all([undefined, 'SETTLE' as const, x402SettlementMode.SETTLE].map(meant))).toEqual(
      Array(3).fill('SETTLE'),
    )
    expect(
      await Promise.all(['SETTLE_METADATA', 'settle-metadata', 'individual'].map((mode) => meant(mode as never))),
    ).toEqual(Array(3).fill('SETTLE_METADATA'))
    expect(await Promise.all(['SETTLE_BATCH', 'settle-batch', 'batch'].map((mode) => meant(mode as never)))).toEqual(
      Array(3).fill('SETTLE_BATCH'),
    )
  })

  it('behavior: a stream of a completion', async () => {
    const { og } = await pair()
    const stream = await og.llm_completion({ ...call, stream: true })
    let text = ''
    for await (const { choices } of stream) text += choices[0].delta.content ?? ''
    expect((await stream.final()).completion_output).toBe(text)
  })

  it('error: modes that are not known are refused, never guessed', async () => {
    const { node, og } = await pair()
    const wrong = [
      { settlement_mode: 'private' },
      { settlement_mode: 'toString' },
      { inference_mode: 'ZKML' },
      { inference_mode: 2 },
      { settlement_mode: 'settle', x402_settlement_mode: 'settle' },
    ]
    for (const parameters of wrong) {
      await expect(og.llm_completion({ ...call, ...(parameters as object) })).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
      })
    }
    expect(node.requests).toEqual([])
  })

  it('error: INVALID_OPTIONS without a key anywhere', () => {
    expect(() => newClient({}, { environment: {} })).toThrow(expect.objectContaining({ code: 'INVALID_OPTIONS' }))
  })
})

describe('LLM', () => {
  it('behavior: holds all of TEE_LLM, and no id twice', () => {
    expect(LLM).toMatchObject(TEE_LLM)
    expect(new Set(Object.values(LLM)).size).toBe(Object.keys(LLM).length)
  })
})

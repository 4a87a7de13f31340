import {
  canonicalize,
  hashReceipt,
  type JsonObject,
  parseReceiptBundle,
  promptTokenBound,
  recoverSigner,
} from '@og/settlement'
import type { PaymentRequirements } from '@og/x402'
import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, describe, expect, it } from 'vitest'
import { createMemoryStorage, verifyReceipt } from '../src/index.js'
import type { FakeNode } from './fake-node.js'
import { errorOf, startPair, TEST_KEY, TEST_NOW } from './setup.js'

const nodes: FakeNode[] = []
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close()
})

async function pair(...input: Parameters<typeof startPair>): ReturnType<typeof startPair> {
  const started = await startPair(...input)
  nodes.push(started.node)
  return started
}

const prompt = "Translate the following English text to French: 'Hello, how are you?'"
const hal = [
  { role: 'system', content: 'You are a helpful AI assistant.', name: 'HAL' },
  { role: 'user', content: 'Hello! How are you doing? Can you repeat my name?' },
] as const

describe('llmCompletion', () => {
  it('default', async () => {
    const { node, client } = await pair('VANILLA')
    const result = await client.llmCompletion({ model: 'openai/gpt-4o', prompt, maxTokens: 50 })
    expect(result.completionOutput).toContain('Bonjour')
    expect(result.finishReason).toBe('stop')
    expect(result.paymentHash).toMatch(/^0x[0-9a-f]{64}$/)
    expect(result.charge).toMatchObject({ scheme: 'exact', payer: privateKeyToAccount(TEST_KEY).address })
    expect(result.charge.charged).toBe(result.charge.authorized)
    expect(result.settlementMode).toBe('SETTLE')
    expect(result.verification.ok).toBe(true)
    expect(result.verification.platform).toBeNull()
    expect(result.verification.notChecked.join()).toContain('attestation')
    expect(
      recoverSigner(
        hashReceipt(result.receipt, { chainId: 84532n, verifyingContract: node.manifest.record.inferenceLog }),
        result.receiptSignature,
      ),
    ).toBe(node.manifest.receiptKey)
    expect(node.requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`)).toEqual([
      'GET /v1/attestation',
      'POST /v1/completions',
      'POST /v1/completions',
    ])
  })

  it('behavior: names every check', async () => {
    const { client } = await pair('VANILLA')
    const { verification } = await client.completion({ model: 'openai/gpt-4o', prompt })
    expect(verification.steps.every(({ ok }) => ok)).toBe(true)
    expect(verification.steps.map(({ name }) => name)).toMatchSnapshot()
  })

  it('behavior: a bare model name is an alias that the receipt shows', async () => {
    const { client } = await pair('VANILLA')
    const result = await client.llmCompletion({ model: 'gpt-4', prompt })
    expect(result.terms.modelRequested).toBe('gpt-4')
    expect(result.model).toBe('openai/gpt-4')
  })

  it('behavior: streams and ends with the same verified result', async () => {
    const { client } = await pair('VANILLA')
    const whole = await client.llmCompletion({ model: 'openai/gpt-4o', prompt })
    const stream = await client.llmCompletion({ model: 'openai/gpt-4o', prompt, stream: true })
    let text = ''
    for await (const piece of stream.textStream()) text += piece
    const final = await stream.final()
    expect(text).toBe(whole.completionOutput)
    expect(final.completionOutput).toBe(text)
    expect(final.verification.ok).toBe(true)
    expect(final.paymentHash).not.toBe(whole.paymentHash)
  })

  it('error: INVALID_REQUEST before anything is sent', async () => {
    const { node, client } = await pair('VANILLA')
    await expect(client.llmCompletion({ model: '', prompt })).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    await expect(client.llmCompletion({ model: 'm', prompt: '' })).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    await expect(client.llmCompletion({ model: 'm', prompt, temperature: 3 })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
    await expect(client.llmCompletion({ model: 'm', prompt, maxTokens: 0 })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
    expect(node.requests).toEqual([])
  })
})

describe('llmChat', () => {
  it('default', async () => {
    const { client } = await pair('VANILLA')
    const result = await client.llmChat({ model: 'openai/gpt-4.1', messages: hal })
    expect(result.chatOutput.content).toContain('HAL')
    expect(result.turns).toHaveLength(1)
  })

  it('behavior: in TEE mode every body is sealed and the node attested with a fresh nonce', async () => {
    const { node, client } = await pair('TEE')
    const result = await client.chat({ model: 'openai/gpt-4.1', messages: hal })
    expect(result.chatOutput.content).toContain('HAL')
    expect(result.verification.platform).toBe('simulated')
    expect(result.receipt.mode).toBe(1)
    const posts = node.requests.filter(({ method }) => method === 'POST')
    expect(posts.length).toBe(2)
    expect(posts.every(({ sealed }) => sealed)).toBe(true)
    await client.chat({ model: 'openai/gpt-4.1', messages: hal })
    expect(node.requests.filter(({ method }) => method === 'GET')).toHaveLength(1)
    await client.attest()
    const nonces = node.requests.filter(({ method }) => method === 'GET').map(({ path }) => path.split('=')[1])
    expect(new Set(nonces).size).toBe(2)
  })

  it('behavior: a TEE node serves VANILLA calls, and says what was not checked', async () => {
    const { node, client } = await pair('TEE', { inferenceMode: 'VANILLA' })
    const attested = await client.llmChat({ model: 'openai/gpt-4.1', messages: hal })
    expect(attested.verification.platform).toBe('simulated')
    expect(node.requests.some(({ sealed }) => sealed)).toBe(false)
  })

  it('behavior: streams events', async () => {
    const { client } = await pair('TEE')
    const stream = await client.llmChat({ model: 'openai/gpt-4.1', messages: hal, stream: true })
    const types: string[] = []
    for await (const event of stream) types.push(event.type)
    expect(types.filter((type) => type === 'text').length).toBeGreaterThan(1)
    expect(types.at(-1)).toBe('turn-end')
    expect((await stream.final()).chatOutput.content).toContain('HAL')
  })

  it("behavior: verify 'before-yield' gives the same text", async () => {
    const { client } = await pair('TEE')
    const stream = await client.llmChat({
      model: 'openai/gpt-4.1',
      messages: hal,
      stream: true,
      verify: 'before-yield',
    })
    const final = await stream.final()
    expect(final.chatOutput.content).toContain('HAL')
  })

  it('behavior: tools without execute come back as calls', async () => {
    const { client } = await pair('VANILLA')
    const result = await client.llmChat({ model: 'm', messages: weatherTalk, tools: [weatherTool] })
    expect(result.finishReason).toBe('tool_calls')
    const [call] = result.chatOutput.tool_calls ?? []
    expect(call?.function.name).toBe('get_current_weather')
    expect(JSON.parse(call?.function.arguments ?? '')).toMatchObject({
      city: 'Dallas',
      state: 'TX',
      unit: 'fahrenheit',
    })
    expect(result.turns).toHaveLength(1)
  })

  it('behavior: tools with execute run, each turn a payment of its own', async () => {
    const { node, client } = await pair('VANILLA')
    const seen: unknown[] = []
    const tool = {
      ...weatherTool,
      execute: (input: unknown) => {
        seen.push(input)
        return 'The weather in Dallas, Texas is 85 degrees fahrenheit.'
      },
    }
    const result = await client.llmChat({ model: 'm', messages: weatherTalk, tools: [tool] })
    expect(seen).toEqual([{ city: 'Dallas', state: 'TX', unit: 'fahrenheit' }])
    expect(result.chatOutput.content).toContain('85')
    expect(result.turns).toHaveLength(2)
    expect(new Set(result.turns.map(({ paymentHash }) => paymentHash)).size).toBe(2)
    expect(node.payments).toHaveLength(2)
    expect(result.paymentHash).toBe(result.turns[1]?.paymentHash)

    const stream = await client.llmChat({ model: 'm', messages: weatherTalk, tools: [tool], stream: true })
    const types = new Set<string>()
    for await (const event of stream) types.add(event.type)
    expect([...types].sort()).toEqual(['text', 'tool-call', 'turn-end'])
    expect((await stream.final()).turns).toHaveLength(2)
  })

  it('behavior: an aborted call ends as ABORTED', async () => {
    const { client } = await pair('VANILLA')
    await expect(client.llmChat({ model: 'm', messages: hal, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    })
  })
})

describe('a node that counts prompts', () => {
  const long = 'Repeat after me: the quick brown fox jumps over the lazy dog. '.repeat(8)

  const sampling = { model: 'openai/gpt-4o', maxTokens: 10, temperature: 0 }
  const bodyOf = (prompt: string): JsonObject => ({ model: 'openai/gpt-4o', prompt, max_tokens: 10, temperature: 0 })
  /** 2.5 units for each byte of the prompt, 10 for each token of the answer, 300 for the record. */
  const byBytes = (prompt: string): bigint => (promptTokenBound(bodyOf(prompt)) * 5n + 1n) / 2n + 100n + 300n

  /** Asks for `less` units below what the bytes cost, and says how it has counted. */
  const counting =
    (less: bigint) =>
    (requirements: PaymentRequirements): PaymentRequirements => {
      const { og, ...extra } = requirements.extra as { readonly og: JsonObject }
      const counted = { promptCount: { tokenizer: 'o200k_base' }, quote: { promptTokens: 120, mac: '0x' } }
      const amount = String(BigInt(requirements.amount) - less)
      return { ...requirements, amount, extra: { ...extra, og: { ...og, ...counted } } }
    }

  it('default: exact pays what it asks for, with its quote, and the receipt of that holds', async () => {
    const { node, client } = await pair('VANILLA')
    node.lie({ requirements: counting(500n) })
    const result = await client.llmCompletion({ ...sampling, prompt: long })
    expect(result.charge.charged).toBe(byBytes(long) - 500n)
    expect(node.payments[0]?.accepted.extra).toMatchObject({ og: { quote: { promptTokens: 120 } } })
    const options = { trust: 'simulator', request: bodyOf(long), world: { now: () => TEST_NOW } } as const
    expect(await verifyReceipt(client.receiptBundle(result), options)).toMatchObject({ ok: true })
  })

  it('behavior: exact asks for the count of each long prompt; a short one is paid at once, by its bytes', async () => {
    const { node, client } = await pair('VANILLA')
    node.lie({ requirements: counting(500n) })
    const roundsOf = async (prompt: string): Promise<number> => {
      const before = node.requests.length
      await client.llmCompletion({ ...sampling, prompt })
      return node.requests.length - before
    }
    await roundsOf(long)
    expect(await roundsOf(`${long}again`)).toBe(2)
    expect(await roundsOf('short')).toBe(1)
    const accepted = node.payments.at(-1)?.accepted
    expect(accepted?.amount).toBe(`${byBytes('short')}`)
    expect(accepted?.extra).toHaveProperty('og.promptCount')
    expect(accepted?.extra).not.toHaveProperty('og.quote')
  })

  it('behavior: a caller who counts refuses a price above his count, and is asked for one each time', async () => {
    const seen: [string, string][] = []
    const answers: (number | undefined)[] = [undefined, 200, 199.5, 1e9]
    const { node, client } = await pair('VANILLA', {
      countPromptTokens: (model, canonicalBody) => {
        seen.push([model, canonicalBody])
        return answers[seen.length - 1]
      },
    })
    const ask = (): Promise<unknown> => client.llmCompletion({ ...sampling, prompt: long })
    // By bytes first; then a price for 200 tokens of the prompt.
    await ask()
    node.lie({ requirements: counting(byBytes(long) - 900n) })
    await ask()
    await ask()
    await ask()
    expect(node.requests.filter(({ method }) => method === 'POST')).toHaveLength(8)
    expect(seen[0]).toEqual(['openai/gpt-4o', canonicalize(bodyOf(long))])
    answers.push(198)
    expect(await errorOf(ask())).toMatchObject({ code: 'VERIFICATION_OFFER', reason: 'AMOUNT_ABOVE_QUOTE' })
    expect(node.payments).toHaveLength(4)
    for (const nonsense of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
      answers.push(nonsense)
      expect((await errorOf(ask())).code).toBe('INVALID_OPTIONS')
    }
    expect(node.payments).toHaveLength(4)
  })
})

describe('embed', () => {
  it.each(['VANILLA', 'TEE'] as const)('default: %s, with a portable receipt', async (mode) => {
    const { client } = await pair(mode, { storage: createMemoryStorage() })
    const input = ['a cat sat', 'interest rates']
    const result = await client.embed({ model: 'openai/text-embedding-3-small', input, dimensions: 64 })
    expect(result.embeddings.map(({ length }) => length)).toEqual([64, 64])
    expect(result.usage.completionTokens).toBe(0)
    const bundle = await client.saveReceipt(result)
    const options = { trust: 'simulator', world: { now: () => TEST_NOW } } as const
    const { request, response } = result
    const verdict = await verifyReceipt(bundle, { ...options, request, response })
    expect(verdict.steps.filter(({ ok }) => !ok)).toEqual([])
    expect(verdict.ok).toBe(true)
    // Lists of numbers and base64 are the same answer.
    const data = result.embeddings.map((embedding, index) => ({ object: 'embedding', index, embedding }))
    expect(await verifyReceipt(bundle, { ...options, response: { ...response, data } })).toMatchObject({ ok: true })
    const swapped = { ...response, data: [...data].reverse().map((item, index) => ({ ...item, index })) }
    expect(await verifyReceipt(bundle, { ...options, response: swapped })).toMatchObject({
      ok: false,
      code: 'RESPONSE_COMMITMENT',
    })
  })
})

describe('settlement', () => {
  it('default', async () => {
    const { node, client } = await pair('VANILLA')
    const result = await client.llmCompletion({ model: 'm', prompt })
    await expect(result.settlement({ timeoutMs: 1 })).rejects.toMatchObject({ code: 'SETTLEMENT_TIMEOUT' })
    node.confirm()
    const settlement = await result.settlement()
    expect(settlement.payment.transaction).toBe(`0x${'ab'.repeat(32)}`)
    expect(settlement.record).toEqual({ transaction: `0x${'ab'.repeat(32)}`, blockNumber: 7n })
    expect(settlement.notChecked.join()).toContain('no rpcUrl')
  })

  it('behavior: a batch waits for the checkpoint that covers it, and checks inclusion', async () => {
    const { node, client } = await pair('VANILLA')
    const results = []
    for (let index = 0; index < 3; index += 1) {
      results.push(
        await client.llmCompletion({ model: 'm', prompt: `${prompt} ${index}`, settlementMode: 'SETTLE_BATCH' }),
      )
    }
    node.confirm()
    const [first] = results
    const settlement = await first?.settlement()
    expect(settlement?.inclusion).toMatchObject({ seq: 1n, index: 0n, size: 3n })
    expect(settlement?.steps.map(({ name }) => name)).toContain('inclusion')
    expect(settlement?.record.transaction).toBe(`0x${'cd'.repeat(32)}`)
  })
})

describe('receiptBundle', () => {
  it('default', async () => {
    const { node, client } = await pair('TEE')
    const result = await client.llmChat({ model: 'openai/gpt-4.1', messages: hal, settlementMode: 'SETTLE_BATCH' })
    node.confirm()
    const bundle = client.receiptBundle(result, await result.settlement())
    expect(parseReceiptBundle(JSON.parse(JSON.stringify(bundle))).inclusion?.size).toBe(1n)
    const request = {
      model: 'openai/gpt-4.1',
      max_tokens: 100,
      temperature: 0,
      messages: hal.map((message) => ({ ...message })),
    }
    const verdict = await verifyReceipt(bundle, {
      trust: 'simulator',
      request,
      response: result.response,
      world: { now: () => TEST_NOW },
    })
    expect(verdict.steps.filter(({ ok }) => !ok)).toEqual([])
    expect(verdict.ok).toBe(true)
    expect(verdict.notChecked).toMatchSnapshot()
  })

  it('error: INVALID_REQUEST for a result of another client', async () => {
    const { client } = await pair('VANILLA')
    const other = await pair('VANILLA')
    const result = await client.llmCompletion({ model: 'm', prompt })
    expect(() => other.client.receiptBundle(result)).toThrow('does not know')
  })
})

const weatherTalk = [
  { role: 'system', content: 'You are a AI assistant that helps the user with tasks. Use tools if necessary.' },
  { role: 'user', content: 'Hi! How are you doing today?' },
  { role: 'assistant', content: "I'm doing well! How can I help you?" },
  { role: 'user', content: 'Can you tell me what the temperate will be in Dallas, in fahrenheit?' },
] as const

const weatherTool = {
  type: 'function',
  function: {
    name: 'get_current_weather',
    description: 'Get the current weather in a given location',
    parameters: {
      type: 'object',
      properties: {
        city: { type: 'string', description: "The city to find the weather for, e.g. 'San Francisco'" },
        state: {
          type: 'string',
          description: "the two-letter abbreviation for the state that the city is in, e.g. 'CA'",
        },
        unit: { type: 'string', description: 'The unit to fetch the temperature in', enum: ['celsius', 'fahrenheit'] },
      },
      required: ['city', 'state', 'unit'],
    },
  },
} as const

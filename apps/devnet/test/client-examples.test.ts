import { type Client, createClient, type InferenceResult, type TrustPolicy, verifyReceipt } from '@og/client'
import {
  LLM,
  LlmInferenceMode,
  newClient,
  type OpenGradientClient,
  TEE_LLM,
  x402SettlementMode,
} from '@og/client/opengradient'
import { simulatedMeasurements } from '@og/gateway'
import { defineTool, runTools } from '@og/llm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestDevnet, type TestDevnet } from './start-test-devnet.js'

/** The examples of the OpenGradient API, line by line, through both faces of the client. */

const timeout = 90_000
const policy: TrustPolicy = { platform: 'simulated', measurements: [simulatedMeasurements] }

let network: TestDevnet
let client: Client
let og: OpenGradientClient
const notices: string[] = []

beforeAll(async () => {
  network = await startTestDevnet()
  const { devnet } = network
  const options = {
    baseUrl: { VANILLA: devnet.vanillaGateway.url(), TEE: devnet.gateway.url() },
    rpcUrl: devnet.rpc,
    policy,
  }
  const payer = await network.payer({ tokens: 50_000_000n })
  client = createClient({ ...options, privateKey: payer.privateKey })
  og = newClient(
    { email: null, password: null, private_key: undefined },
    { ...options, environment: { OG_PRIVATE_KEY: payer.privateKey }, onNotice: (notice) => notices.push(notice) },
  )
}, timeout)
afterAll(() => network?.devnet.stop())

const prompt = "Translate the following English text to French: 'Hello, how are you?'"

const hal = [
  { role: 'system', content: 'You are a helpful AI assistant.', name: 'HAL' },
  { role: 'user', content: 'Hello! How are you doing? Can you repeat my name?' },
] as const

const weatherTools = [
  {
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
            description: "the two-letter abbreviation for the state that the city is in, e.g. 'CA' which is California",
          },
          unit: {
            type: 'string',
            description: 'The unit to fetch the temperature in',
            enum: ['celsius', 'fahrenheit'],
          },
        },
        required: ['city', 'state', 'unit'],
      },
    },
  },
] as const

const weatherTalk = [
  { role: 'system', content: 'You are a AI assistant that helps the user with tasks. Use tools if necessary.' },
  { role: 'user', content: 'Hi! How are you doing today?' },
  { role: 'assistant', content: "I'm doing well! How can I help you?" },
  { role: 'user', content: 'Can you tell me what the temperate will be in Dallas, in fahrenheit?' },
] as const

const review = `Analyze this Solidity smart contract function for security vulnerabilities:

function transfer(address to, uint256 amount) public {
    require(balanceOf[msg.sender] >= amount, "Insufficient balance");
    balanceOf[msg.sender] -= amount;
    balanceOf[to] += amount;
}
`

const patient = [
  {
    role: 'system',
    content: 'You are a medical assistant. Analyze patient symptoms and provide preliminary guidance.',
  },
  {
    role: 'user',
    content:
      'Patient: 45-year-old male, presenting with chest pain and shortness of breath. Blood pressure: 140/90. What are the potential causes?',
  },
] as const

const loan = `Assess this loan application for approval:
Income: $75000
Credit Score: 720
Debt-to-Income Ratio: 0.35
Requested Loan: $250000
Provide risk assessment and recommendation.`

/** What every answer must stand on, whatever face it came through. */
function expectVerified(result: InferenceResult, mode: 'VANILLA' | 'TEE'): void {
  expect(result.verification.steps.filter(({ ok }) => !ok)).toEqual([])
  expect(result.verification.steps.length).toBeGreaterThan(20)
  expect(result.receipt.mode).toBe(mode === 'TEE' ? 1 : 0)
  expect(result.verification.platform).toBe(mode === 'TEE' ? 'simulated' : null)
}

describe('createClient', () => {
  test('completion', { timeout }, async () => {
    const result = await client.llmCompletion({ model: 'openai/gpt-4o', prompt, maxTokens: 50, temperature: 0 })
    expect(result.completionOutput).toContain('Bonjour')
    expect(result.paymentHash).toMatch(/^0x[0-9a-f]{64}$/)
    expectVerified(result, 'VANILLA')
  })

  test('chat', { timeout }, async () => {
    const result = await client.llmChat({ model: 'openai/gpt-4.1', messages: hal })
    expect(result.chatOutput.content).toContain('HAL')
    expectVerified(result, 'VANILLA')
  })

  test('chat with tools', { timeout }, async () => {
    const result = await client.llmChat({
      model: LLM.MISTRAL_7B_INSTRUCT_V3,
      messages: weatherTalk,
      tools: weatherTools,
    })
    const call = result.chatOutput.tool_calls?.[0]
    expect(call?.function.name).toBe('get_current_weather')
    expect(JSON.parse(call?.function.arguments ?? '')).toEqual({ city: 'Dallas', state: 'TX', unit: 'fahrenheit' })
    expectVerified(result, 'VANILLA')
  })

  test('contract analysis, health care and loan risk in an enclave', { timeout }, async () => {
    const analysed = await client.llmCompletion({
      model: 'gpt-4',
      prompt: review,
      maxTokens: 500,
      temperature: 0,
      inferenceMode: 'TEE',
    })
    expect(analysed.completionOutput).toContain('transfer')
    const advised = await client.llmChat({
      model: 'claude-3-opus',
      messages: patient,
      maxTokens: 300,
      temperature: 0.1,
      inferenceMode: 'TEE',
    })
    expect(advised.chatOutput.content).toContain('chest pain')
    const assessed = await client.llmCompletion({
      model: 'gpt-4',
      prompt: loan,
      maxTokens: 250,
      temperature: 0,
      inferenceMode: 'TEE',
    })
    expect(assessed.completionOutput).toContain('720')
    for (const result of [analysed, advised, assessed]) expectVerified(result, 'TEE')
  })

  test('each settlement mode reaches the chain in its own way, and its proof is kept', { timeout }, async () => {
    for (const settlementMode of ['SETTLE', 'SETTLE_METADATA', 'SETTLE_BATCH'] as const) {
      const result = await client.llmChat({ model: 'openai/gpt-4.1', messages: hal, settlementMode })
      expect((await client.receipt(result.paymentHash)).state).toBe('finished')
      const paid = await client.settlement(result.paymentHash, { until: 'paid' })
      expect(paid.steps.map(({ name, ok }) => [name, ok])).toContainEqual(['payment on chain', true])
      const settlement = await client.settlement(result.paymentHash, { until: 'anchored' })
      expect(settlement.mode).toBe(settlementMode)
      expect(settlement.inclusion).not.toBeNull()
      expect(settlement.steps.filter(({ ok }) => !ok)).toEqual([])
      const bundle = await client.saveReceipt(result, settlement)
      const verdict = await verifyReceipt(bundle, {
        trust: 'simulator',
        rpcUrl: network.devnet.rpc,
        request: result.request,
        response: result.response,
      })
      expect(verdict.steps.filter(({ ok }) => !ok)).toEqual([])
      expect(verdict.ok).toBe(true)
    }
  })

  test('vectors, models, and the functions of @og/llm over the same wire', { timeout }, async () => {
    const models = await client.listModels()
    expect(models.map(({ id }) => id)).toContain('openai/gpt-4o')
    const input = ['a marmot', 'a weasel']
    const result = await client.embed({ model: 'openai/text-embedding-3-small', input, inferenceMode: 'TEE' })
    expect(result.embeddings).toHaveLength(2)
    expect(result.embeddings[0]).not.toEqual(result.embeddings[1])
    expectVerified(result, 'TEE')
    expect(result.charge.charged).toBeGreaterThan(0n)

    const transport = client.transport({ settlementMode: 'SETTLE_BATCH' })
    const run = await runTools(
      transport,
      { model: 'openai/gpt-4o', messages: weatherTalk },
      {
        tools: [
          defineTool({
            name: 'get_current_weather',
            parameters: weatherTools[0].function.parameters,
            execute: () => '85 degrees fahrenheit in Dallas',
          }),
        ],
      },
    )
    expect(run.text).toContain('85')
    expect(transport.evidence.map(({ answer }) => answer.receipt.settlement)).toEqual([2, 2])
  })

  test('paid by use, the transaction shows that it settles this very payment', { timeout }, async () => {
    const { privateKey } = await network.payer({ tokens: 10_000_000n, permit2: true })
    const client = createClient({ baseUrl: network.devnet.gateway.url(), rpcUrl: network.devnet.rpc, privateKey })
    const asked = { model: 'openai/gpt-4.1', messages: hal }
    const results = await Promise.all([client.llmChat(asked), client.llmChat(asked), client.llmChat(asked)])
    expect(results.map(({ charge }) => charge.scheme)).toEqual(['upto', 'upto', 'upto'])
    for (const { paymentHash } of results) {
      const { steps } = await client.settlement(paymentHash, { until: 'paid' })
      expect(steps.map(({ name, ok }) => [name, ok])).toContainEqual(['payment on chain', true])
    }
  })

  test('the books agree with the chain', { timeout }, async () => {
    const [total] = client.spend.totals()
    const entries = client.spend.entries()
    for (const { paymentHash } of entries) await client.settlement(paymentHash, { until: 'paid' })
    expect(total?.open).toBe(0n)
    expect(total?.charged).toBe(entries.reduce((sum, { charged }) => sum + (charged ?? 0n), 0n))
    const { amount, asset } = await client.balance()
    expect(asset).toBe(network.devnet.payment.token)
    expect(amount).toBe(50_000_000n - (total?.charged ?? 0n))
  })
})

describe('newClient', () => {
  test('completion', { timeout }, async () => {
    const result = await og.llm_completion({ model_cid: 'openai/gpt-4o', prompt, max_tokens: 50, temperature: 0 })
    expect(result.completion_output).toContain('Bonjour')
    expect(result.payment_hash).toMatch(/^0x[0-9a-f]{64}$/)
    expectVerified(result.result, 'VANILLA')
    expect(notices).toEqual([])
  })

  test('chat', { timeout }, async () => {
    const result = await og.llm_chat({ model_cid: 'openai/gpt-4.1', messages: hal })
    expect(result.chat_output.content).toContain('HAL')
    expect(result.payment_hash).toBe(result.result.paymentHash)
  })

  test('chat with tools', { timeout }, async () => {
    const result = await og.llm_chat({
      model_cid: LLM.MISTRAL_7B_INSTRUCT_V3,
      messages: weatherTalk,
      tools: weatherTools,
    })
    expect(result.finish_reason).toBe('tool_calls')
    expect(result.chat_output.tool_calls?.[0]?.function.arguments).toContain('Dallas')
  })

  test('contract analysis, health care and loan risk in an enclave', { timeout }, async () => {
    const inference_mode = LlmInferenceMode.TEE
    const analysed = await og.llm_completion({
      model_cid: 'gpt-4',
      prompt: review,
      max_tokens: 500,
      temperature: 0,
      inference_mode,
    })
    expect(analysed.completion_output).toContain('transfer')
    const stream = await og.llm_chat({
      model_cid: 'claude-3-opus',
      messages: patient,
      max_tokens: 300,
      temperature: 0.1,
      inference_mode,
      stream: true,
    })
    let text = ''
    let ends = 0
    for await (const { choices, is_final, payment_hash } of stream) {
      text += choices[0].delta.content ?? ''
      if (is_final) ends += 1
      expect(payment_hash === null).toBe(!is_final)
    }
    const advised = await stream.final()
    expect([text, ends]).toEqual([advised.chat_output.content, 1])
    const assessed = await og.llm_completion({
      model_cid: 'gpt-4',
      prompt: loan,
      max_tokens: 250,
      temperature: 0,
      inference_mode,
    })
    expect(assessed.completion_output).toContain('720')
    for (const { result } of [analysed, advised, assessed]) expectVerified(result, 'TEE')
  })

  test('the three settlement modes, by both names of the parameter', { timeout }, async () => {
    const modes = [
      [x402SettlementMode.SETTLE, 'SETTLE'],
      [x402SettlementMode.SETTLE_METADATA, 'SETTLE_METADATA'],
      [x402SettlementMode.SETTLE_BATCH, 'SETTLE_BATCH'],
      [x402SettlementMode.BATCH_HASHED, 'SETTLE_BATCH'],
    ] as const
    for (const [settlement_mode, meant] of modes) {
      const call = { model_cid: TEE_LLM.GPT_4_1, messages: hal }
      const named = await og.llm_chat({ ...call, settlement_mode })
      const later = await og.llm_chat({ ...call, x402_settlement_mode: settlement_mode })
      expect([named.result.settlementMode, later.result.settlementMode]).toEqual([meant, meant])
    }
  })

  test('every supported model answers in an enclave', { timeout }, async () => {
    const models = [
      TEE_LLM.GPT_4_1,
      TEE_LLM.GPT_4O,
      TEE_LLM.CLAUDE_4_0_SONNET,
      TEE_LLM.CLAUDE_3_5_HAIKU,
      TEE_LLM.GROK_3_BETA,
      TEE_LLM.GROK_3_MINI_BETA,
      TEE_LLM.GROK_4_1_FAST_NON_REASONING,
      TEE_LLM.GEMINI_2_5_FLASH_PREVIEW,
      TEE_LLM.GEMINI_2_5_PRO_PREVIEW,
    ]
    for (const model_cid of models) {
      const { result } = await og.llm_chat({ model_cid, messages: hal, inference_mode: LlmInferenceMode.TEE })
      expect(result.model).toBe(model_cid)
      expectVerified(result, 'TEE')
    }
  })
})

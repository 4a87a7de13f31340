import { type Client, createClient } from '@og/client'
import { encodeReceipt, hashReceipt, type JsonObject, parseReceipt } from '@og/settlement'
import OpenAI from 'openai'
import type { Hex, LocalAccount } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FlakyProxy, startFlakyProxy } from '../../devnet/test/start-flaky-proxy.js'
import { type Payer, startTestDevnet, type TestDevnet } from '../../devnet/test/start-test-devnet.js'
import { simulatedMeasurements } from '../src/index.js'

const tokens = 10_000_000n
const say = (text: string): Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, 'stream'> => ({
  model: 'openai/gpt-4o',
  messages: [{ role: 'user', content: `Say exactly: ${text}` }],
  max_tokens: 64,
})

let net: TestDevnet
const proxies: Partial<Record<'TEE' | 'VANILLA', FlakyProxy>> = {}
beforeAll(async () => {
  net = await startTestDevnet()
  proxies.TEE = await startFlakyProxy(net.devnet.gateway.url)
  proxies.VANILLA = await startFlakyProxy(net.devnet.vanillaGateway.url)
}, 120_000)
afterAll(async () => {
  await proxies.TEE?.close()
  await proxies.VANILLA?.close()
  await net?.devnet.stop()
})

interface Caller {
  readonly payer: Payer
  readonly client: Client
  readonly openai: OpenAI
  readonly proxy: FlakyProxy
  readonly nodeUrl: string
  /** How many payments were signed. */
  readonly signatures: () => number
}

/** An application: a fresh account, our client, and the unmodified openai package on top of its fetch. */
async function callerOf(mode: 'TEE' | 'VANILLA', options: { readonly permit2?: boolean } = {}): Promise<Caller> {
  const payer = await net.payer({ tokens, ...options })
  const proxy = proxies[mode]
  if (proxy === undefined) throw new Error('no proxy')
  proxy.plan([])
  let signatures = 0
  const account: LocalAccount = {
    ...payer.account,
    signTypedData: (data) => {
      signatures += 1
      return payer.account.signTypedData(data)
    },
  }
  const client = createClient({
    account,
    baseUrl: proxy.url,
    inferenceMode: mode,
    rpcUrl: net.devnet.rpc,
    trust: { platform: 'simulated', measurements: [simulatedMeasurements] },
  })
  const openai = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: 'unused', fetch: client.fetch })
  const nodeUrl = mode === 'TEE' ? net.devnet.gateway.url() : net.devnet.vanillaGateway.url()
  return { payer, client, openai, proxy, nodeUrl, signatures: () => signatures }
}

interface Evidence {
  readonly paymentHash: Hex
  readonly receiptDigest: Hex
  readonly receipt: JsonObject
  readonly label: string
}

function evidenceOf(answer: { readonly usage?: unknown }): Evidence {
  const { og } = answer.usage as { og?: Evidence }
  if (og === undefined) throw new Error('the answer carries no receipt')
  return og
}

/** Receipts are what the chain has; and the payer has paid for each of them once, and for nothing else. */
async function expectPaid(caller: Caller, mode: 'TEE' | 'VANILLA', all: readonly Evidence[]): Promise<void> {
  const domain = { chainId: BigInt(net.devnet.chainId), verifyingContract: net.devnet.contracts.inferenceLog }
  let charged = 0n
  for (const evidence of all) {
    const receipt = parseReceipt(evidence.receipt)
    expect(receipt.mode).toBe(mode === 'TEE' ? 1 : 0)
    expect(hashReceipt(receipt, domain)).toBe(evidence.receiptDigest)
    const status = await net.untilSettled(caller.nodeUrl, evidence.paymentHash)
    expect(status.receipt).toEqual(encodeReceipt(receipt))
    charged += BigInt(status.payment.charged ?? '-1')
    expect(await net.settledEvents(evidence.receiptDigest)).toBe(1)
  }
  expect((await net.transfersFrom(caller.payer.address)).length).toBe(all.length)
  expect(await caller.payer.balance()).toBe(tokens - charged)
}

const weather = (read: (input: { city: string; state: string }) => string) => ({
  type: 'function' as const,
  function: {
    name: 'get_current_weather',
    description: 'Get the current weather in a given location',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, state: { type: 'string' } },
      required: ['city', 'state'],
    },
    parse: (text: string): { city: string; state: string } => JSON.parse(text),
    function: read,
  },
})

describe.each(['VANILLA', 'TEE'] as const)('the unmodified openai client, %s', (mode) => {
  test('chat', async () => {
    const caller = await callerOf(mode)
    const answer = await caller.openai.chat.completions.create(say('bonjour'))
    expect(answer.choices[0]?.message.content).toBe('bonjour')
    const evidence = evidenceOf(answer)
    expect(evidence.label).toBe('scripted')
    expect(caller.signatures()).toBe(1)
    await expectPaid(caller, mode, [evidence])
  })

  test('streams: raw chunks, and the .stream() helper', async () => {
    const caller = await callerOf(mode, { permit2: true })
    let text = ''
    let usage: unknown
    const chunks = await caller.openai.chat.completions.create({ ...say('un deux trois'), stream: true })
    for await (const chunk of chunks) {
      text += chunk.choices[0]?.delta.content ?? ''
      usage = chunk.usage ?? usage
    }
    expect(text).toBe('un deux trois')
    const helper = caller.openai.chat.completions.stream(say('quatre cinq'))
    expect(await helper.finalContent()).toBe('quatre cinq')
    const last = await helper.finalChatCompletion()
    expect(caller.signatures()).toBe(2)
    await expectPaid(caller, mode, [evidenceOf({ usage }), evidenceOf(last)])
  })

  test('a tool loop: every turn is a call of its own', async () => {
    const caller = await callerOf(mode)
    const degrees = String(Math.floor(Math.random() * 1000) / 10)
    const runner = caller.openai.chat.completions.runTools({
      model: 'openai/gpt-4.1',
      max_tokens: 200,
      messages: [{ role: 'user', content: 'What is the weather in Dallas?' }],
      tools: [weather(({ city, state }) => `${degrees} degrees in ${city}, ${state}`)],
    })
    expect(await runner.finalContent()).toContain(`${degrees} degrees in Dallas, TX`)
    const turns = runner.allChatCompletions()
    expect(turns.length).toBe(2)
    expect(caller.signatures()).toBe(2)
    await expectPaid(caller, mode, turns.map(evidenceOf))
  })

  test('errors of the node come through as errors of the openai client, unpaid', async () => {
    const caller = await callerOf(mode)
    const error = await caller.openai.chat.completions.create({ ...say('x'), temperature: 3 }).catch((reason) => reason)
    expect(error).toBeInstanceOf(OpenAI.BadRequestError)
    expect(error).toMatchObject({ status: 400, code: 'decimal_above_max_value', param: 'temperature' })
    expect(caller.signatures()).toBe(0)
  })
})

describe('one logical call is one payment, whatever stands between', () => {
  test.each([
    ['refuses twice before it passes anything on', ['refuse', 'refuse', 'pass', 'pass']],
    ['refuses the paid request twice', ['pass', 'refuse', 'refuse', 'pass']],
    ['loses the paid answer twice', ['pass', 'lose', 'lose', 'pass']],
    ['loses one and refuses one', ['pass', 'lose', 'refuse', 'pass']],
  ] as const)('VANILLA: a proxy that %s; the openai client repeats by itself', async (_name, steps) => {
    const caller = await callerOf('VANILLA')
    caller.proxy.plan(steps)
    const answer = await caller.openai.chat.completions.create(say('once'))
    expect(answer.choices[0]?.message.content).toBe('once')
    expect(caller.proxy.taken).toEqual(steps)
    expect(caller.signatures()).toBe(1)
    expect(new Set(caller.proxy.payments).size).toBe(1)
    await expectPaid(caller, 'VANILLA', [evidenceOf(answer)])
  })

  test('VANILLA: a connection that breaks after the paid request was read', async () => {
    const caller = await callerOf('VANILLA')
    const long = say(Array.from({ length: 40 }, (_, index) => `word${index}`).join(' '))
    caller.proxy.plan(['pass', 'cut', 'cut', 'pass'])
    const answer = await caller.openai.chat.completions.create({ ...long, max_tokens: 300 })
    expect(answer.choices[0]?.message.content).toBe(long.messages[0]?.content?.toString().replace('Say exactly: ', ''))
    expect(answer.choices[0]?.finish_reason).toBe('stop')
    expect(caller.signatures()).toBe(1)
    await expectPaid(caller, 'VANILLA', [evidenceOf(answer)])
  })

  test.each([
    ['refuses', ['pass', 'refuse', 'pass']],
    ['loses the answer', ['pass', 'lose', 'pass']],
  ] as const)(
    'TEE: an unsealed 500 of a proxy that %s is no answer; the repeated call pays nothing more',
    async (_name, steps) => {
      const caller = await callerOf('TEE')
      caller.proxy.plan(steps)
      const call = () => caller.openai.chat.completions.create(say('sealed once'))
      const first = await call().catch((reason: unknown) => reason)
      const answer = first instanceof Error ? await call() : (first as OpenAI.ChatCompletion)
      expect(answer.choices[0]?.message.content).toBe('sealed once')
      expect(caller.signatures()).toBe(1)
      expect(caller.proxy.taken).toEqual(steps)
      await expectPaid(caller, 'TEE', [evidenceOf(answer)])
    },
  )

  test('two calls with the same body are two payments', async () => {
    const caller = await callerOf('VANILLA')
    const answers = await Promise.all([1, 2].map(() => caller.openai.chat.completions.create(say('twice'))))
    expect(caller.signatures()).toBe(2)
    await expectPaid(caller, 'VANILLA', answers.map(evidenceOf))
  })
})

import { createOpenAI } from '@ai-sdk/openai'
import { ChatOpenAI } from '@langchain/openai'
import { generateText, streamText } from 'ai'
import OpenAI, { APIError } from 'openai'
import { afterEach, describe, expect, it } from 'vitest'
import type { Client } from '../src/index.js'
import type { FakeNode } from './fake-node.js'
import { reachableText, startPair } from './setup.js'

const nodes: FakeNode[] = []
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close()
})

async function openAiPair(
  ...input: Parameters<typeof startPair>
): Promise<{ node: FakeNode; client: Client; openai: OpenAI }> {
  const { node, client } = await startPair(...input)
  nodes.push(node)
  return { node, client, openai: new OpenAI({ baseURL: `${node.url}/v1`, apiKey: 'unused', fetch: client.fetch }) }
}

/** A way to a node that says of each payment, so many times, that it is being served right now. */
function busyFor(times: number, retryAfter = '1') {
  let left = times
  const waits: number[] = []
  const payments = new Set<string>()
  const body = { error: { message: 'busy', type: 'payment_error', param: null, code: 'payment_in_progress' } }
  const headers = { 'retry-after': retryAfter, 'x-should-retry': 'false' }
  return {
    waits,
    payments,
    begin: () => {
      left = times
    },
    options: {
      fetch: async (url: string, init: RequestInit) => {
        const payment = new Headers(init.headers).get('payment-signature')
        if (payment !== null) payments.add(payment)
        if (payment === null || left <= 0) return fetch(url, init)
        left -= 1
        return Response.json(body, { status: 409, headers })
      },
      sleep: async (ms: number) => void waits.push(ms),
    },
  }
}

const call = { model: 'openai/gpt-4.1', messages: [{ role: 'user' as const, content: 'Repeat after me: marmot' }] }

describe('client.fetch under the openai client', () => {
  it('default', async () => {
    const { openai } = await openAiPair('VANILLA')
    const answer = await openai.chat.completions.create(call)
    expect(answer.choices[0]?.message.content).toContain('marmot')
    expect(answer.usage).toHaveProperty('og.receipt.paymentHash')
  })

  it('behavior: streams', async () => {
    const { openai } = await openAiPair('TEE')
    let text = ''
    for await (const chunk of await openai.chat.completions.create({ ...call, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? ''
    }
    expect(text).toContain('marmot')
    const runner = openai.chat.completions.stream(call)
    expect(await runner.finalContent()).toContain('marmot')
  })

  it('behavior: the mode of a header is kept, and TEE is sealed', async () => {
    const { node, openai } = await openAiPair('TEE', { inferenceMode: 'VANILLA' })
    const headers = { 'OG-Inference-Mode': 'TEE', 'OG-Settlement-Mode': 'SETTLE_BATCH' }
    const answer = await openai.chat.completions.create(call, { headers })
    expect(answer.usage).toHaveProperty('og.receipt.settlement', 2)
    expect(node.requests.filter(({ method }) => method === 'POST').map(({ sealed }) => sealed)).toEqual([true, true])
  })

  it('behavior: models can be listed', async () => {
    const { openai } = await openAiPair('VANILLA')
    expect((await openai.models.list()).data.map(({ id }) => id)).toEqual(['openai/gpt-4o'])
  })

  it('behavior: an answer that the node still makes is waited for, with the same payment', async () => {
    const busy = busyFor(5)
    const { client, openai } = await openAiPair('VANILLA', busy.options)
    await openai.chat.completions.create(call)
    expect(busy.waits).toEqual(Array(5).fill(1000))
    busy.begin()
    expect((await client.llmChat(call)).chatOutput.content).toContain('marmot')
    expect(busy.waits).toHaveLength(10)
    expect(busy.payments.size).toBe(2)
  })

  it('error: a node that is never done with a payment is left after five minutes, or at once where nothing is repeated', async () => {
    const busy = busyFor(Number.POSITIVE_INFINITY)
    const { client } = await openAiPair('VANILLA', busy.options)
    await expect(client.llmChat(call)).rejects.toMatchObject({ code: 'NODE_ERROR', reason: 'payment_in_progress' })
    expect(busy.waits.filter((ms) => ms === 1000)).toHaveLength(300)
    const { client: hasty } = await openAiPair('VANILLA', { ...busy.options, retries: 0 })
    await expect(hasty.llmChat(call)).rejects.toMatchObject({ code: 'NODE_ERROR', reason: 'payment_in_progress' })
    expect(busy.waits.filter((ms) => ms === 1000)).toHaveLength(300)
  })

  it('error: a node that names hardly any time is asked no more often for it', async () => {
    const busy = busyFor(1000, '0.001')
    const { client } = await openAiPair('VANILLA', busy.options)
    await expect(client.llmChat(call)).rejects.toMatchObject({ code: 'NODE_ERROR', reason: 'payment_in_progress' })
    expect(busy.waits.filter((ms) => ms === 1000)).toHaveLength(300)
  })

  it('error: a wrong receipt is one 400, and is not paid again', async () => {
    const { node, openai } = await openAiPair('VANILLA')
    node.lie({ receiptSigner: `0x${'77'.repeat(32)}` })
    const error = await openai.chat.completions.create(call).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({ status: 400, code: 'VERIFICATION_RECEIPT' })
    expect(node.payments).toHaveLength(1)
  })

  it('error: a price above the cap is one 402', async () => {
    const { node, openai } = await openAiPair('VANILLA', { spend: { maxPerCall: 1n } })
    await expect(openai.chat.completions.create(call)).rejects.toMatchObject({ status: 402, code: 'PAYMENT_REFUSED' })
    expect(node.payments).toEqual([])
  })

  it('error: a stream with a wrong receipt throws before it ends', async () => {
    const { node, openai } = await openAiPair('VANILLA')
    node.lie({ receiptSigner: `0x${'77'.repeat(32)}` })
    const stream = await openai.chat.completions.create({ ...call, stream: true })
    const finishes: unknown[] = []
    const read = async (): Promise<void> => {
      for await (const chunk of stream) finishes.push(chunk.choices[0]?.finish_reason ?? null)
    }
    await expect(read()).rejects.toMatchObject({ code: 'VERIFICATION_RECEIPT' })
    expect(finishes.every((reason) => reason === null)).toBe(true)
    expect(node.payments).toHaveLength(1)
  })

  it('error: nothing is sent to other hosts, paths, modes and methods', async () => {
    const { node, client } = await openAiPair('VANILLA')
    const body = JSON.stringify(call)
    const refused = [
      client.fetch('http://127.0.0.1:9/v1/models'),
      client.fetch('http://127.0.0.1:9/v1/chat/completions', { method: 'POST', body }),
      client.fetch(`${node.url}/v1/responses`, { method: 'POST', body }),
      client.fetch(`${node.url}/v1/chat/completions`, { method: 'POST', body: '{' }),
      client.fetch(`${node.url}/v1/chat/completions`, {
        method: 'POST',
        body,
        headers: { 'OG-Inference-Mode': 'tee' },
      }),
      client.fetch(`${node.url}/v1/models`, { method: 'DELETE' }),
    ]
    for (const response of await Promise.all(refused)) {
      expect(response.status).toBe(400)
      expect(response.headers.get('x-should-retry')).toBe('false')
    }
    expect(node.requests).toEqual([])
  })

  it("behavior: the caller's authorization stays here", async () => {
    const { node, openai } = await openAiPair('VANILLA')
    await openai.chat.completions.create(call)
    expect(node.headersSeen.some((headers) => headers.has('authorization'))).toBe(false)
  })
})

const prompt = 'Repeat after me: marmot'

/** Other people's clients over `client.fetch` as it is, with their own retries. */
const foreignClients: Readonly<Record<string, (client: Client, options: { stream: boolean }) => Promise<string>>> = {
  async openai(client, { stream }) {
    const openai = new OpenAI({ baseURL: `${client.baseUrl}/v1`, apiKey: 'unused', fetch: client.fetch })
    if (!stream) return (await openai.chat.completions.create(call)).choices[0]?.message.content ?? ''
    return (await openai.chat.completions.stream(call).finalContent()) ?? ''
  },
  async 'the AI SDK'(client, { stream }) {
    const provider = createOpenAI({ baseURL: `${client.baseUrl}/v1`, apiKey: 'unused', fetch: client.fetch })
    const model = provider.chat(call.model)
    if (!stream) return (await generateText({ model, prompt })).text
    let text = ''
    for await (const part of streamText({ model, prompt, onError: () => undefined }).fullStream) {
      if (part.type === 'error') throw part.error
      if (part.type === 'text-delta') text += part.text
    }
    return text
  },
  async LangChain(client, { stream }) {
    const configuration = { baseURL: `${client.baseUrl}/v1`, fetch: client.fetch }
    const chat = new ChatOpenAI({ model: call.model, apiKey: 'unused', configuration })
    if (!stream) return (await chat.invoke(prompt)).text
    let text = ''
    for await (const chunk of await chat.stream(prompt)) text += chunk.text
    return text
  },
}

describe.each(Object.entries(foreignClients))('client.fetch under %s', (_name, ask) => {
  it.each([false, true])('default: paid once (stream: %s)', async (stream) => {
    const { node, client } = await openAiPair('VANILLA')
    expect(await ask(client, { stream })).toContain('marmot')
    expect(node.payments).toHaveLength(1)
  })

  it.each([false, true])('error: a node that lies is paid once (stream: %s)', async (stream) => {
    const { node, client } = await openAiPair('VANILLA')
    node.lie({ receiptSigner: `0x${'77'.repeat(32)}` })
    const error = await ask(client, { stream }).catch((thrown: unknown) => thrown)
    expect(reachableText(error)).toContain('VERIFICATION_RECEIPT')
    expect(node.payments).toHaveLength(1)
    expect(client.spend.entries()).toHaveLength(1)
  })

  it('error: what the spend policy refuses is asked for once', async () => {
    const { node, client } = await openAiPair('VANILLA', { spend: { maxPerCall: 1n } })
    await expect(ask(client, { stream: false })).rejects.toThrow()
    expect(node.payments).toEqual([])
    expect(node.requests.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })
})

import { type JsonObject, parseOffer, promptTokenBound, quoteOf } from '@og/settlement'
import { isPaymentPayloadV2, PaymentPayloadSchema, PaymentRequiredSchema } from '@x402/core/schemas'
import { ExactEvmScheme } from '@x402/evm/exact/client'
import { UptoEvmScheme } from '@x402/evm/upto/client'
import { decodePaymentResponseHeader, wrapFetchWithPayment, x402Client } from '@x402/fetch'
import type { Hex } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Payer, startTestDevnet, type TestDevnet, until } from '../../devnet/test/start-test-devnet.js'

const network = 'eip155:84532'
const chat = {
  model: 'openai/gpt-4o',
  messages: [{ role: 'user', content: 'Say exactly: paid in full' }],
  max_tokens: 32,
}

let net: TestDevnet
beforeAll(async () => {
  net = await startTestDevnet()
}, 120_000)
afterAll(() => net?.devnet.stop())

interface Exchange {
  readonly request: Request
  readonly response: Response
}

/** The official client as its documentation shows it, with a record of what went over the wire. */
function officialFetch(payer: Payer, schemes: readonly ('exact' | 'upto')[]) {
  const wire: Exchange[] = []
  const client = new x402Client()
  if (schemes.includes('upto')) client.register(network, new UptoEvmScheme(payer.account))
  if (schemes.includes('exact')) client.register(network, new ExactEvmScheme(payer.account))
  const recording: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const response = await fetch(request.clone())
    wire.push({ request, response: response.clone() })
    return response
  }
  return { fetch: wrapFetchWithPayment(recording, client), wire }
}

function post(body: object): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

function decode(header: string | null): unknown {
  return JSON.parse(Buffer.from(header ?? '', 'base64').toString('utf8'))
}

interface PaidAnswer {
  readonly choices: readonly { readonly message: { readonly content: string } }[]
  readonly usage: { readonly cost: number; readonly og: { readonly paymentHash: Hex; readonly receiptDigest: Hex } }
}

describe('the unmodified x402 client', () => {
  test.each(['exact', 'upto'] as const)('completes a paid chat with %s', async (scheme) => {
    const url = net.devnet.vanillaGateway.url()
    const payer = await net.payer({ tokens: 1_000_000n, permit2: scheme === 'upto' })
    const { fetch: payingFetch, wire } = officialFetch(payer, [scheme])
    const response = await payingFetch(`${url}/v1/chat/completions`, post(chat))
    expect(response.status).toBe(200)
    const answer = (await response.json()) as PaidAnswer
    expect(answer.choices[0]?.message.content).toBe('paid in full')

    // One price, one payment, nothing else.
    expect(wire.map((exchange) => exchange.response.status)).toEqual([402, 200])
    const required = decode(wire[0]?.response.headers.get('payment-required') ?? null)
    expect(PaymentRequiredSchema.safeParse(required).error).toBeUndefined()
    const payload = decode(wire[1]?.request.headers.get('payment-signature') ?? null)
    const parsed = PaymentPayloadSchema.parse(payload)
    if (!isPaymentPayloadV2(parsed)) throw new Error('the official client did not speak version 2')
    const authorized = BigInt(parsed.accepted.amount)
    expect(parsed.accepted.scheme).toBe(scheme)

    const paid = decodePaymentResponseHeader(response.headers.get('payment-response') ?? '')
    expect(paid).toMatchObject({ success: true, network, payer: payer.address })
    const { paymentHash, receiptDigest } = answer.usage.og
    const status = await net.untilSettled(url, paymentHash)
    const charged = BigInt(status.payment.charged ?? '-1')
    expect(paid.amount).toBe(`${charged}`)
    expect(answer.usage.cost).toBe(Number(charged) / 1e6)
    if (scheme === 'exact') expect(charged).toBe(authorized)
    else expect(charged).toBeLessThan(authorized)
    expect(charged).toBeGreaterThan(0n)

    // The chain agrees to the unit: one transfer, one record.
    expect(await net.transfersFrom(payer.address)).toEqual([charged])
    expect(await payer.balance()).toBe(1_000_000n - charged)
    expect(await net.settledEvents(receiptDigest)).toBe(1)
  })

  test('pays exact for the tokens of a long prompt, not for its bytes', async () => {
    const url = net.devnet.vanillaGateway.url()
    const sentence = 'Somebody has to read this letter aloud before the council meets in the old town hall. '
    const body: JsonObject = { ...chat, messages: [{ role: 'user', content: sentence.repeat(24) }], max_tokens: 1 }
    // The tokenizer's tables are read at the first long prompt: until then prompts are quoted by their bytes.
    const offered = await until('the prompt is counted', async () => {
      const asked = await fetch(`${url}/v1/chat/completions`, post(body))
      await asked.arrayBuffer()
      const [accepted] = PaymentRequiredSchema.parse(decode(asked.headers.get('payment-required'))).accepts
      const og = accepted?.extra?.['og'] as JsonObject | undefined
      return og?.['quote'] === undefined ? undefined : og
    })
    const bytes = promptTokenBound(body)
    const { promptTokens } = offered['quote'] as { readonly promptTokens: number }
    expect(bytes).toBeGreaterThan(2000n)
    expect(promptTokens / Number(bytes)).toBeLessThan(0.28)

    const payer = await net.payer({ tokens: 1_000_000n })
    const { fetch: payingFetch } = officialFetch(payer, ['exact'])
    const response = await payingFetch(`${url}/v1/chat/completions`, post(body))
    expect(response.status).toBe(200)
    const { usage } = (await response.json()) as PaidAnswer
    await net.untilSettled(url, usage.og.paymentHash)
    const offer = parseOffer(offered['offer'])
    const priceOf = (tokens: bigint): bigint =>
      quoteOf(offer, { promptTokens: tokens, completionTokens: 1n, settlement: 'SETTLE' })
    expect(await net.transfersFrom(payer.address)).toEqual([priceOf(BigInt(promptTokens))])
    expect(priceOf(BigInt(promptTokens)) * 3n).toBeLessThan(priceOf(bytes))
  })

  test('a picture is quoted for more than the bytes of its link', async () => {
    const url = net.devnet.vanillaGateway.url()
    const link = { type: 'image_url', image_url: { url: 'https://pictures.example/cat.png' } }
    const body: JsonObject = { ...chat, messages: [{ role: 'user', content: [link, link] }] }
    const asked = await fetch(`${url}/v1/chat/completions`, post(body))
    await asked.arrayBuffer()
    const [accepted] = PaymentRequiredSchema.parse(decode(asked.headers.get('payment-required'))).accepts
    const offer = parseOffer((accepted?.extra?.['og'] as JsonObject | undefined)?.['offer'])
    const promptTokens = promptTokenBound(body)
    expect(promptTokens).toBeGreaterThan(10_000n)
    const quote = quoteOf(offer, { promptTokens, completionTokens: 32n, settlement: 'SETTLE' })
    expect(accepted).toHaveProperty('amount', quote.toString())
  })

  test('with both schemes registered it takes what is offered first', async () => {
    const url = net.devnet.vanillaGateway.url()
    const payer = await net.payer({ tokens: 1_000_000n, permit2: true })
    const { fetch: payingFetch, wire } = officialFetch(payer, ['exact', 'upto'])
    const response = await payingFetch(`${url}/v1/chat/completions`, post(chat))
    expect(response.status).toBe(200)
    await response.arrayBuffer()
    const payload = decode(wire[1]?.request.headers.get('payment-signature') ?? null)
    expect(payload).toMatchObject({ accepted: { scheme: 'upto' } })
  })

  test('streams under upto, and the stream says what it cost', async () => {
    const url = net.devnet.vanillaGateway.url()
    const payer = await net.payer({ tokens: 1_000_000n, permit2: true })
    const { fetch: payingFetch } = officialFetch(payer, ['upto'])
    const response = await payingFetch(`${url}/v1/chat/completions`, post({ ...chat, stream: true }))
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    const events = (await response.text()).split('\n\n').filter((event) => event.startsWith('data: '))
    expect(events.at(-1)).toBe('data: [DONE]')
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice(6)))
    expect(chunks.map((chunk) => chunk.choices[0]?.delta?.content ?? '').join('')).toBe('paid in full')
    const { usage } = chunks.find((chunk) => chunk.usage != null) as PaidAnswer
    const status = await net.untilSettled(url, usage.og.paymentHash)
    expect(await net.transfersFrom(payer.address)).toEqual([BigInt(status.payment.charged ?? '-1')])
  })

  test('without an allowance upto is refused with the reason that the client knows, and nothing moves', async () => {
    const url = net.devnet.vanillaGateway.url()
    const payer = await net.payer({ tokens: 1_000_000n })
    const { fetch: payingFetch, wire } = officialFetch(payer, ['upto'])
    const response = await payingFetch(`${url}/v1/chat/completions`, post(chat))
    expect(response.status).toBe(412)
    expect(await response.json()).toMatchObject({ error: { code: 'permit2_allowance_required' } })
    const again = decode(response.headers.get('payment-required'))
    expect(PaymentRequiredSchema.safeParse(again).success).toBe(true)
    expect(again).toMatchObject({ error: 'permit2_allowance_required' })
    expect(wire.length).toBe(2)
    expect(await payer.balance()).toBe(1_000_000n)
  })

  test('a payer without tokens is told so', async () => {
    const url = net.devnet.vanillaGateway.url()
    for (const scheme of ['exact', 'upto'] as const) {
      const payer = await net.payer({ tokens: 1n, permit2: scheme === 'upto' })
      const { fetch: payingFetch } = officialFetch(payer, [scheme])
      const response = await payingFetch(`${url}/v1/chat/completions`, post(chat))
      expect(response.status).toBe(402)
      expect(await response.json()).toMatchObject({ error: { code: 'insufficient_funds', type: 'payment_required' } })
      expect(decode(response.headers.get('payment-required'))).toMatchObject({ error: 'insufficient_funds' })
    }
  })
})

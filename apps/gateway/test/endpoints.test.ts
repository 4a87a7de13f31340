import { randomBytes } from 'node:crypto'
import { createClient, type InferenceResult, verifyReceipt } from '@og/client'
import {
  canonicalize,
  commit,
  type Hex,
  hashJson,
  hashRequest,
  hashTranscript,
  type JsonObject,
  parseOffer,
  parseReceipt,
  promptTokenBound,
  quoteOf,
  transcriptOf,
} from '@og/settlement'
import { SEALED_CONTENT_TYPE } from '@og/tee-verify/channel'
import { decodePaymentRequired, decodeSettleResponse, encodePaymentHeader } from '@og/x402'
import { wrapFetch } from '@og/x402/client'
import { exactClient, uptoClient } from '@og/x402/evm'
import { PAYMENT_IDENTIFIER_EXTENSION } from '@og/x402/extensions'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { post, repackPayment, type SignedPayment, signPayment } from '../../devnet/test/sign-payment.js'
import { type Payer, startTestDevnet, type TestDevnet, until } from '../../devnet/test/start-test-devnet.js'
import { simulatedMeasurements } from '../src/index.js'
import { createOpenApi, documentedRoutes } from '../src/openapi.js'
import { wireSchemas } from '../src/wire-schemas.js'

let net: TestDevnet
let url: string
let payer: Payer
let openai: OpenAI
beforeAll(async () => {
  net = await startTestDevnet()
  url = net.devnet.vanillaGateway.url()
  payer = await net.payer({ tokens: 100_000_000n, permit2: true })
  const paying = wrapFetch({
    fetch,
    schemes: [uptoClient({ signer: payer.account }), exactClient({ signer: payer.account })],
    policy: { maxAmountPerCall: 1_000_000n },
    clock: () => BigInt(Math.floor(Date.now() / 1000)),
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
    hashRequest: (bytes) => hashRequest(JSON.parse(Buffer.from(bytes).toString())),
  })
  openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'unused', fetch: paying, maxRetries: 0 })
}, 120_000)
afterAll(() => net?.devnet.stop())

interface Evidence {
  readonly receipt: JsonObject
  readonly salts: { readonly request: Hex; readonly response: Hex }
  readonly paymentHash: Hex
}

function evidenceOf(usage: unknown): Evidence {
  return (usage as { readonly og: Evidence }).og
}

describe('POST /v1/responses, with the unmodified openai client', () => {
  const asked = { model: 'gpt-4o', input: 'Say exactly: five words stand here', max_output_tokens: 64 } as const

  test('a whole response; its receipt commits to the request as sent and to the chat behind the answer', async () => {
    const response = await openai.responses.create(asked)
    expect(response.output_text).toBe('five words stand here')
    expect(wireSchemas.Response.safeParse(response).error).toBeUndefined()
    const { receipt: json, salts } = evidenceOf(response.usage)
    const receipt = parseReceipt(json)
    expect(receipt.requestCommitment).toBe(commit({ salt: salts.request, hash: hashRequest(asked) }))
    const message = { role: 'assistant', content: 'five words stand here' }
    const chat = { model: response.model, choices: [{ index: 0, message, finish_reason: 'stop' }] }
    const hash = hashTranscript(transcriptOf('chat.completions', chat))
    expect(receipt.responseCommitment).toBe(commit({ salt: salts.response, hash }))
  })

  test('a streamed one: its events in order, the receipt in the last', async () => {
    const types: string[] = []
    let text = ''
    let usage: unknown
    for await (const event of await openai.responses.create({ ...asked, stream: true })) {
      types.push(event.type)
      if (event.type === 'response.output_text.delta') text += event.delta
      if (event.type === 'response.completed') usage = event.response.usage
    }
    expect(text).toBe('five words stand here')
    expect([types[0], types.at(-1)]).toEqual(['response.created', 'response.completed'])
    const { paymentHash } = evidenceOf(usage)
    expect((await net.receiptStatus(url, paymentHash))?.status).toBe('finished')
  })

  test('the ceiling that is paid for holds', async () => {
    const response = await openai.responses.create({ ...asked, max_output_tokens: 1 })
    expect([response.status, response.incomplete_details?.reason]).toEqual(['incomplete', 'max_output_tokens'])
  })

  test('what would need a memory here is refused before any price', async () => {
    const answer = await post({ url, path: '/v1/responses', body: { ...asked, previous_response_id: 'resp_1' } })
    expect([answer.status, ((await answer.json()) as { error: { param: string } }).error.param]).toEqual([
      400,
      'previous_response_id',
    ])
  })
})

describe('POST /v1/embeddings, with the unmodified openai client', () => {
  const model = 'text-embedding-3-small'

  test('vectors in both encodings; only the texts are paid; the receipt commits to the vectors', async () => {
    const input = ['one text', 'another text']
    const float = await openai.embeddings.create({ model, input, encoding_format: 'float' })
    const base64 = await openai.embeddings.create({ model, input })
    expect(wireSchemas.Embeddings.safeParse(float).error).toBeUndefined()
    expect(float.data.map(({ embedding }) => embedding.length)).toEqual(
      base64.data.map(({ embedding }) => embedding.length),
    )
    const usage = float.usage as unknown as Evidence & {
      readonly og: Evidence & { readonly terms: Record<string, string> }
    }
    expect(usage.og.terms).toMatchObject({ completionTokens: '0', modelAnswered: 'openai/text-embedding-3-small' })
    const vectors = float.data.map(({ embedding }) =>
      Buffer.from(new Float32Array(embedding).buffer).toString('base64'),
    )
    const transcript = { endpoint: 'embeddings', model: float.model, embeddings: vectors }
    const { receipt, salts } = usage.og
    expect(parseReceipt(receipt).responseCommitment).toBe(commit({ salt: salts.response, hash: hashJson(transcript) }))
  })

  test.each([
    ['a model of words', { model: 'gpt-4o', input: 'x' }, {}, [404, 'model_not_found']],
    ['tokens instead of text', { model, input: [1, 2] }, {}, [400, 'invalid_type']],
    [
      'vectors on chain',
      { model, input: 'x' },
      { 'og-settlement-mode': 'SETTLE_METADATA' },
      [400, 'settlement_not_available'],
    ],
  ])('refused before any price: %s', async (_name, body, headers, [status, code]) => {
    const answer = await post({ url, path: '/v1/embeddings', body: body as JsonObject, headers })
    expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([status, code])
  })

  test('a chat is not asked of a model of vectors', async () => {
    const answer = await post({ url, body: { model, messages: [{ role: 'user', content: 'hi' }] } })
    expect(answer.status).toBe(404)
  })
})

describe('payment-identifier', () => {
  const body = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Say exactly: once' }], max_tokens: 16 }
  const named = (payment: SignedPayment, id: string): SignedPayment =>
    repackPayment(payment, (payload) => ({
      ...payload,
      extensions: { ...payload.extensions, [PAYMENT_IDENTIFIER_EXTENSION]: { info: { required: false, id } } },
    }))

  test('D12: the same call under its name gets the same bytes; who copied the signature without the name gets none', async () => {
    const payment = named(await signPayment({ url, body, payer }), 'call-0123456789abcdef')
    const first = await (await post({ url, body }, payment)).text()
    const again = await post({ url, body }, payment)
    expect([again.headers.get('og-replayed'), await again.text()]).toEqual(['true', first])
    for (const other of ['call-0123456789abcdeX', undefined]) {
      const stolen = repackPayment(payment, ({ extensions, ...payload }) => {
        const { [PAYMENT_IDENTIFIER_EXTENSION]: _, ...rest } = extensions ?? {}
        return { ...payload, extensions: rest }
      })
      const answer = await post({ url, body }, other === undefined ? stolen : named(stolen, other))
      expect(answer.status).toBe(409)
      expect(await answer.text()).not.toContain('once')
    }
    await net.untilSettled(url, payment.paymentHash)
  })

  test('one name is one payment', async () => {
    const id = 'name-0123456789abcdef'
    const [left, right] = [await signPayment({ url, body, payer }), await signPayment({ url, body, payer })]
    expect((await post({ url, body }, named(left, id))).status).toBe(200)
    const refused = await post({ url, body }, named(right, id))
    expect([refused.status, ((await refused.json()) as { error: { code: string } }).error.code]).toEqual([
      409,
      'payment_identifier_conflict',
    ])
    expect(await net.receiptStatus(url, right.paymentHash)).toBeUndefined()
  })

  test('a name of the wrong shape is refused unpaid', async () => {
    const payment = await signPayment({ url, body, payer })
    expect((await post({ url, body }, named(payment, 'short'))).status).toBe(400)
    expect((await post({ url, body }, payment)).status).toBe(200)
  })
})

const long = 'Say exactly: the river carries what the hills have lost. '.repeat(12)

/** Waits until a gateway has read its tokenizer's tables: the first long prompts are quoted by their bytes. */
async function untilCounting(gateway: string, models: readonly string[]): Promise<void> {
  for (const model of models) {
    const isVector = model.includes('embedding')
    const body = isVector ? { model, input: long } : { model, prompt: long }
    await until(`${model} is counted`, async () => {
      const asked = await post({ url: gateway, path: isVector ? '/v1/embeddings' : '/v1/completions', body })
      await asked.arrayBuffer()
      const { accepts } = decodePaymentRequired(asked.headers.get('payment-required') ?? '')
      return (accepts[0]?.extra?.['og'] as JsonObject | undefined)?.['quote']
    })
  }
}

describe('prompts that are counted', () => {
  const model = 'openai/gpt-4o'
  const messages = [{ role: 'user', content: long }]
  const metadata = { 'og-settlement-mode': 'SETTLE_METADATA' }
  beforeAll(() => untilCounting(url, [model, 'text-embedding-3-small']), 60_000)

  test.each<[string, 'exact' | 'upto', JsonObject, Readonly<Record<string, string>>]>([
    ['/v1/chat/completions', 'exact', { model, messages, max_tokens: 8 }, {}],
    ['/v1/chat/completions', 'upto', { model, messages, max_tokens: 8, models: ['openai/gpt-4o-mini'] }, metadata],
    ['/v1/completions', 'exact', { model: 'anthropic/claude-haiku-4-5', prompt: long, max_tokens: 8 }, {}],
    ['/v1/responses', 'upto', { model, input: long, max_output_tokens: 8 }, {}],
    ['/v1/embeddings', 'exact', { model: 'text-embedding-3-small', input: [long, long] }, {}],
  ])('%s by %s: below the bytes, once, for its body only', async (path, scheme, body, headers) => {
    const payment = await signPayment({ url, path, body, headers, payer, scheme })
    const og = payment.payload.accepted.extra?.['og'] as JsonObject
    const offer = parseOffer(og['offer'])
    const completionTokens = path === '/v1/embeddings' ? 0n : 8n
    const settlement = headers === metadata ? 'SETTLE_METADATA' : 'SETTLE'
    const byBytes = quoteOf(offer, { promptTokens: promptTokenBound(body), completionTokens, settlement })
    expect(payment.authorized).toBeLessThan(byBytes)
    const other = { ...body, user: 'somebody' }
    const stolen = await post({ url, path, body: other, headers }, payment)
    expect([stolen.status, ((await stolen.json()) as { error: { code: string } }).error.code]).toEqual([
      402,
      'amount_below_quote',
    ])
    const [first, again] = [
      await post({ url, path, body, headers }, payment),
      await post({ url, path, body, headers }, payment),
    ]
    expect([first.status, again.status, again.headers.get('og-replayed')]).toEqual([200, 200, 'true'])
    const text = await first.text()
    expect(await again.text()).toBe(text)
    const { terms } = (JSON.parse(text) as { usage: { og: { terms: Record<string, string> } } }).usage.og
    expect(terms).toMatchObject({ authorized: `${payment.authorized}` })
    expect(BigInt(terms?.['charged'] ?? -1)).toBeLessThanOrEqual(payment.authorized)
    await net.untilSettled(url, payment.paymentHash)
  })
})

test('GET on a paid path names the channel, and refuses what is no signed wish for a refund', async () => {
  const target = `${url}/v1/chat/completions`
  const asked = await fetch(target)
  const { accepts } = decodePaymentRequired(asked.headers.get('payment-required') ?? '')
  expect(accepts).toMatchObject([{ scheme: 'batch-settlement', amount: '0', extra: { withdrawDelay: 900 } }])
  const voucher = { channelId: `0x${'00'.repeat(32)}`, maxClaimableAmount: '0', signature: `0x${'00'.repeat(65)}` }
  const channelConfig = {
    payer: payer.address,
    payerAuthorizer: payer.address,
    receiver: accepts[0]?.payTo,
    receiverAuthorizer: accepts[0]?.extra?.['receiverAuthorizer'],
    token: accepts[0]?.asset,
    withdrawDelay: 900,
    salt: `0x${'00'.repeat(32)}`,
  }
  const wishes = [
    'nonsense',
    encodePaymentHeader({ x402Version: 2, accepted: accepts[0], payload: { type: 'voucher' } } as never),
    encodePaymentHeader({
      x402Version: 2,
      accepted: accepts[0],
      payload: { type: 'refund', channelConfig, voucher },
    } as never),
  ]
  const reasons: unknown[] = []
  for (const wish of wishes) {
    const answer = await fetch(target, { headers: { 'payment-signature': wish } })
    expect([answer.status, wireSchemas.Error.safeParse(await answer.json()).error]).toEqual([402, undefined])
    reasons.push(decodePaymentRequired(answer.headers.get('payment-required') ?? '').error)
  }
  expect(reasons).toEqual(['invalid_payload', 'invalid_payload', 'invalid_batch_settlement_evm_channel_id_mismatch'])
})

test('TEE: a channel is opened, spent and closed: deposit and vouchers travel sealed, receipts hold, the rest comes back', async () => {
  const { gateway, rpc } = net.devnet
  const owner = await net.payer({ tokens: 1_000_000n })
  const wire: { readonly request: Request; readonly sent: string; readonly answer: Response }[] = []
  const client = createClient({
    privateKey: owner.privateKey,
    baseUrl: gateway.url(),
    rpcUrl: rpc,
    inferenceMode: 'TEE',
    trust: { platform: 'simulated', measurements: [simulatedMeasurements] },
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const sent = await request.clone().text()
      const answer = await fetch(request)
      const kept = request.method === 'GET' ? await answer.arrayBuffer() : undefined
      wire.push({ request, sent, answer: kept === undefined ? answer : new Response(kept, answer) })
      return kept === undefined ? answer : new Response(kept, answer)
    },
  })
  await client.channel.open({ deposit: 400_000n })
  const asked = { model: 'openai/gpt-4o', prompt: 'Say exactly: from a channel', maxTokens: 16 }
  await untilCounting(gateway.url(), [asked.model])
  // A voucher for a counted prompt first, then one by bytes under the offer that is known by then.
  const results: InferenceResult[] = []
  for (const prompt of [long, long]) results.push(await client.llmCompletion({ ...asked, prompt }))
  expect(results[0]?.charge.authorized).toBeLessThan(results[1]?.charge.authorized ?? 0n)
  const messages = [{ role: 'user' as const, content: 'Say exactly: a sealed stream' }]
  const stream = await client.llmChat({ model: asked.model, messages, maxTokens: 16, stream: true })
  results.push(await stream.final(), await client.llmCompletion(asked))
  for (const result of results) {
    expect(result.charge).toMatchObject({ scheme: 'batch-settlement' })
    const verdict = await verifyReceipt(client.receiptBundle(result), { trust: 'simulator' })
    expect(verdict.steps.filter(({ ok }) => !ok)).toEqual([])
    await net.untilSettled(gateway.url(), result.paymentHash)
  }
  const calls = wire.filter(({ request }) => request.method === 'POST' && request.url.startsWith(gateway.url()))
  // The price of each kind of call is asked once, sealed as well.
  expect(calls.length).toBeGreaterThanOrEqual(results.length)
  for (const { request, sent } of calls) {
    expect(request.headers.get('content-type')).toBe(SEALED_CONTENT_TYPE)
    expect(request.headers.get('payment-signature')).toBeNull()
    for (const word of ['Say exactly', 'voucher', owner.address.slice(2).toLowerCase()])
      expect(sent.toLowerCase()).not.toContain(word.toLowerCase())
  }
  const charged = results.reduce((sum, { charge }) => sum + charge.charged, 0n)
  expect(await client.channel.list()).toMatchObject([{ charged, balance: 400_000n }])

  const { transaction } = await client.channel.close()
  expect(await owner.balance()).toBe(1_000_000n - charged)
  // The real answer is what the OpenAPI document says of it.
  const closed = wire.filter(
    ({ request, answer }) => request.method === 'GET' && answer.headers.has('payment-response'),
  )
  expect(closed).toHaveLength(1)
  const [{ request, answer } = { request: new Request('http://none'), answer: new Response() }] = closed
  const document = (await (await fetch(`${gateway.url()}/openapi.json`)).json()) as OpenApiDocument
  const documented = document.paths[new URL(request.url).pathname]?.get?.responses[answer.status.toString()]
  expect(documented?.content['application/json']?.schema).toEqual({ $ref: '#/components/schemas/Refund' })
  expect(wireSchemas.Refund.safeParse(await answer.json()).error).toBeUndefined()
  for (const name of Object.keys(documented?.headers ?? {})) expect(answer.headers.get(name), name).not.toBeNull()
  expect(decodeSettleResponse(answer.headers.get('payment-response') ?? '')).toMatchObject({
    success: true,
    transaction,
  })
})

interface OpenApiDocument {
  readonly paths: Readonly<
    Record<
      string,
      {
        readonly get?: {
          readonly responses: Readonly<
            Record<
              string,
              {
                readonly content: Readonly<Record<string, { readonly schema: unknown }>>
                readonly headers?: Readonly<Record<string, unknown>>
              }
            >
          >
        }
      }
    >
  >
}

describe('the OpenAPI document', () => {
  test('is served, and names every schema that it refers to', async () => {
    const text = await (await fetch(`${url}/openapi.json`)).text()
    const document = JSON.parse(text)
    const { manifest } = (await (await fetch(`${url}/v1/attestation?nonce=0x${'00'.repeat(32)}`)).json()) as never as {
      readonly manifest: { readonly codeVersion: string }
    }
    expect(document).toEqual(
      JSON.parse(JSON.stringify(createOpenApi({ endpoint: url, codeVersion: manifest.codeVersion }))),
    )
    const named = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name)
    expect([...new Set(named)].sort()).toEqual(Object.keys(wireSchemas).sort())
  })

  test('every answer is as it says', async () => {
    const body = {
      model: 'openai/gpt-4o',
      messages: [{ role: 'user', content: 'Say exactly: checked' }],
      max_tokens: 16,
    }
    const payment = await signPayment({ url, body, payer })
    const answer = await (await post({ url, body }, payment)).json()
    expect(wireSchemas.ChatCompletion.safeParse(answer).error).toBeUndefined()
    const path = '/v1/completions'
    const prompt = { model: 'openai/gpt-4o', prompt: 'Say exactly: checked', max_tokens: 16 }
    const completion = await (
      await post({ url, path, body: prompt }, await signPayment({ url, path, body: prompt, payer }))
    ).json()
    expect(wireSchemas.Completion.safeParse(completion).error).toBeUndefined()
    await net.untilSettled(url, payment.paymentHash)
    const { receiptDigest } = evidenceOf((answer as { usage: unknown }).usage) as unknown as {
      readonly receiptDigest: Hex
    }
    const tee = net.devnet.gateway.url()
    const until = Date.now() + 20_000
    while ((await fetch(`${url}/v1/log/proof?digest=${receiptDigest}`)).status !== 200 && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const nonce = `0x${'ab'.repeat(32)}`
    const gets: readonly (readonly [string, keyof typeof wireSchemas, number])[] = [
      ['/v1/models', 'Models', 200],
      ['/v1/models/openai%2Fgpt-4o', 'Model', 200],
      ['/v1/models/nobody%2Fnothing', 'Error', 404],
      ['/v1/offers', 'Offers', 200],
      [`/v1/attestation?nonce=${nonce}`, 'Attestation', 200],
      ['/v1/attestation', 'Error', 400],
      [`/v1/attestation?nonce=${nonce}&next=1`, 'Error', 404],
      ['/v1/chat/completions', 'Error', 402],
      [`/v1/receipts/${payment.paymentHash}`, 'ReceiptStatus', 200],
      [`/v1/receipts/${nonce}`, 'Error', 404],
      ['/v1/log/checkpoint', 'Checkpoint', 200],
      [`/v1/log/proof?digest=${receiptDigest}`, 'Proof', 200],
      ['/v1/log/entries?from=0&to=1000', 'Entries', 200],
      ['/v1/log/entries?from=0&to=1001', 'Error', 400],
      ['/v1/log/entries?from=-1&to=1', 'Error', 400],
      ['/health', 'Health', 200],
      ['/ready', 'Readiness', 200],
    ]
    for (const [target, schema, status] of gets) {
      const got = await fetch(url + target)
      expect([target, got.status]).toEqual([target, status])
      expect(wireSchemas[schema].safeParse(await got.json()).error, target).toBeUndefined()
    }
    expect(wireSchemas.SigningKey.safeParse(await (await fetch(`${tee}/signing-key`)).json()).error).toBeUndefined()
    const attested = await (await fetch(`${tee}/v1/attestation?nonce=${nonce}`)).json()
    expect(wireSchemas.Attestation.safeParse(attested).error).toBeUndefined()
    const entries = await (await fetch(`${url}/v1/log/entries?from=0&to=1000`)).json()
    expect((entries as { entries: readonly string[] }).entries).toContain(receiptDigest)
  })

  test('D13: nothing is served that it does not name', async () => {
    for (const [path, { method }] of Object.entries(documentedRoutes)) {
      const target = path.replace('{id}', 'openai%2Fgpt-4o').replace('{paymentHash}', `0x${'00'.repeat(32)}`)
      const answer = await fetch(url + target, { method: method.toUpperCase() })
      // A route that is not there says so with a code of its own.
      const text = await answer.text()
      expect([path, text.includes('"code":"not_found"') && path !== '/admin/keys']).toEqual([path, false])
    }
    for (const path of ['/', '/admin', '/v1', '/debug', '/v1/log', '/.env', '/v1/chat', '/metrics/', '/v2/models']) {
      expect([path, (await fetch(url + path)).status]).toEqual([path, 404])
    }
  })

  test('A3: a payment header of one route pays for no other', async () => {
    const body = { model: 'openai/gpt-4o', messages: [{ role: 'user', content: 'Say exactly: here' }], max_tokens: 16 }
    const payment = await signPayment({ url, body, payer })
    const other = { model: 'openai/gpt-4o', input: 'Say exactly: there', max_output_tokens: 16 }
    const refused = await post({ url, path: '/v1/responses', body: other }, payment)
    expect(refused.status).toBe(409)
    expect(canonicalize(body)).not.toBe(canonicalize(other))
    expect(encodePaymentHeader(payment.payload)).toBe(payment.header)
  })
})

import { createHash } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bytesOf, type Hex, type JsonObject, parseManifest, parseTerms, recoverSigner } from '@og/settlement'
import { sealFetch } from '@og/tee-verify/channel'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { post, signPayment } from '../../devnet/test/sign-payment.js'
import { startTestDevnet, type TestDevnet, until } from '../../devnet/test/start-test-devnet.js'
import { refuseWith, startTestUpstream, type TestUpstream, words } from '../../devnet/test/start-test-upstream.js'
import { createSecrets } from '../src/secrets.js'
import { checkpointMark, hashStreamCheckpoint } from '../src/stream-checkpoint.js'

const token = 'the-operator-said-so'
const metricsToken = 'only-the-operator-reads'
const providerKey = 'sk-canary-run-time-4711'
const body = { model: 'openai/gpt-4o', messages: [{ role: 'user', content: 'canary prompt 0815' }], max_tokens: 64 }

let net: TestDevnet
let openai: TestUpstream
let anthropic: TestUpstream
let keyed: { readonly url: string; readonly seen: IncomingHttpHeaders[]; readonly close: () => Promise<unknown> }
let url: string
const lines: string[] = []
beforeAll(async () => {
  ;[openai, anthropic, keyed] = await Promise.all([startTestUpstream(), startTestUpstream(), startEchoServer()])
  const upstreams = [
    { id: 'openai', baseUrl: openai.baseUrl, families: ['openai'] },
    { id: 'anthropic', baseUrl: anthropic.baseUrl, families: ['anthropic'] },
    { id: 'keyed', baseUrl: `${keyed.url}/v1`, families: ['google'] },
  ]
  net = await startTestDevnet({ upstreams, onLog: (line) => lines.push(line) })
  const started = await net.devnet.startGateway('operated', {
    mode: 'TEE',
    relayerAccount: 6,
    config: {
      admin: { tokenSha256: createHash('sha256').update(token).digest('hex'), oneTime: true },
      metricsToken,
    },
  })
  url = started.url()
}, 120_000)
afterAll(async () => {
  await net?.devnet.stop()
  await Promise.all([openai?.close(), anthropic?.close(), keyed?.close()])
})
beforeEach(() => {
  for (const upstream of [openai, anthropic]) {
    upstream.calls.length = 0
    upstream.behave(words(['one ', 'two ', 'three']))
  }
})

/** A provider that keeps the header fields of what it gets, and answers with all of them in its own header and text. */
async function startEchoServer() {
  const seen: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers)
    request.resume().on('end', () => {
      response.writeHead(401, { 'content-type': 'application/json', 'payment-required': 'forged', 'set-cookie': 'a=b' })
      response.end(JSON.stringify({ error: { message: JSON.stringify(request.headers), code: 'invalid_api_key' } }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address() as AddressInfo
  const close = () => new Promise((resolve) => server.close(resolve))
  return { url: `http://127.0.0.1:${address.port}`, seen, close }
}

async function manifestOf() {
  const { manifest, sealingKey } = (await (await fetch(`${url}/v1/attestation?nonce=0x${'00'.repeat(32)}`)).json()) as {
    readonly manifest: JsonObject
    readonly sealingKey: { readonly statement: { readonly publicKey: Hex } }
  }
  return { manifest: parseManifest(manifest), publicKey: bytesOf(sealingKey.statement.publicKey, 32) }
}

async function paidCall(request: JsonObject, scheme: 'exact' | 'upto' = 'upto') {
  const payer = await net.payer({ tokens: 10_000_000n, permit2: scheme === 'upto' })
  const payment = await signPayment({ url, body: request, payer, scheme })
  return { payer, payment, response: await post({ url, body: request }, payment) }
}

describe('keys at run time', () => {
  test('E1, D2: sealed they reach the provider; in no line, no answer and no other header do they appear', async () => {
    const { publicKey } = await manifestOf()
    const sealed = sealFetch({ fetch, key: { publicKey } })
    const send = (keys: object, through = sealed) =>
      through(`${url}/admin/keys`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token, keys }),
      })
    expect((await send({ keyed: providerKey }, fetch)).status).toBe(400)
    expect((await send({ keyed: providerKey })).status).toBe(200)
    expect((await send({ keyed: 'sk-another' })).status).toBe(409)

    const { response } = await paidCall({ ...body, model: 'gemini-2.5-flash' })
    const text = await response.text()
    expect([response.status, JSON.parse(text).error.code]).toEqual([502, 'upstream_auth'])
    const [headers] = keyed.seen
    expect(headers?.authorization).toBe(`Bearer ${providerKey}`)
    // Built from scratch: nothing of the caller's request is passed on, nothing of the provider's answer comes back.
    const own = [
      'accept',
      'accept-language',
      'sec-fetch-mode',
      'user-agent',
      'accept-encoding',
      'content-length',
      'content-type',
    ]
    const transport = ['host', 'connection', 'authorization', 'transfer-encoding']
    expect(Object.keys(headers ?? {}).filter((name) => ![...own, ...transport].includes(name))).toEqual([])
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(response.headers.get('payment-required')).toBeNull()
    const output = [text, ...lines, JSON.stringify([...response.headers])].join('\n')
    for (const secret of [providerKey, token, metricsToken, 'canary prompt']) expect(output).not.toContain(secret)
  })
})

describe('metrics', () => {
  test('ask for their token and count what happened; no payer, payment or prompt is in them', async () => {
    expect((await fetch(`${url}/metrics`)).status).toBe(403)
    expect((await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer wrong' } })).status).toBe(403)
    const { payer, payment, response } = await paidCall(body)
    await response.text()
    await net.untilSettled(url, payment.paymentHash)
    const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${metricsToken}` } })
    const text = await answer.text()
    expect(answer.status).toBe(200)
    expect(text).toMatch(/^og_call_seconds_count\{endpoint="chat\.completions",outcome="complete"\} 1$/m)
    expect(text).toMatch(/^og_upstream_calls_total\{upstream="openai",result="ok"\} 1$/m)
    expect(text).toMatch(/^og_tokens_total\{model="openai\/gpt-4o",kind="completion"\} 7$/m)
    expect(text).toMatch(/^og_settlement_steps_total\{kind="payment",result="done"\} 1$/m)
    expect(text).toMatch(/^og_calls_running 0$/m)
    expect(text).not.toContain(payment.paymentHash)
    expect(text.toLowerCase()).not.toContain(payer.address.toLowerCase().slice(2))
  })
})

describe('models that the caller takes instead', () => {
  test('F18: one answers when the first cannot, at the price of the first, and the receipt says which', async () => {
    openai.behave(refuseWith(429, '{"error":{"message":"slow down"}}', { 'retry-after': '30' }))
    const request = { ...body, model: 'openai/gpt-5.5', models: ['claude-haiku-4-5'] }
    const { response } = await paidCall(request)
    const answer = (await response.json()) as {
      readonly model: string
      readonly usage: { readonly og: { readonly terms: JsonObject; readonly offer: { readonly model: string } } }
    }
    expect([response.status, answer.model]).toEqual([200, 'anthropic/claude-haiku-4-5'])
    const { modelRequested, modelAnswered, upstream } = parseTerms(answer.usage.og.terms)
    expect([modelRequested, modelAnswered]).toEqual(['openai/gpt-5.5', 'anthropic/claude-haiku-4-5'])
    expect(upstream).toBe(new URL(anthropic.baseUrl).host)
    expect(answer.usage.og.offer.model).toBe('openai/gpt-5.5')
    expect([openai.calls.length, anthropic.calls.length]).toEqual([1, 1])
  })

  test('F18: nobody else is asked without the caller having allowed it, and the limit is passed on unpaid', async () => {
    openai.behave(refuseWith(429, '{"error":{"message":"slow down"}}', { 'retry-after': '30' }))
    const { payment, response } = await paidCall(body)
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '30'])
    expect(anthropic.calls.length).toBe(0)
    expect((await net.receiptStatus(url, payment.paymentHash))?.status).toBe('released')
  })

  test.each([
    ['a dearer one', ['claude-3-opus'], 'invalid_request'],
    ['no list', 'claude-haiku-4-5', 'invalid_request'],
    ['one that is not on offer', ['gpt-99'], 'model_not_found'],
  ])('refused before any price: %s', async (_name, models, code) => {
    const answer = await post({ url, body: { ...body, models } })
    expect(((await answer.json()) as { error: { code: string } }).error.code).toBe(code)
  })
})

describe('streams', () => {
  test('signed checkpoints over exactly what was sent, every 64 events', async () => {
    openai.behave(words(Array.from({ length: 150 }, (_, index) => `w${index} `)))
    const { response, payment } = await paidCall({ ...body, stream: true, max_tokens: 1000 })
    const text = await response.text()
    const parts = text.split('\n\n').filter((part) => part !== '')
    const { manifest } = await manifestOf()
    const domain = { chainId: manifest.record.chainId, verifyingContract: manifest.record.inferenceLog }
    const hash = createHash('sha256')
    let found = 0
    for (const part of parts) {
      if (!part.startsWith(checkpointMark)) {
        hash.update(`${part}\n\n`)
        continue
      }
      found += 1
      const { signature, at, ...said } = JSON.parse(part.slice(checkpointMark.length))
      expect(said.delivered).toBe(`0x${hash.copy().digest('hex')}`)
      expect([said.paymentHash, said.events]).toEqual([payment.paymentHash, found * 64])
      const digest = hashStreamCheckpoint({ ...said, at: BigInt(at) }, domain)
      expect(recoverSigner(digest, signature)).toBe(manifest.receiptKey)
    }
    expect(found).toBe(2)
    expect(parts.at(-1)).toBe('data: [DONE]')
  })

  test('F20: a stream that the provider cuts ends with an error, costs nothing, and leaves a checkpoint', async () => {
    openai.behave(words(['one ', 'two ', 'three'], { cutAfter: 2 }))
    const { response, payment } = await paidCall({ ...body, stream: true })
    const text = await response.text()
    expect(text).toContain(checkpointMark)
    expect(text).toContain('"error"')
    expect(text).not.toContain('[DONE]')
    expect(await net.receiptStatus(url, payment.paymentHash)).toMatchObject({
      status: 'released',
      payment: { charged: null },
    })
  })

  test('F21: a client that leaves stops the provider within 250 ms, or as soon as the machine lets it, and pays for what it got', async () => {
    let cutAt = 0
    openai.behave(async (response, call) => {
      response.on('close', () => {
        cutAt = performance.now()
      })
      await words(
        Array.from({ length: 1000 }, () => 'word '),
        { pauseMs: 30, usage: null },
      )(response, call)
    })
    const request = { ...body, stream: true }
    const payer = await net.payer({ tokens: 10_000_000n, permit2: true })
    const payment = await signPayment({ url, body: request, payer, scheme: 'upto' })
    const leave = new AbortController()
    const response = await post({ url, body: request }, payment, { signal: leave.signal })
    const reader = response.body?.getReader()
    let got = ''
    while (!got.includes('word')) got += Buffer.from((await reader?.read())?.value ?? []).toString()
    const leftAt = performance.now()
    leave.abort()
    // A crowded machine takes longer for everything: as much as for twenty of the shortest answers there are, at most.
    await (await fetch(`${url}/health`)).arrayBuffer()
    const answerMs = performance.now() - leftAt
    await until('the provider is hung up on', async () => (cutAt > 0 ? true : undefined))
    expect(cutAt - leftAt).toBeLessThan(Math.min(Math.max(250, 20 * answerMs), 10_000))
    const status = await net.untilSettled(url, payment.paymentHash)
    expect(BigInt(status.payment.charged ?? '0')).toBeGreaterThan(0n)
  })
})

test('E1, E2: over all of this, no secret and no prompt stands in anything that the nodes wrote', () => {
  const secrets = createSecrets()
  const relayerKeys = net.devnet.chain.accounts.map(({ privateKey }) => privateKey)
  for (const secret of [token, metricsToken, providerKey, 'canary prompt 0815', ...relayerKeys]) secrets.add(secret)
  expect(lines.length).toBeGreaterThan(10)
  const written = lines.join('\n')
  expect(secrets.scrub(written)).toBe(written)
  expect(secrets.scrub(`a line with ${providerKey}`)).not.toContain(providerKey)
})

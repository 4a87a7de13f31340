import {
  chargeOf,
  commit,
  type Hex,
  type JsonObject,
  keccak256,
  parseOffer,
  parseTerms,
  promptTokenBound,
  quoteOf,
} from '@og/settlement'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { post, signPayment } from '../../devnet/test/sign-payment.js'
import { type ReceiptStatus, startTestDevnet, type TestDevnet, until } from '../../devnet/test/start-test-devnet.js'
import {
  heldWords,
  refuseWith,
  reportedUsage,
  startTestUpstream,
  type TestUpstream,
  type UpstreamBehaviour,
  words,
} from '../../devnet/test/start-test-upstream.js'

const tokens = 10_000_000n
const body = { model: 'openai/gpt-4o', messages: [{ role: 'user', content: 'hello' }], max_tokens: 64 }
const secret = 'sk-do-not-tell-4711'

let net: TestDevnet
let upstream: TestUpstream
let url: string
beforeAll(async () => {
  upstream = await startTestUpstream()
  net = await startTestDevnet({ upstreams: [{ id: 'test', baseUrl: upstream.baseUrl, families: [], apiKey: secret }] })
  url = net.devnet.vanillaGateway.url()
}, 120_000)
afterAll(async () => {
  await net?.devnet.stop()
  await upstream?.close()
})
beforeEach(() => {
  upstream.calls.length = 0
  upstream.behave(words(['one ', 'two ', 'three']))
})

interface Answer {
  readonly choices: readonly { readonly message: { readonly content: string }; readonly finish_reason: string }[]
  readonly usage: {
    readonly prompt_tokens: number
    readonly completion_tokens: number
    readonly cost: number
    readonly og: {
      readonly terms: JsonObject
      readonly offer: JsonObject
      readonly salts: { readonly upstreamRequest: Hex }
      readonly label: string
    }
  }
}

/** The chunks of a stream, without its end mark. */
function chunksOf(text: string): readonly JsonObject[] {
  return text
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice(6)) as JsonObject)
}

async function finished(paymentHash: Hex): Promise<ReceiptStatus> {
  return until('the call is finished', async () => {
    const status = await net.receiptStatus(url, paymentHash)
    return status?.status === 'finished' ? status : undefined
  })
}

describe('a provider that works', () => {
  test.each([
    ['max_tokens', { max_tokens: 64 }, { max_tokens: 64 }],
    ['max_completion_tokens', { max_tokens: undefined, max_completion_tokens: 33 }, { max_completion_tokens: 33 }],
    ['both: the smaller one counts', { max_tokens: 50, max_completion_tokens: 20 }, { max_completion_tokens: 20 }],
    ['none: the default of the node', { max_tokens: undefined }, { max_tokens: 1024 }],
  ])('the receipt commits to the very bytes it got, and its usage is charged; %s', async (_name, asked, sent) => {
    const payer = await net.payer({ tokens, permit2: true })
    const request = JSON.parse(JSON.stringify({ ...body, ...asked, unknown_field: 1 }))
    const payment = await signPayment({ url, body: request, payer, scheme: 'upto' })
    const response = await post({ url, body: request }, payment)
    const answer = (await response.json()) as Answer
    expect([response.status, answer.choices[0]?.message.content]).toEqual([200, 'one two three'])

    const [call] = upstream.calls
    if (call === undefined) throw new Error('the provider was not asked')
    expect(call.body).toEqual({
      model: 'gpt-4o',
      messages: body.messages,
      ...sent,
      stream: true,
      stream_options: { include_usage: true },
    })
    const { og } = answer.usage
    const terms = parseTerms(og.terms)
    const salt = og.salts.upstreamRequest
    expect(terms.upstreamRequestCommitment).toBe(commit({ salt, hash: keccak256(call.bytes) }))
    expect(terms.upstream).toBe(new URL(upstream.baseUrl).host)
    expect(og.label).toBe('vanilla')

    expect(answer.usage).toMatchObject({
      prompt_tokens: reportedUsage.prompt_tokens,
      completion_tokens: reportedUsage.completion_tokens,
      prompt_tokens_details: { cached_tokens: 3 },
    })
    const usage = {
      promptTokens: 11n,
      cachedPromptTokens: 3n,
      completionTokens: 7n,
      reasoningTokens: 0n,
    }
    const expected = chargeOf(parseOffer(og.offer), { usage, settlement: 'SETTLE' })
    expect(terms.charged).toBe(expected)
    expect(terms.usageSource).toBe(0)
    const status = await net.untilSettled(url, payment.paymentHash)
    expect(status.payment.charged).toBe(`${expected}`)
    expect(await payer.balance()).toBe(tokens - expected)
  })

  test('completions have a ceiling too, however it is spelt', async () => {
    // A provider's completions endpoint knows one spelling only.
    upstream.behave((response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const choices = [{ index: 0, text: 'done', finish_reason: 'stop' }]
      response.end(JSON.stringify({ id: 'c', object: 'text_completion', created: 1, model: 'gpt-4o', choices }))
    })
    const payer = await net.payer({ tokens })
    for (const [asked, ceiling] of [
      [{ max_tokens: 5 }, 5],
      [{ max_completion_tokens: 6 }, 6],
      [{}, 1024],
    ] as const) {
      upstream.calls.length = 0
      const request = { model: 'openai/gpt-4o', prompt: 'hello', ...asked }
      const path = '/v1/completions'
      const payment = await signPayment({ url, path, body: request, payer })
      const response = await post({ url, path, body: request }, payment)
      expect(response.status).toBe(200)
      await response.arrayBuffer()
      expect(upstream.calls[0]?.body).toMatchObject({ max_tokens: ceiling })
      expect(upstream.calls[0]?.body).not.toHaveProperty('max_completion_tokens')
    }
  })

  test('F20: a provider that gives no counts: the node counts, and says so', async () => {
    upstream.behave(words(['one ', 'two ', 'three'], { usage: null }))
    const payer = await net.payer({ tokens, permit2: true })
    const payment = await signPayment({ url, body, payer, scheme: 'upto' })
    const answer = (await (await post({ url, body }, payment)).json()) as Answer
    const terms = parseTerms(answer.usage.og.terms)
    expect(terms.usageSource).toBe(1)
    // Three words, and of the prompt its text and the frame of one message.
    expect([terms.completionTokens, terms.promptTokens]).toEqual([3n, 5n])
  })

  test('D8: a provider that ignores the ceiling is cut off, and nobody pays for more than was quoted', async () => {
    const asked = { ...body, max_tokens: 2 }
    const flood = Array.from({ length: 2000 }, () => 'flood ')
    const greedy = { prompt_tokens: 1_000_000, completion_tokens: 1_000_000, total_tokens: 2_000_000 }
    upstream.behave(words(flood, { usage: greedy }))
    const payer = await net.payer({ tokens, permit2: true })
    const payment = await signPayment({ url, body: asked, payer, scheme: 'upto' })
    const answer = (await (await post({ url, body: asked }, payment)).json()) as Answer
    expect(answer.choices[0]?.finish_reason).toBe('length')
    // 128 bytes for each paid token, not 12,000.
    expect(answer.choices[0]?.message.content.length).toBeLessThanOrEqual(256)
    expect(answer.usage.completion_tokens).toBeLessThanOrEqual(2)
    await until('the provider is hung up on', async () => (upstream.calls[0]?.wasCut() === true ? true : undefined))
    await net.untilSettled(url, payment.paymentHash)
    expect(await payer.balance()).toBeGreaterThanOrEqual(tokens - payment.authorized)
  })

  test('A15, A16: a provider that counts more than was asked for: the charge stays within the quote', async () => {
    const greedy = { prompt_tokens: 1_000_000, completion_tokens: 1_000_000, total_tokens: 2_000_000 }
    upstream.behave(words(['one'], { usage: greedy }))
    const payer = await net.payer({ tokens, permit2: true })
    const payment = await signPayment({ url, body, payer, scheme: 'upto' })
    const answer = (await (await post({ url, body }, payment)).json()) as Answer
    const terms = parseTerms(answer.usage.og.terms)
    const { promptTokens, completionTokens } = terms
    const quote = quoteOf(parseOffer(answer.usage.og.offer), { promptTokens, completionTokens, settlement: 'SETTLE' })
    expect(completionTokens).toBe(64n)
    expect(terms.charged).toBe(payment.authorized)
    expect(terms.charged).toBe(quote)
  })

  test('A15: a prompt of more tokens than were counted: the receipt says so, and the node gives the rest away', async () => {
    const content = 'The river carries what the hills have lost, and never says a word of it. '.repeat(20)
    const asked = { ...body, messages: [{ role: 'user', content }] }
    const bytes = promptTokenBound(asked)
    upstream.behave(words(['one'], { usage: { prompt_tokens: Number(bytes), completion_tokens: 1 } }))
    const payer = await net.payer({ tokens, permit2: true })
    const payment = await until('the prompt is counted', async () => {
      const signed = await signPayment({ url, body: asked, payer, scheme: 'upto' })
      const og = signed.payload.accepted.extra?.['og'] as JsonObject | undefined
      return og?.['quote'] === undefined ? undefined : signed
    })
    const { usage } = (await (await post({ url, body: asked }, payment)).json()) as Answer
    const terms = parseTerms(usage.og.terms)
    expect([terms.promptTokens, terms.charged]).toEqual([bytes, payment.authorized])
    expect(chargeOf(parseOffer(usage.og.offer), { usage: terms, settlement: 'SETTLE' })).toBeGreaterThan(terms.charged)
    await net.untilSettled(url, payment.paymentHash)
    expect(await payer.balance()).toBe(tokens - payment.authorized)
  })
})

describe('a provider that fails', () => {
  const failures: readonly [string, UpstreamBehaviour, readonly [number, string]][] = [
    ['500', refuseWith(500, `{"error":{"message":"key ${secret} is broken"}}`), [502, 'upstream_unavailable']],
    ['503', refuseWith(503, 'overloaded'), [502, 'upstream_overloaded']],
    [
      '429',
      refuseWith(429, '{"error":{"message":"slow down"}}', { 'retry-after': '7' }),
      [429, 'upstream_rate_limited'],
    ],
    ['401', refuseWith(401, `{"error":{"message":"bad key ${secret}"}}`), [502, 'upstream_auth']],
    ['400', refuseWith(400, '{"error":{"message":"no such parameter"}}'), [400, 'upstream_rejected']],
    ['a redirect', refuseWith(302, '', { location: 'http://127.0.0.1:1/' }), [502, 'upstream_redirected']],
    ['200 and no JSON', refuseWith(200, '<html>hello</html>'), [502, 'upstream_truncated']],
    ['200 and nothing', refuseWith(200, ''), [502, 'upstream_truncated']],
    ['200 and JSON of something else', refuseWith(200, '{"ok":true}'), [502, 'upstream_truncated']],
    ['a reset connection', (response) => void response.destroy(), [502, 'upstream_unavailable']],
    ['a stream that breaks off before a word', words(['one'], { cutAfter: 0 }), [502, 'upstream_truncated']],
  ]

  test.each(failures)(
    '%s: a clean error, nothing charged, the same payment is good afterwards',
    async (_name, behaviour, [status, code]) => {
      const payer = await net.payer({ tokens })
      const payment = await signPayment({ url, body, payer })
      upstream.behave(behaviour)
      const failed = await post({ url, body }, payment)
      const text = await failed.text()
      expect([failed.status, JSON.parse(text).error.code]).toEqual([status, code])
      expect(failed.headers.get('content-type')).toMatch(/^application\/json/)
      if (status === 429) expect(failed.headers.get('retry-after')).toBe('7')
      expect(text).not.toContain(secret)
      expect(text).not.toContain('127.0.0.1')
      expect(await net.receiptStatus(url, payment.paymentHash)).toMatchObject({
        status: 'released',
        receiptDigest: null,
        payment: { state: 'none', charged: null },
      })

      upstream.behave(words(['fine']))
      const answer = (await (await post({ url, body }, payment)).json()) as Answer
      expect(answer.choices[0]?.message.content).toBe('fine')
      await net.untilSettled(url, payment.paymentHash)
      expect(await net.transfersFrom(payer.address)).toEqual([payment.authorized])
    },
  )

  test('F20: a stream that breaks off in the middle ends in an error, uncharged; repeated, it is whole', async () => {
    const asked = { ...body, stream: true }
    const payer = await net.payer({ tokens, permit2: true })
    const payment = await signPayment({ url, body: asked, payer, scheme: 'upto' })
    upstream.behave(words(['one ', 'two ', 'three'], { cutAfter: 2, pauseMs: 20 }))
    const text = await (await post({ url, body: asked }, payment)).text()
    const chunks = chunksOf(text)
    expect(chunks.at(-1)).toMatchObject({ error: { code: 'upstream_truncated', type: 'upstream_error' } })
    expect(text).not.toContain('[DONE]')
    expect(text).not.toContain('receiptDigest')
    expect(await net.receiptStatus(url, payment.paymentHash)).toMatchObject({ status: 'released' })

    upstream.behave(words(['one ', 'two ', 'three']))
    const again = await (await post({ url, body: asked }, payment)).text()
    expect(again).toContain('[DONE]')
    const status = await net.untilSettled(url, payment.paymentHash)
    expect(status.receipt).toMatchObject({ attempt: 2 })
    expect(await net.transfersFrom(payer.address)).toEqual([BigInt(status.payment.charged ?? '-1')])
  })
})

describe('a client that leaves', () => {
  test('D9, F21: in the middle of a stream: it pays for what it got, once, and the receipt waits under the payment hash', async () => {
    const asked = { ...body, stream: true }
    const payer = await net.payer({ tokens, permit2: true })
    const payment = await signPayment({ url, body: asked, payer, scheme: 'upto' })
    upstream.behave(
      words(
        Array.from({ length: 200 }, () => 'word '),
        { pauseMs: 20, usage: null },
      ),
    )
    const leave = new AbortController()
    const response = await post({ url, body: asked }, payment, { signal: leave.signal })
    const reader = response.body?.getReader()
    let got = ''
    while (!got.includes('word word') && got.split('word').length < 3) {
      got += new TextDecoder().decode((await reader?.read())?.value)
    }
    leave.abort()
    const status = await finished(payment.paymentHash)
    await until('the provider is hung up on', async () => (upstream.calls[0]?.wasCut() === true ? true : undefined))
    await net.untilSettled(url, payment.paymentHash)
    const charged = BigInt(status.payment.charged ?? '-1')
    expect(charged).toBeGreaterThan(0n)
    // 200 words would be 250 tokens; a few have come.
    expect(charged).toBeLessThan(payment.authorized / 2n)
    expect(await net.transfersFrom(payer.address)).toEqual([charged])
    expect(await net.settledEvents(status.receiptDigest ?? '0x')).toBe(1)

    // The same request gets what was made and paid, with a receipt that says how it ended.
    const calls = upstream.calls.length
    const replayed = await post({ url, body: asked }, payment)
    expect(replayed.headers.get('og-replayed')).toBe('true')
    const { usage } = chunksOf(await replayed.text()).find((chunk) => chunk['usage'] != null) as unknown as Answer
    const terms = parseTerms(usage.og.terms)
    expect(terms).toMatchObject({ outcome: 2, usageSource: 1, charged, scheme: 'upto' })
    expect(upstream.calls.length).toBe(calls)
    expect((await net.transfersFrom(payer.address)).length).toBe(1)
  })

  test('before the first word: nothing was delivered, nothing is charged', async () => {
    const asked = { ...body, stream: true }
    const payer = await net.payer({ tokens, permit2: true })
    const payment = await signPayment({ url, body: asked, payer, scheme: 'upto' })
    upstream.behave(words(['never'], { hangAfter: 0 }))
    const leave = new AbortController()
    const broken = post({ url, body: asked }, payment, { signal: leave.signal }).then((answer) => answer.text())
    broken.catch(() => undefined)
    await until('the provider is at work', async () => (upstream.calls.length > 0 ? true : undefined))
    leave.abort()
    await until('the attempt is released', async () => {
      const status = await net.receiptStatus(url, payment.paymentHash)
      return status?.status === 'released' ? true : undefined
    })
    upstream.behave(words(['now']))
    const again = await post({ url, body: asked }, payment)
    expect(await again.text()).toContain('now')
    const status = await net.untilSettled(url, payment.paymentHash)
    expect(await net.transfersFrom(payer.address)).toEqual([BigInt(status.payment.charged ?? '-1')])
  })

  test('D10: again and again before the first word: the provider is paid for each, so that it is limited like any failure', async () => {
    const asked = { ...body, stream: true }
    const payer = await net.payer({ tokens })
    const payment = await signPayment({ url, body: asked, payer })
    const other = await net.payer({ tokens })
    upstream.behave(words(['never'], { hangAfter: 0 }))
    const codes: string[] = []
    while (!codes.includes('rate_limited') && codes.length < 500) {
      const leave = new AbortController()
      const broken = post({ url, body: asked }, payment, { signal: leave.signal })
        .then(async (answer) => ((await answer.json()) as { error: { code: string } }).error.code)
        .catch(() => 'left')
      const reached = upstream.calls.length
      const arrived = until('it arrives', async () => (upstream.calls.length > reached ? true : undefined))
      await Promise.race([arrived, broken])
      leave.abort()
      codes.push(await broken)
    }
    expect(codes.at(-1)).toBe('rate_limited')
    // A budget of sixty in each minute, of which two may have been touched.
    expect(upstream.calls.length).toBeGreaterThanOrEqual(60)
    expect(upstream.calls.length).toBeLessThanOrEqual(120)
    upstream.behave(words(['now']))
    const honest = await post({ url, body: asked }, await signPayment({ url, body: asked, payer: other }))
    expect(await honest.text()).toContain('now')
  })

  test('while a whole answer is being made: the answer is finished, and a repetition gets all of it', async () => {
    const payer = await net.payer({ tokens })
    const payment = await signPayment({ url, body, payer })
    const late = heldWords(['one ', 'two ', 'three'])
    upstream.behave(late.behaviour)
    const leave = new AbortController()
    const broken = post({ url, body }, payment, { signal: leave.signal })
    broken.catch(() => undefined)
    await until('the provider is at work', async () => (upstream.calls.length > 0 ? true : undefined))
    leave.abort()
    await expect(broken).rejects.toThrow()
    late.release()
    await finished(payment.paymentHash)
    const again = await post({ url, body }, payment)
    expect([again.status, again.headers.get('og-replayed')]).toEqual([200, 'true'])
    const answer = (await again.json()) as Answer
    expect(answer.choices[0]).toMatchObject({ message: { content: 'one two three' }, finish_reason: 'stop' })
    expect(upstream.calls.length).toBe(1)
    await net.untilSettled(url, payment.paymentHash)
    expect(await net.transfersFrom(payer.address)).toEqual([payment.authorized])
  })
})

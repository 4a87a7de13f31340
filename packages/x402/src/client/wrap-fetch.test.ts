import { describe, expect, test } from 'vitest'
import { accountOf, exactRequirements, NOW, PAYEE, requiredOf, USDC, uptoRequirements } from '../../test/fixtures.js'
import type { Fetch } from '../defaults.js'
import { exactClient, uptoClient } from '../evm/evm-client.js'
import { checkRequestBinding, REQUEST_BINDING_EXTENSION, requestBindingExtension } from '../evm/request-binding.js'
import type { Hex } from '../hex.js'
import { keccakHex } from '../keccak.js'
import { decodePaymentPayload, PAYMENT_SIGNATURE_HEADER } from '../protocol/header.js'
import type { PaymentRequired } from '../protocol/payment-required.js'
import { createPaymentRequired, paymentRequiredResponse } from '../server/create-payment-required.js'
import { X402Error } from '../x402-error.js'
import { refusalReasonOf } from './refusal-reason.js'
import type { SpendPolicy } from './spend-policy.js'
import { wrapFetch } from './wrap-fetch.js'
import type { PaidFetch, PaymentEvent, WrapFetchOptions } from './wrap-fetch-options.js'

const payer = accountOf('payer')
const URL_CHAT = 'https://api.example/v1/chat'
const policy: SpendPolicy = { maxAmountPerCall: 10_000n }

interface Seen {
  readonly url: string
  readonly init: RequestInit
  readonly headers: Headers
  readonly body: string
  readonly payment: string | null
}

/** A server at the fetch port: 402 without payment, then whatever `paid` answers. */
function serverOf(
  paid: (seen: Seen, count: number) => Response | Promise<Response>,
  required: PaymentRequired = requiredOf([exactRequirements()]),
): { seen: Seen[]; fetch: Fetch } {
  const seen: Seen[] = []
  let count = 0
  return {
    seen,
    async fetch(this: unknown, input, init = {}) {
      // What a browser's fetch does with a foreign receiver.
      if (this !== undefined) throw new TypeError('Illegal invocation')
      init.signal?.throwIfAborted()
      const headers = new Headers(init.headers)
      const body = init.body === undefined || init.body === null ? '' : await new Response(init.body).text()
      const entry = { url: String(input), init, headers, body, payment: headers.get(PAYMENT_SIGNATURE_HEADER) }
      seen.push(entry)
      if (entry.payment === null) return paymentRequiredResponse(required)
      count += 1
      return paid(entry, count)
    },
  }
}

function paidFetchOf(fetch: Fetch, change: Partial<WrapFetchOptions> = {}): PaidFetch {
  return wrapFetch({ fetch, schemes: [exactClient({ signer: payer })], policy, clock: () => NOW, ...change })
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return 'fulfilled'
  } catch (error) {
    return error instanceof X402Error ? error.code : `not coded: ${String(error)}`
  }
}

const post = (body: string): RequestInit => ({ method: 'POST', body, headers: { 'content-type': 'application/json' } })
const payments = (seen: readonly Seen[]): string[] => seen.flatMap(({ payment }) => payment ?? [])

describe('wrapFetch', () => {
  test('default: pays once and hands the answer over', async () => {
    const { seen, fetch } = serverOf(() => new Response('bonjour'))
    const events: PaymentEvent[] = []
    const paidFetch = paidFetchOf(fetch, { onPayment: (event) => events.push(event) })
    const response = await paidFetch(URL_CHAT, post('{"a":1}'))
    expect(await response.text()).toBe('bonjour')
    expect(seen.map(({ payment }) => payment !== null)).toEqual([false, true])
    expect(seen.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}'])
    expect(seen[1]?.init.redirect).toBe('manual')
    expect(events).toHaveLength(1)
    expect(events[0]?.resent).toBe(false)
    expect(paidFetch.paymentOf(response)?.paymentHash).toBe(events[0]?.paymentHash)
    const payload = decodePaymentPayload(seen[1]?.payment ?? '')
    expect(payload.accepted).toEqual(exactRequirements())
    expect(payload.resource).toEqual(requiredOf([exactRequirements()]).resource)
  })

  test('default: an answer that is not a 402 of x402 passes untouched', async () => {
    for (const answer of [
      new Response('free'),
      new Response('pay by card', { status: 402 }),
      new Response(null, { status: 204 }),
    ]) {
      expect(await paidFetchOf(async () => answer)(URL_CHAT)).toBe(answer)
    }
  })

  test('behavior: works without a receiver, as openai calls it, and never gives its transport one', async () => {
    const { fetch } = serverOf(() => new Response('ok'))
    const paidFetch = paidFetchOf(fetch)
    expect((await paidFetch.call(undefined, URL_CHAT)).status).toBe(200)
    expect((await Reflect.apply(paidFetch, { fetch: paidFetch }, [URL_CHAT])).status).toBe(200)
  })

  const bodies: readonly [string, () => BodyInit, string | null][] = [
    ['text', () => 'hello', 'text/plain;charset=UTF-8'],
    ['bytes', () => new TextEncoder().encode('hello'), null],
    ['a buffer', () => new TextEncoder().encode('hello').buffer, null],
    ['a view', () => new Uint8Array(new TextEncoder().encode('-hello-').buffer, 1, 5), null],
    ['a blob', () => new Blob(['hello'], { type: 'text/x-test' }), 'text/x-test'],
    ['parameters', () => new URLSearchParams('hello'), 'application/x-www-form-urlencoded;charset=UTF-8'],
  ]
  test.each(bodies)('behavior: %s as body, sent twice alike', async (_name, make, contentType) => {
    const { seen, fetch } = serverOf(() => new Response('ok'))
    await paidFetchOf(fetch)(URL_CHAT, { method: 'POST', body: make() })
    expect(seen).toHaveLength(2)
    for (const leg of seen) {
      expect(leg.body.replace(/=$/, '')).toBe('hello')
      expect(leg.headers.get('content-type')).toBe(contentType)
    }
  })

  test('behavior: a multipart form keeps its boundary over both legs', async () => {
    const { seen, fetch } = serverOf(() => new Response('ok'))
    const form = new FormData()
    form.set('a', 'b')
    await paidFetchOf(fetch)(URL_CHAT, { method: 'POST', body: form })
    expect(seen[0]?.headers.get('content-type')).toMatch(/^multipart\/form-data; ?boundary=/)
    expect(seen[0]?.headers.get('content-type')).toBe(seen[1]?.headers.get('content-type'))
    expect(seen[0]?.body).toBe(seen[1]?.body)
  })

  test('behavior: a Request, a URL, headers in any form; nothing of the caller is changed', async () => {
    const { seen, fetch } = serverOf(() => new Response('ok'))
    const paidFetch = paidFetchOf(fetch)
    const request = new Request(URL_CHAT, { method: 'POST', body: 'hello', headers: { 'x-a': '1' } })
    await paidFetch(request)
    expect(request.bodyUsed).toBe(false)
    expect(request.headers.has(PAYMENT_SIGNATURE_HEADER)).toBe(false)
    const record = Object.freeze({ 'X-A': '1' })
    const init = Object.freeze({ method: 'POST', headers: record, body: 'hello' })
    await paidFetch(new URL(URL_CHAT), init)
    await paidFetch(URL_CHAT, { method: 'post', headers: [['x-a', '1']], body: 'hello' })
    const headers = new Headers({ 'x-a': '1' })
    await paidFetch(URL_CHAT, { method: 'POST', headers, body: 'hello' })
    expect(headers.has(PAYMENT_SIGNATURE_HEADER)).toBe(false)
    expect(seen).toHaveLength(8)
    for (const leg of seen) {
      expect([leg.url, leg.init.method, leg.headers.get('x-a'), leg.body]).toEqual([URL_CHAT, 'POST', '1', 'hello'])
    }
  })

  test('behavior: members of init that only the platform knows reach both legs', async () => {
    const { seen, fetch } = serverOf(() => new Response('ok'))
    const dispatcher = {}
    await paidFetchOf(fetch)(URL_CHAT, { dispatcher } as RequestInit)
    for (const leg of seen) expect(Reflect.get(leg.init, 'dispatcher')).toBe(dispatcher)
  })

  test('error: streams, used bodies and large bodies are refused before anything is sent', async () => {
    const { seen, fetch } = serverOf(() => new Response('ok'))
    const paidFetch = paidFetchOf(fetch, { maxBodyBytes: 4 })
    async function* generate(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(1)
    }
    const used = new Request(URL_CHAT, { method: 'POST', body: 'x' })
    await used.text()
    const stream = { method: 'POST', body: new Blob(['x']).stream(), duplex: 'half' } as RequestInit
    expect(await codeOf(paidFetch(URL_CHAT, stream))).toBe('BODY_NOT_REPEATABLE')
    const iterable = { method: 'POST', body: generate() as unknown as BodyInit }
    expect(await codeOf(paidFetch(URL_CHAT, iterable))).toBe('BODY_NOT_REPEATABLE')
    expect(await codeOf(paidFetch(used))).toBe('BODY_NOT_REPEATABLE')
    expect(await codeOf(paidFetch(URL_CHAT, post('12345')))).toBe('BODY_NOT_REPEATABLE')
    expect(seen).toHaveLength(0)
  })

  test('behavior: the signal is on both legs, and an abort between them signs nothing', async () => {
    const { seen, fetch } = serverOf(() => new Response('ok'))
    const controller = new AbortController()
    await paidFetchOf(fetch)(URL_CHAT, { signal: controller.signal })
    for (const leg of seen) expect(leg.init.signal).toBe(controller.signal)
    const events: PaymentEvent[] = []
    const aborting = paidFetchOf(fetch, {
      checkRequirements: () => controller.abort(),
      onPayment: (event) => events.push(event),
    })
    await expect(aborting(URL_CHAT, { signal: controller.signal })).rejects.toThrow(/abort/i)
    expect(events).toHaveLength(0)
    expect(payments(seen)).toHaveLength(1)
  })

  test('behavior: a caller that brings its own payment is left alone', async () => {
    const { seen, fetch } = serverOf(() => new Response('no', { status: 402 }))
    const response = await paidFetchOf(fetch)(URL_CHAT, { headers: { 'Payment-Signature': 'mine' } })
    expect(response.status).toBe(402)
    expect(payments(seen)).toEqual(['mine'])
    expect(seen[0]?.init.redirect).toBe('manual')
  })

  const failures: readonly [string, () => Response | Promise<Response>][] = [
    ['a lost connection', () => Promise.reject(new TypeError('fetch failed'))],
    ['a 500', () => new Response('oops', { status: 500 })],
    ['a 429', () => new Response('slow', { status: 429 })],
    ['a 409', () => new Response('running', { status: 409 })],
    [
      'a 402',
      () => paymentRequiredResponse(createPaymentRequired({ ...requiredOf([exactRequirements()]), error: 'x' })),
    ],
    ['a redirect', () => new Response(null, { status: 307, headers: { location: 'https://evil.example' } })],
    [
      'a body that breaks off',
      () =>
        new Response(
          new ReadableStream({
            start(controller) {
              controller.enqueue(new TextEncoder().encode('half'))
            },
            pull(controller) {
              controller.error(new TypeError('terminated'))
            },
          }),
        ),
    ],
  ]
  test.each(failures)(
    'behavior: [64] after %s the same call sends the same authorization again',
    async (_name, fail) => {
      const { seen, fetch } = serverOf((_seen, count) => (count === 1 ? fail() : new Response('ok')))
      const events: PaymentEvent[] = []
      const paidFetch = paidFetchOf(fetch, { onPayment: (event) => events.push(event) })
      const attempt = async (): Promise<string> => (await paidFetch(URL_CHAT, post('same'))).text()
      await attempt().catch(() => undefined)
      expect(await attempt()).toBe('ok')
      const sent = payments(seen)
      expect(sent).toHaveLength(2)
      expect(sent[1]).toBe(sent[0])
      expect(events.map(({ resent }) => resent)).toEqual([false, true])
      // No second price was asked for, and a call after the good one pays anew.
      expect(seen.map(({ payment }) => payment !== null)).toEqual([false, true, true])
      expect(await attempt()).toBe('ok')
      expect(new Set(payments(seen)).size).toBe(2)
    },
  )

  test('behavior: another body, URL, method or tenant never gets a held payment', async () => {
    const { seen, fetch } = serverOf(() => new Response('no', { status: 500 }))
    const paidFetch = paidFetchOf(fetch)
    await paidFetch(URL_CHAT, post('a'))
    await paidFetch(URL_CHAT, post('b'))
    await paidFetch(`${URL_CHAT}?b`, post('a'))
    await paidFetch(URL_CHAT, { ...post('a'), method: 'PUT' })
    await paidFetch(URL_CHAT, { ...post('a'), headers: { authorization: 'Bearer tenant' } })
    expect(new Set(payments(seen)).size).toBe(5)
  })

  test('behavior: a held payment is not sent again when it is about to expire', async () => {
    const { seen, fetch } = serverOf(() => new Response('no', { status: 500 }))
    let now = NOW
    const paidFetch = paidFetchOf(fetch, { clock: () => now })
    await paidFetch(URL_CHAT, post('a'))
    now += 53n
    await paidFetch(URL_CHAT, post('a'))
    now += 1n
    await paidFetch(URL_CHAT, post('a'))
    const sent = payments(seen)
    expect(sent[1]).toBe(sent[0])
    expect(sent[2]).not.toBe(sent[0])
  })

  test('behavior: identical calls at the same time pay separately, also when one payment is held', async () => {
    const { seen, fetch } = serverOf((_seen, count) => new Response('x', { status: count === 1 ? 500 : 200 }))
    const paidFetch = paidFetchOf(fetch)
    await paidFetch(URL_CHAT, post('a'))
    await Promise.all([1, 2, 3].map(() => paidFetch(URL_CHAT, post('a'))))
    const sent = payments(seen)
    expect(sent).toHaveLength(4)
    expect(new Set(sent).size).toBe(3)
    expect(sent.slice(1)).toContain(sent[0])
  })

  test('behavior: [60][62] a 402 after a paid attempt comes back with its reason; nothing is signed again', async () => {
    const dearer = requiredOf([exactRequirements({ amount: '9999', payTo: payer.address })])
    const { seen, fetch } = serverOf(() =>
      paymentRequiredResponse({ ...dearer, error: 'invalid_exact_evm_insufficient_balance' }),
    )
    const response = await paidFetchOf(fetch)(URL_CHAT)
    expect(response.status).toBe(402)
    expect(refusalReasonOf(response)).toBe('invalid_exact_evm_insufficient_balance')
    expect(payments(seen)).toHaveLength(1)
  })

  test('error: [61] a redirect that ends at a price is not paid', async () => {
    const required = paymentRequiredResponse(requiredOf([exactRequirements()]))
    Object.defineProperty(required, 'redirected', { value: true })
    expect(await codeOf(paidFetchOf(async () => required)(URL_CHAT))).toBe('REDIRECTED')
  })

  test('error: a malformed price header', async () => {
    const fetch = async () => new Response('{}', { status: 402, headers: { 'payment-required': '!' } })
    expect(await codeOf(paidFetchOf(fetch)(URL_CHAT))).toBe('MALFORMED_HEADER')
  })

  const other = accountOf('other').address
  const refusals: readonly [string, SpendPolicy, string][] = [
    ['the cap per call', { maxAmountPerCall: 9_999n }, 'PRICE_ABOVE_CAP'],
    ['the assets', { ...policy, assets: [other] }, 'ASSET_NOT_ALLOWED'],
    ['no asset at all', { ...policy, assets: [] }, 'ASSET_NOT_ALLOWED'],
    ['the payees', { ...policy, payees: [other] }, 'PAYEE_NOT_ALLOWED'],
    ['the networks', { ...policy, networks: ['eip155:8453'] }, 'NETWORK_NOT_ALLOWED'],
    ['the longest validity', { ...policy, maxTimeoutSeconds: 59 }, 'VALIDITY_TOO_LONG'],
    ['the budget per hour', { ...policy, maxAmountPerHour: 9_999n }, 'BUDGET_EXHAUSTED'],
    ['the budget per host', { ...policy, maxAmountPerHost: 9_999n }, 'BUDGET_EXHAUSTED'],
  ]
  test.each(refusals)('error: [63] the policy refuses by %s', async (_name, strict, code) => {
    const { seen, fetch } = serverOf(() => new Response('ok'))
    expect(await codeOf(paidFetchOf(fetch, { policy: strict })(URL_CHAT))).toBe(code)
    expect(payments(seen)).toHaveLength(0)
  })

  test('behavior: [63] what the policy allows exactly is paid, addresses in any case', async () => {
    const { fetch } = serverOf(() => new Response('ok'))
    const exact: SpendPolicy = {
      maxAmountPerCall: 10_000n,
      maxAmountPerHour: 10_000n,
      maxAmountPerHost: 10_000n,
      assets: [USDC.toLowerCase()],
      payees: [PAYEE.toLowerCase()],
      networks: ['eip155:84532'],
      maxTimeoutSeconds: 60,
    }
    expect((await paidFetchOf(fetch, { policy: exact })(URL_CHAT)).status).toBe(200)
  })

  test('behavior: [63] the hourly budget slides, concurrent calls cannot overdraw it, a failed signing gives back', async () => {
    const { seen, fetch } = serverOf(() => new Response('ok'))
    let now = NOW
    const hourly = { ...policy, maxAmountPerHour: 25_000n }
    const paidFetch = paidFetchOf(fetch, { policy: hourly, clock: () => now })
    const codes = await Promise.all([1, 2, 3, 4].map(() => codeOf(paidFetch(URL_CHAT))))
    expect(codes.sort()).toEqual(['BUDGET_EXHAUSTED', 'BUDGET_EXHAUSTED', 'fulfilled', 'fulfilled'])
    now += 3600n
    expect(await codeOf(paidFetch(URL_CHAT))).toBe('fulfilled')
    expect(payments(seen)).toHaveLength(3)
    const broken = { address: payer.address, signTypedData: () => Promise.reject(new Error('no')) }
    let signer: typeof broken | typeof payer = broken
    const scheme = exactClient({
      signer: { address: payer.address, signTypedData: (data) => signer.signTypedData(data as never) },
    })
    const retry = paidFetchOf(fetch, { schemes: [scheme], policy: { ...policy, maxAmountPerHost: 10_000n } })
    await expect(retry(URL_CHAT)).rejects.toThrow('no')
    signer = payer
    expect(await codeOf(retry(URL_CHAT))).toBe('fulfilled')
  })

  test('error: [45] a hook that throws stops the payment', async () => {
    const { seen, fetch } = serverOf(() => new Response('ok'))
    const checkRequirements = (): never => {
      throw new Error('price is not the offer')
    }
    await expect(paidFetchOf(fetch, { checkRequirements })(URL_CHAT)).rejects.toThrow('price is not the offer')
    expect(payments(seen)).toHaveLength(0)
  })

  test('behavior: [61] the first acceptable way is taken, in the server\u2019s order, authorization first', async () => {
    const accepts = [
      exactRequirements({ scheme: 'carrier-pigeon' }),
      exactRequirements({ extra: { name: 'USDC', version: '2', paymentFlow: 'barter' } }),
      exactRequirements({ amount: '10001' }),
      exactRequirements({ amount: '3', extra: { name: 'USDC', version: '2', paymentFlow: 'upfront' } }),
      exactRequirements({ amount: '5', extra: null }),
      uptoRequirements(PAYEE, { amount: '4' }),
      exactRequirements({ amount: '6' }),
    ]
    const chosen: string[] = []
    const { fetch } = serverOf(() => new Response('ok'), requiredOf(accepts))
    const onPayment = (event: PaymentEvent): void => void chosen.push(event.requirements.amount)
    await paidFetchOf(fetch, { onPayment })(URL_CHAT)
    await paidFetchOf(fetch, { onPayment, schemes: [exactClient({ signer: payer }), uptoClient({ signer: payer })] })(
      URL_CHAT,
    )
    expect(chosen).toEqual(['6', '4'])
    const none = serverOf(() => new Response('ok'), requiredOf(accepts.slice(0, 2)))
    expect(await codeOf(paidFetchOf(none.fetch)(URL_CHAT))).toBe('NO_ACCEPTABLE_REQUIREMENTS')
  })

  test('behavior: binds the payment to the body where the server offers it', async () => {
    const offerHash: Hex = `0x${'0f'.repeat(32)}`
    const requirements = exactRequirements({ extra: { name: 'USDC', version: '2', og: { offerHash } } })
    const extensions = { [REQUEST_BINDING_EXTENSION]: requestBindingExtension(), other: { info: { a: 1 }, schema: {} } }
    const { seen, fetch } = serverOf(() => new Response('ok'), requiredOf([requirements], extensions))
    const hashRequest = (body: Uint8Array): Hex => keccakHex(body)
    await paidFetchOf(fetch, { hashRequest })(URL_CHAT, post('hello'))
    const payload = decodePaymentPayload(seen[1]?.payment ?? '')
    expect(payload.extensions?.['other']).toEqual(extensions.other)
    const right = { offerHash, requestHash: hashRequest(new TextEncoder().encode('hello')) }
    expect(checkRequestBinding(payload, right)).toEqual({ ok: true, bound: true })
    await paidFetchOf(fetch)(URL_CHAT, post('hello'))
    expect(checkRequestBinding(decodePaymentPayload(seen[3]?.payment ?? ''), right)).toEqual({ ok: true, bound: false })
  })

  test('behavior: a stream passes chunk by chunk, and keeps its URL', async () => {
    let push: (text: string) => void = () => undefined
    const { fetch } = serverOf(() => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          push = (text) => (text === '' ? controller.close() : controller.enqueue(new TextEncoder().encode(text)))
        },
      })
      const response = new Response(body, { headers: { 'content-type': 'text/event-stream' } })
      Object.defineProperty(response, 'url', { value: URL_CHAT })
      return response
    })
    const response = await paidFetchOf(fetch)(URL_CHAT)
    expect(response.url).toBe(URL_CHAT)
    const reader = response.body?.getReader()
    for (const text of ['a', 'b', 'c']) {
      push(text)
      expect(new TextDecoder().decode((await reader?.read())?.value)).toBe(text)
    }
    push('')
    expect((await reader?.read())?.done).toBe(true)
  })
})

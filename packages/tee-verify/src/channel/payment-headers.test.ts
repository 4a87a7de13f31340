import { beforeAll, describe, expect, it } from 'vitest'
import { ChannelError } from './channel-error.js'
import { type ChannelServerOptions, createChannelServer, type OpenedRequest } from './channel-server.js'
import { encodePaymentFields, paymentFieldsIn } from './payment-headers.js'
import { PAYMENT_REQUEST_HEADERS } from './payment-names.js'
import { plainErrorOf } from './plain-error.js'
import { type SealFetchOptions, sealFetch } from './seal-fetch.js'
import { sealResponse } from './seal-response.js'
import { createSealingKey, type SealingKeyPair } from './sealing-key.js'

const NOW = 1_800_000_000n
const URL_TEXT = 'https://node.test/v1/chat/completions'
const PAYMENT = { 'payment-signature': 'eyJwYXkiOjF9', 'x-payment': 'eyJ2IjoxfQ==' }
const ANSWER = { 'payment-response': 'c2V0dGxlZA==', 'x-payment-response': 'djE=' }
let key: SealingKeyPair
beforeAll(async () => {
  key = await createSealingKey()
})

/** Whoever carries the messages: may change the outer headers of both. */
interface Carrier {
  readonly request?: (headers: Headers) => void
  readonly response?: (headers: Headers) => void
  /** Answers in place of the node. */
  readonly instead?: (headers: Headers) => Response | undefined
}

interface Exchange {
  readonly opened: OpenedRequest[]
  readonly outer: { request?: Headers; response?: Headers }
  call(init?: RequestInit): Promise<Response>
}

function exchange(
  carrier: Carrier = {},
  options: { client?: Partial<SealFetchOptions>; server?: Partial<ChannelServerOptions>; answer?: HeadersInit } = {},
): Exchange {
  const server = createChannelServer({ keys: () => [key], now: () => NOW, ...options.server })
  const opened: OpenedRequest[] = []
  const outer: Exchange['outer'] = {}
  const answerOf = async (path: string, headers: Headers, body: Uint8Array): Promise<Response> => {
    try {
      const request = await server.open({ method: 'POST', path, body, headers })
      opened.push(request)
      return sealResponse(request.sealer, new Response('done', { headers: options.answer ?? ANSWER }))
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error
      const plain = plainErrorOf(error)
      return new Response(plain.body, { status: plain.status, headers: plain.headers })
    }
  }
  const sealed = sealFetch({
    key,
    now: () => NOW,
    ...options.client,
    fetch: async (url, init) => {
      const headers = new Headers(init.headers)
      outer.request = new Headers(headers)
      carrier.request?.(headers)
      const body = new Uint8Array(await new Response(init.body ?? null).arrayBuffer())
      const answer = carrier.instead?.(headers) ?? (await answerOf(new URL(url).pathname, headers, body))
      outer.response = new Headers(answer.headers)
      const changed = new Headers(answer.headers)
      carrier.response?.(changed)
      return new Response(answer.body, { status: answer.status, headers: changed })
    },
  })
  return {
    opened,
    outer,
    call: (init = { method: 'POST', headers: PAYMENT, body: '{}' }) => sealed(URL_TEXT, init),
  }
}
const codeOf = (call: Promise<Response>): Promise<string> =>
  call.then(
    () => 'no error',
    (error: unknown) => (error instanceof ChannelError ? `${error.code}: ${error.message}` : String(error)),
  )

describe('payment headers outside the seal', () => {
  it('default: readable on the way in both directions, and part of what both ends see', async () => {
    const { call, opened, outer } = exchange()
    const response = await call()
    expect(Object.fromEntries(outer.request ?? [])).toMatchObject(PAYMENT)
    expect(Object.fromEntries(outer.response ?? [])).toMatchObject(ANSWER)
    expect({ ...opened[0]?.headers }).toMatchObject(PAYMENT)
    expect(Object.fromEntries(response.headers)).toMatchObject(ANSWER)
    expect(await response.text()).toBe('done')
  })

  it('behavior: a sealed 402 shows what it asks for', async () => {
    const { call, outer } = exchange({}, { answer: { 'payment-required': 'cGF5', 'x-other': 'inside' } })
    const response = await call({ method: 'POST', body: '{}' })
    expect(outer.response?.get('payment-required')).toBe('cGF5')
    expect(outer.response?.has('x-other')).toBe(false)
    expect(response.headers.get('payment-required')).toBe('cGF5')
    expect(response.headers.get('x-other')).toBe('inside')
  })

  it('behavior: white space around a value means nothing', async () => {
    const { call, opened } = exchange({ request: (headers) => headers.set('payment-signature', '  eyJwYXkiOjF9 \t') })
    await call()
    expect(opened[0]?.headers['payment-signature']).toBe('eyJwYXkiOjF9')
  })

  const requestFaults: Readonly<Record<string, (headers: Headers) => void>> = {
    altered: (headers) => headers.set('payment-signature', 'eyJwYXkiOjJ9'),
    'taken away': (headers) => headers.delete('payment-signature'),
    'both taken away': (headers) => {
      for (const name of Object.keys(PAYMENT)) headers.delete(name)
    },
    'sent twice, as fetch joins them': (headers) => headers.append('payment-signature', 'eyJwYXkiOjF9'),
    'under the name of another version': (headers) => {
      headers.set('x-payment', headers.get('payment-signature') ?? '')
      headers.set('payment-signature', PAYMENT['x-payment'])
    },
  }
  it.each(Object.keys(requestFaults))('error: the payment of a request is %s', async (fault) => {
    const { call, opened } = exchange({ request: (headers) => requestFaults[fault]?.(headers) })
    expect(await codeOf(call())).toMatch(/^UNSEALED_RESPONSE: .*seal_unreadable/)
    expect(opened).toEqual([])
  })

  it('error: a payment is added to a request without one', async () => {
    const { call, opened } = exchange({ request: (headers) => headers.set('payment-signature', 'eyJwYXkiOjF9') })
    expect(await codeOf(call({ method: 'POST', body: '{}' }))).toMatch(/seal_unreadable/)
    expect(opened).toEqual([])
  })

  it('error: a payment header stands twice, as Node gives them', async () => {
    const server = createChannelServer({ keys: () => [key] })
    const headers = { 'payment-signature': ['a', 'a'] }
    const body = new Uint8Array(0)
    await expect(server.open({ method: 'POST', path: '/', body, headers })).rejects.toMatchObject({ code: 'MALFORMED' })
    expect(() => paymentFieldsIn([...Object.entries(PAYMENT), ['X-Payment', 'b']], PAYMENT_REQUEST_HEADERS)).toThrow(
      ChannelError,
    )
    expect(() => paymentFieldsIn({ 'x-payment': 'a\nb' }, PAYMENT_REQUEST_HEADERS)).toThrow(ChannelError)
  })

  const responseFaults: Readonly<Record<string, (headers: Headers) => void>> = {
    altered: (headers) => headers.set('payment-response', 'cmVmdW5kZWQ='),
    'taken away': (headers) => headers.delete('payment-response'),
    'all taken away': (headers) => {
      for (const name of Object.keys(ANSWER)) headers.delete(name)
    },
    'sent twice': (headers) => headers.append('payment-response', ANSWER['payment-response']),
    'joined by another one': (headers) => headers.set('payment-required', 'cGF5'),
  }
  it.each(Object.keys(responseFaults))('error: the payment header of an answer is %s', async (fault) => {
    const { call } = exchange({ response: (headers) => responseFaults[fault]?.(headers) })
    expect(await codeOf(call())).toMatch(/^TAMPERED: .*outer payment headers/)
  })

  it('behavior: a header that middleware adds to an answer without one is handed out', async () => {
    const { call } = exchange({ response: (headers) => headers.set('payment-response', 'bWlkZGxl') }, { answer: {} })
    expect((await call()).headers.get('payment-response')).toBe('bWlkZGxl')
  })

  it('behavior: no other header of the outer answer is', async () => {
    const { call } = exchange({ response: (headers) => headers.set('og-receipt', 'forged') })
    expect((await call()).headers.has('og-receipt')).toBe(false)
  })

  it('behavior: x402 middleware in front of the node asks, is paid, and lets the sealed request through', async () => {
    const paid: string[] = []
    const { call, opened } = exchange(
      {
        instead: (headers) => {
          const payment = headers.get('payment-signature')
          if (payment !== null) return void paid.push(payment)
          const head = { 'payment-required': 'cGF5', 'content-type': 'application/json', 'og-receipt': 'forged' }
          return new Response('{"x402Version":2}', { status: 402, headers: head })
        },
        response: (headers) => headers.set('payment-response', 'c2V0dGxlZA=='),
      },
      { answer: {} },
    )
    const asked = await call({ method: 'POST', body: '{}' })
    expect([asked.status, asked.headers.get('payment-required')]).toEqual([402, 'cGF5'])
    expect(asked.headers.has('og-receipt')).toBe(false)
    expect(await asked.json()).toEqual({ x402Version: 2 })
    expect(opened).toEqual([])
    const answered = await call()
    expect(await answered.text()).toBe('done')
    expect(answered.headers.get('payment-response')).toBe('c2V0dGxlZA==')
    expect(paid).toEqual([PAYMENT['payment-signature']])
  })

  it('error: a plain 402 without end, and any other plain answer', async () => {
    const plain = (status: number, body: string): Carrier => ({
      instead: () => new Response(body, { status, headers: { 'payment-required': 'cGF5' } }),
    })
    expect(await codeOf(exchange(plain(402, 'x'.repeat(65_537))).call())).toMatch(/^TOO_LARGE/)
    expect(await codeOf(exchange(plain(403, '{}')).call())).toMatch(/^UNSEALED_RESPONSE/)
  })
})

describe('payment headers inside the seal', () => {
  const inside = { client: { paymentHeaders: 'inside' }, server: { paymentHeaders: 'inside' } } as const

  it('behavior: nobody on the way sees them', async () => {
    const { call, opened, outer } = exchange({}, inside)
    const response = await call()
    for (const name of [...Object.keys(PAYMENT), ...Object.keys(ANSWER)]) {
      expect([name, outer.request?.has(name), outer.response?.has(name)]).toEqual([name, false, false])
    }
    expect({ ...opened[0]?.headers }).toMatchObject(PAYMENT)
    expect(Object.fromEntries(response.headers)).toMatchObject(ANSWER)
  })

  it('behavior: what a proxy adds is not seen by either end', async () => {
    const { call, opened } = exchange(
      {
        request: (headers) => headers.set('payment-signature', 'forged'),
        response: (headers) => headers.set('payment-required', 'forged'),
      },
      inside,
    )
    const response = await call()
    expect(opened[0]?.headers['payment-signature']).toBe(PAYMENT['payment-signature'])
    expect(response.headers.has('payment-required')).toBe(false)
  })

  it('error: a plain 402 is nobody’s word', async () => {
    const instead = (): Response => new Response('{}', { status: 402, headers: { 'payment-required': 'cGF5' } })
    expect(await codeOf(exchange({ instead }, inside).call())).toMatch(/^UNSEALED_RESPONSE/)
  })

  it('error: two ends that do not agree on the place', async () => {
    expect(await codeOf(exchange({}, { client: inside.client }).call())).toMatch(/seal_unreadable/)
    expect(await codeOf(exchange({}, { server: inside.server }).call())).toMatch(/seal_unreadable/)
    const withoutPayment = { method: 'POST', body: '{}' }
    expect(await codeOf(exchange({}, { client: inside.client }).call(withoutPayment))).toMatch(/^TAMPERED/)
    const answered = await exchange({}, { server: inside.server }).call(withoutPayment)
    expect(Object.fromEntries(answered.headers)).toMatchObject(ANSWER)
  })
})

describe('paymentHeaders', () => {
  it('error: any other word', () => {
    const wrong = { paymentHeaders: 'nowhere' as 'inside' }
    expect(() => sealFetch({ key, ...wrong })).toThrow(ChannelError)
    expect(() => createChannelServer({ keys: () => [key], ...wrong })).toThrow(ChannelError)
  })

  it('behavior: no two sets of headers are covered by the same bytes', () => {
    const sets = [{}, { a: 'b' }, { a: '', b: '' }, { ab: '' }, { a: 'b', c: 'd' }, { a: 'bc', d: '' }].map((set) =>
      Buffer.from(encodePaymentFields(Object.entries(set))).toString('hex'),
    )
    expect(new Set(sets).size).toBe(sets.length)
    expect(sets[0]).toBe('')
  })
})

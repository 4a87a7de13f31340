import { describe, expect, test } from 'vitest'
import { accountOf, exactRequirements, NOW, PAYEE, requiredOf } from '../../test/fixtures.js'
import type { Fetch } from '../defaults.js'
import { parseAuthorization } from '../evm/authorization.js'
import { exactClient } from '../evm/evm-client.js'
import { verifyAuthorization } from '../evm/verify-authorization.js'
import { decodePaymentPayload, PAYMENT_SIGNATURE_HEADER } from '../protocol/header.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { paymentRequiredResponse } from '../server/create-payment-required.js'
import { matchPayment } from '../server/match-payment.js'
import { wrapFetch } from './wrap-fetch.js'
import type { PaidFetch, WrapFetchOptions } from './wrap-fetch-options.js'

const payer = accountOf('payer')
const URL_CHAT = 'https://api.example/v1/chat'

/** A server whose price is the length of the body times ten, or what `price` says. */
function serverOf(price: (body: string) => bigint): { seen: (string | null)[]; fetch: Fetch } {
  const seen: (string | null)[] = []
  return {
    seen,
    async fetch(input, init) {
      const request = new Request(input, init)
      const header = request.headers.get(PAYMENT_SIGNATURE_HEADER)
      seen.push(header)
      const accepts = [exactRequirements({ amount: `${price(await request.text())}` })]
      if (header === null) return paymentRequiredResponse(requiredOf(accepts))
      const payload = decodePaymentPayload(header)
      const matched = matchPayment(payload, accepts)
      if (!matched.ok) return paymentRequiredResponse({ ...requiredOf(accepts), error: matched.code })
      const verdict = verifyAuthorization(payload, matched.requirements, { now: NOW })
      return verdict.ok
        ? new Response('paid')
        : paymentRequiredResponse({ ...requiredOf(accepts), error: verdict.code })
    },
  }
}

function paidFetchOf(fetch: Fetch, change: Partial<WrapFetchOptions> = {}): PaidFetch {
  return wrapFetch({
    fetch,
    schemes: [exactClient({ signer: payer })],
    policy: { maxAmountPerCall: 10_000n },
    clock: () => NOW,
    payFirst: true,
    ...change,
  })
}

const post = (body: string): RequestInit => ({ method: 'POST', body })
const nonces = (seen: readonly (string | null)[]): string[] =>
  seen.flatMap((header) =>
    header === null ? [] : parseAuthorization(decodePaymentPayload(header).payload).authorization.nonce,
  )

describe('wrapFetch with payFirst', () => {
  test('default: the second call pays in its first request', async () => {
    const { seen, fetch } = serverOf(() => 500n)
    const paidFetch = paidFetchOf(fetch)
    for (const body of ['a', 'b', 'c']) expect(await (await paidFetch(URL_CHAT, post(body))).text()).toBe('paid')
    expect(seen.map((header) => header !== null)).toEqual([false, true, true, true])
    expect(new Set(nonces(seen)).size).toBe(3)
  })

  test('behavior: the path, the method and the price class separate offers, the query does not', async () => {
    const { seen, fetch } = serverOf(() => 500n)
    const paidFetch = paidFetchOf(fetch, {
      payFirst: { priceClassOf: ({ headers }) => headers.get('x-size') ?? undefined },
    })
    const rounds = async (url: string, init?: RequestInit): Promise<number> => {
      const before = seen.length
      expect((await paidFetch(url, init)).status).toBe(200)
      return seen.length - before
    }
    expect(await rounds(URL_CHAT)).toBe(2)
    expect(await rounds(`${URL_CHAT}?page=2`)).toBe(1)
    expect(decodePaymentPayload(seen.at(-1) ?? '').resource?.url).toBe(`${URL_CHAT}?page=2`)
    expect(await rounds(URL_CHAT, post('a'))).toBe(2)
    expect(await rounds(`${URL_CHAT}/other`)).toBe(2)
    expect(await rounds(URL_CHAT, { headers: { 'x-size': 'big' } })).toBe(2)
    expect(await rounds(URL_CHAT, { headers: { 'x-size': 'big' } })).toBe(1)
    expect(await rounds('https://other.example/v1/chat')).toBe(2)
  })

  test('behavior: a hook recomputes the amount for the new body', async () => {
    const { seen, fetch } = serverOf((body) => BigInt(body.length) * 10n)
    const paidFetch = paidFetchOf(fetch, {
      payFirst: {
        requirementsForRequest: ({ required }, { body }) =>
          required.accepts.map((offer) => ({ ...offer, amount: `${(body?.length ?? 0) * 10}` })),
      },
    })
    expect((await paidFetch(URL_CHAT, post('12345'))).status).toBe(200)
    expect((await paidFetch(URL_CHAT, post('123456789'))).status).toBe(200)
    expect(seen).toHaveLength(3)
    expect(decodePaymentPayload(seen[2] ?? '').accepted.amount).toBe('90')
  })

  test('behavior: a hook that says undefined asks the server', async () => {
    const { seen, fetch } = serverOf(() => 10n)
    const paidFetch = paidFetchOf(fetch, { payFirst: { requirementsForRequest: () => undefined } })
    await paidFetch(URL_CHAT)
    await paidFetch(URL_CHAT)
    expect(seen.map((header) => header !== null)).toEqual([false, true, false, true])
  })

  test('behavior: [37][60] another price falls back to the 402, with the nonce of the refused payment', async () => {
    let price = 500n
    const { seen, fetch } = serverOf(() => price)
    const paidFetch = paidFetchOf(fetch, { policy: { maxAmountPerCall: 10_000n, maxAmountPerHour: 1_400n } })
    expect((await paidFetch(URL_CHAT)).status).toBe(200)
    price = 700n
    expect((await paidFetch(URL_CHAT)).status).toBe(200)
    expect(seen).toHaveLength(4)
    const [, refused, paid] = nonces(seen)
    // One of the two at most can settle, so the budget holds 500 + 700.
    expect(paid).toBe(refused)
    price = 200n
    expect((await paidFetch(URL_CHAT)).status).toBe(200)
    await expect(paidFetch(URL_CHAT)).rejects.toMatchObject({ code: 'BUDGET_EXHAUSTED' })
  })

  test('behavior: [64] a stale price that was lost on the way is re-sent, then replaced by the present one', async () => {
    let price = 500n
    let isDown = false
    const { seen, fetch } = serverOf(() => price)
    const paidFetch = paidFetchOf((input, init) => {
      if (isDown) return Promise.reject(new TypeError('network'))
      return fetch(input, init)
    })
    await paidFetch(URL_CHAT)
    ;[price, isDown] = [700n, true]
    await expect(paidFetch(URL_CHAT)).rejects.toThrow('network')
    isDown = false
    expect((await paidFetch(URL_CHAT)).status).toBe(200)
    const [, stale, paid] = nonces(seen)
    expect(seen).toHaveLength(4)
    expect(paid).toBe(stale)
  })

  test('error: [60] a raised price above the policy is refused, and nothing more is signed', async () => {
    let price = 500n
    const { seen, fetch } = serverOf(() => price)
    const paidFetch = paidFetchOf(fetch)
    await paidFetch(URL_CHAT)
    price = 10_001n
    await expect(paidFetch(URL_CHAT)).rejects.toMatchObject({ code: 'PRICE_ABOVE_CAP' })
    expect(nonces(seen)).toHaveLength(2)
  })

  test('error: a hook above the policy does not sign; the server is asked', async () => {
    const { seen, fetch } = serverOf(() => 10n)
    const raise = (accepts: readonly PaymentRequirements[]): PaymentRequirements[] =>
      accepts.map((offer) => ({ ...offer, amount: '10001' }))
    const paidFetch = paidFetchOf(fetch, {
      payFirst: { requirementsForRequest: ({ required }) => raise(required.accepts) },
    })
    await paidFetch(URL_CHAT)
    expect((await paidFetch(URL_CHAT)).status).toBe(200)
    expect(seen.map((header) => header !== null)).toEqual([false, true, false, true])
  })

  test('error: [62] a server that refuses the same offer gets no second signature', async () => {
    let honest = true
    const { seen, fetch } = serverOf(() => 500n)
    const paidFetch = paidFetchOf(async (input, init) => {
      const answer = await fetch(input, init)
      return honest || !new Request(input, init).headers.has(PAYMENT_SIGNATURE_HEADER)
        ? answer
        : paymentRequiredResponse(requiredOf([exactRequirements({ amount: '500' })]))
    })
    await paidFetch(URL_CHAT)
    honest = false
    expect((await paidFetch(URL_CHAT)).status).toBe(402)
    expect(new Set(nonces(seen)).size).toBe(2)
  })

  test('error: [60] a 402 that switches asset or payee counts both payments', async () => {
    let payTo = PAYEE
    const paidFetch = paidFetchOf(async (input, init) => {
      const request = new Request(input, init)
      const accepts = [exactRequirements({ amount: '6000', payTo, asset: payTo === PAYEE ? PAYEE : payer.address })]
      const header = request.headers.get(PAYMENT_SIGNATURE_HEADER)
      const matched = header === null ? undefined : matchPayment(decodePaymentPayload(header), accepts)
      return matched?.ok === true ? new Response('paid') : paymentRequiredResponse(requiredOf(accepts))
    })
    await paidFetch(URL_CHAT)
    payTo = payer.address
    // Another token is another nonce: 6000 + 6000 could both be taken, which is above 10 000 per call.
    await expect(paidFetch(URL_CHAT)).rejects.toMatchObject({ code: 'PRICE_ABOVE_CAP' })
  })

  test('behavior: an offer is forgotten after its age, and the oldest at the limit', async () => {
    let now = NOW
    const { seen, fetch } = serverOf(() => 5n)
    const paidFetch = paidFetchOf(fetch, { clock: () => now, payFirst: { maxAgeSeconds: 10, maxEntries: 1 } })
    const rounds = async (url: string): Promise<number> => {
      const before = seen.length
      await paidFetch(url)
      return seen.length - before
    }
    expect([await rounds(URL_CHAT), await rounds(URL_CHAT)]).toEqual([2, 1])
    now += 10n
    expect(await rounds(URL_CHAT)).toBe(2)
    expect([await rounds(`${URL_CHAT}/b`), await rounds(URL_CHAT)]).toEqual([2, 2])
  })
})

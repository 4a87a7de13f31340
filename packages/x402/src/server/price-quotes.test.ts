import { ExactEvmScheme } from '@x402/evm/exact/client'
import { wrapFetchWithPayment, x402Client } from '@x402/fetch'
import { describe, expect, test } from 'vitest'
import { accountOf, exactRequirements, NOW, PAYEE, requiredOf, uptoRequirements } from '../../test/fixtures.js'
import { createPayment } from '../client/create-payment.js'
import { wrapFetch } from '../client/wrap-fetch.js'
import { exactClient, uptoClient } from '../evm/evm-client.js'
import { decodePaymentRequired, encodePaymentHeader } from '../protocol/header.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { QUOTE_MEMBER } from '../protocol/quote-member.js'
import { createPaywall } from './create-paywall.js'
import { createMemoryReservationStore } from './memory-reservation-store.js'
import type { PaywallOptions } from './paywall-options.js'
import { createPriceQuotes } from './price-quotes.js'

const payer = accountOf('payer')
const facilitatorAddress = accountOf('facilitator').address
const URL_CHAT = 'https://api.example/v1/chat'
const VALID_SECONDS = 300
const keyOf = (fill: number): Uint8Array => new Uint8Array(32).fill(fill)
const [OLD, NEW, OTHER] = [keyOf(1), keyOf(2), keyOf(3)]

/** One replica: its price, class, keys and clock can change while it runs. */
function replica(
  change: {
    amount?: string
    requirements?: PaymentRequirements
    secrets?: readonly [Uint8Array, ...Uint8Array[]]
    priceClass?: string | undefined
    now?: bigint
    store?: PaywallOptions['store']
    clock?: () => bigint
    isValid?: boolean
  } = {},
) {
  const state = {
    amount: '10000',
    requirements: exactRequirements(),
    priceClass: 'chat:small',
    now: NOW,
    isValid: true,
    ...change,
  }
  const settled: PaymentRequirements[] = []
  const paywall = createPaywall({
    requirementsFor: () => ({
      resource: { url: URL_CHAT },
      accepts: [{ ...state.requirements, amount: state.amount }],
      ...(state.priceClass === undefined ? {} : { priceClass: state.priceClass }),
    }),
    quotes: { secrets: change.secrets ?? [OLD], validSeconds: VALID_SECONDS },
    store: change.store ?? createMemoryReservationStore(),
    clock: change.clock ?? (() => state.now),
    facilitator: {
      verify: async () => (state.isValid ? { isValid: true } : { isValid: false, invalidReason: 'invalid_payload' }),
      settle: async (_payload, requirements) => {
        settled.push(requirements)
        return { success: true, transaction: `0x${'77'.repeat(32)}`, network: requirements.network }
      },
      supported: async () => ({ kinds: [], extensions: [], signers: {} }),
    },
  })
  let runs = 0
  const serve = (request: Request): Promise<Response> =>
    paywall(request, async ({ requirements }) => {
      runs += 1
      return new Response(requirements.amount)
    })
  return { state, settled, serve, runs: () => runs }
}

type Replica = ReturnType<typeof replica>

async function offerOf({ serve }: Replica): Promise<PaymentRequirements> {
  const answer = await serve(new Request(URL_CHAT))
  const [offer] = decodePaymentRequired(answer.headers.get('payment-required') ?? '').accepts
  if (offer === undefined) throw new Error('no offer')
  return offer
}

let nonces = 0
async function payFor(requirements: PaymentRequirements): Promise<PaymentPayload> {
  nonces += 1
  const fill = nonces
  const { payload } = await createPayment(requirements, {
    required: requiredOf([requirements]),
    scheme: requirements.scheme === 'upto' ? uptoClient({ signer: payer }) : exactClient({ signer: payer }),
    now: NOW,
    randomBytes: (length) => new Uint8Array(length).fill(fill),
  })
  return payload
}

const withPayment = (payload: PaymentPayload): Request =>
  new Request(URL_CHAT, { headers: { 'payment-signature': encodePaymentHeader(payload) } })

/** Status, and the reason of a 402. */
async function outcome({ serve }: Replica, payload: PaymentPayload): Promise<string> {
  const answer = await serve(withPayment(payload))
  if (answer.status === 200) return `200 ${await answer.text()}`
  const required = decodePaymentRequired(answer.headers.get('payment-required') ?? '')
  expect(required.accepts[0]?.extra?.[QUOTE_MEMBER]).toMatch(/^1\./)
  return `${answer.status} ${required.error}`
}

const REFUSED = '402 no_matching_requirements'

describe('quotes', () => {
  test('default: a quoted price is paid after it went up or down, and settled as quoted', async () => {
    for (const amount of ['20000', '5000']) {
      const wall = replica()
      const offer = await offerOf(wall)
      expect(offer).toEqual({
        ...exactRequirements(),
        extra: { name: 'USDC', version: '2', ogQuote: expect.stringMatching(/^1\.\d+\.[0-9a-f]{64}$/) },
      })
      wall.state.amount = amount
      expect(await outcome(wall, await payFor(offer))).toBe('200 10000')
      expect(wall.settled).toEqual([exactRequirements()])
    }
  })

  test('behavior: the ceiling of upto is quoted too', async () => {
    const wall = replica({ requirements: uptoRequirements(facilitatorAddress) })
    const payload = await payFor(await offerOf(wall))
    wall.state.amount = '1'
    expect(await outcome(wall, payload)).toBe('200 10000')
  })

  test('behavior: [4] any replica with one of the secrets recognises it; with one store it runs once', async () => {
    const store = createMemoryReservationStore()
    const payload = await payFor(await offerOf(replica({ store })))
    const second = replica({ store, amount: '20000', secrets: [NEW, OLD] })
    expect(await outcome(second, payload)).toBe('200 10000')
    expect((await replica({ store, amount: '30000' }).serve(withPayment(payload))).status).toBe(409)
  })

  test('behavior: secrets rotate without a refused payment', async () => {
    const beforehand = replica({ secrets: [OLD, NEW], amount: '20000' })
    const afterwards = replica({ secrets: [NEW, OLD], amount: '20000' })
    const byOld = await payFor(await offerOf(replica({ secrets: [OLD, NEW] })))
    const byNew = await payFor(await offerOf(replica({ secrets: [NEW, OLD] })))
    expect(await outcome(beforehand, byNew)).toBe('200 10000')
    expect(await outcome(afterwards, byOld)).toBe('200 10000')
    const finished = replica({ secrets: [NEW], amount: '20000' })
    expect(await outcome(finished, byNew)).toBe('200 10000')
    expect(await outcome(finished, byOld)).toBe(REFUSED)
  })

  test('behavior: secrets are copied, so that wiping or reusing them changes nothing', async () => {
    const secret = keyOf(9)
    const wall = replica({ secrets: [secret] })
    const payload = await payFor(await offerOf(wall))
    secret.fill(0)
    wall.state.amount = '20000'
    expect(await outcome(wall, payload)).toBe('200 10000')
  })

  test('error: [37] an expired quote, at the second', async () => {
    const wall = replica()
    const payload = await payFor(await offerOf(wall))
    const quotes = createPriceQuotes({ secrets: [OLD], validSeconds: VALID_SECONDS, clock: () => wall.state.now })
    wall.state.now = NOW + BigInt(VALID_SECONDS)
    expect(quotes.recognise(payload, 'chat:small')).toEqual(exactRequirements())
    wall.state.now += 1n
    expect(quotes.recognise(payload, 'chat:small')).toBeUndefined()
    wall.state.amount = '20000'
    expect(await outcome(wall, payload)).toBe(REFUSED)
  })

  test('error: [37] a quote of another class, and one for requests without a class', async () => {
    const payload = await payFor(await offerOf(replica()))
    expect(await outcome(replica({ priceClass: 'chat:large', amount: '90000' }), payload)).toBe(REFUSED)
    const none = replica({ priceClass: undefined, amount: '90000' })
    expect((await offerOf(none)).extra).toEqual(exactRequirements().extra)
    expect((await none.serve(withPayment(payload))).status).toBe(402)
    expect(none.runs()).toBe(0)
  })

  test('error: [37] a quote under a key of nobody', async () => {
    const payload = await payFor(await offerOf(replica({ secrets: [OTHER] })))
    expect(await outcome(replica({ amount: '20000', secrets: [NEW, OLD] }), payload)).toBe(REFUSED)
  })

  test('error: [37] every member altered under a good quote', async () => {
    const wall = replica()
    const offer = await offerOf(wall)
    wall.state.amount = '20000'
    const altered: Partial<PaymentRequirements>[] = [
      { amount: '1' },
      { amount: '10001' },
      { payTo: payer.address },
      { asset: PAYEE },
      { network: 'eip155:8453' },
      { scheme: 'upto' },
      { maxTimeoutSeconds: 61 },
      { extra: { ...offer.extra, name: 'USD Coin' } },
      { extra: { ...offer.extra, paymentFlow: 'upfront' } },
      { extra: { [QUOTE_MEMBER]: offer.extra?.[QUOTE_MEMBER] ?? '' } },
    ]
    const payload = await payFor(offer)
    for (const change of altered) {
      expect(await outcome(wall, { ...payload, accepted: { ...offer, ...change } }), JSON.stringify(change)).toBe(
        REFUSED,
      )
    }
    expect(wall.runs()).toBe(0)
    expect(await outcome(wall, payload)).toBe('200 10000')
  })

  test('error: [37] every bit of the quote flipped, and other forms of it', async () => {
    const wall = replica()
    const payload = await payFor(await offerOf(wall))
    const quote = String(payload.accepted.extra?.[QUOTE_MEMBER])
    const quotes = createPriceQuotes({ secrets: [OLD], validSeconds: VALID_SECONDS, clock: () => NOW })
    const recognised = (ogQuote: string | number | null): boolean =>
      quotes.recognise(
        { ...payload, accepted: { ...payload.accepted, extra: { ...payload.accepted.extra, ogQuote } } },
        'chat:small',
      ) !== undefined
    expect(recognised(quote)).toBe(true)
    for (let index = 0; index < quote.length; index += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const flipped = String.fromCharCode(quote.charCodeAt(index) ^ (1 << bit))
        expect(recognised(quote.slice(0, index) + flipped + quote.slice(index + 1)), `${index}, ${bit}`).toBe(false)
      }
    }
    const [, until = '', mac = ''] = quote.split('.')
    const later = `1.${BigInt(until) + 1n}.${mac}`
    for (const form of ['', `1.0${until}.${mac}`, later, `1.${until}.`, `${quote}\n`, ` ${quote}`, 1, null]) {
      expect(recognised(form), String(form)).toBe(false)
    }
  })

  test('behavior: a payment of today is taken whatever became of its quote', async () => {
    const payload = await payFor(await offerOf(replica({ secrets: [OTHER] })))
    expect(await outcome(replica(), payload)).toBe('200 10000')
  })

  test('behavior: the official client and ours pay the price that they were asked', async () => {
    const clock = (): bigint => BigInt(Math.floor(Date.now() / 1000))
    const client = new x402Client().register('eip155:*', new ExactEvmScheme(payer))
    const policy = { maxAmountPerCall: 10_000n }
    for (const pay of [
      (base: typeof fetch) => wrapFetchWithPayment(base, client),
      (base: typeof fetch) => wrapFetch({ fetch: base, schemes: [exactClient({ signer: payer })], policy }),
    ]) {
      const wall = replica({ clock })
      const base: typeof fetch = async (input, init) => {
        const answer = await wall.serve(new Request(input, init))
        // Between the 402 and the payment.
        wall.state.amount = '20000'
        return answer
      }
      const answer = await pay(base)(URL_CHAT)
      expect([answer.status, await answer.text()]).toEqual([200, '10000'])
    }
  })

  test('behavior: payFirst keeps paying in one round trip while the quote holds, and follows the price then', async () => {
    let seconds = Number(NOW)
    const clock = (): bigint => BigInt(seconds)
    const wall = replica({ clock })
    let trips = 0
    const paid = wrapFetch({
      fetch: async (input, init) => {
        trips += 1
        return wall.serve(new Request(input, init))
      },
      schemes: [exactClient({ signer: payer })],
      policy: { maxAmountPerCall: 40_000n },
      payFirst: true,
      clock,
    })
    expect([await (await paid(URL_CHAT)).text(), trips]).toEqual(['10000', 2])
    wall.state.amount = '20000'
    expect([await (await paid(URL_CHAT)).text(), trips]).toEqual(['10000', 3])
    seconds += VALID_SECONDS + 1
    expect([await (await paid(URL_CHAT)).text(), trips]).toEqual(['20000', 5])
    expect([await (await paid(URL_CHAT)).text(), trips]).toEqual(['20000', 6])
    // A refusal under the same price with a fresh quote is no other offer: nothing more is signed.
    wall.state.isValid = false
    expect([(await paid(URL_CHAT)).status, trips]).toEqual([402, 7])
  })

  test('error: short secrets, and validity that is no whole number of seconds', () => {
    const make = (secrets: readonly [Uint8Array, ...Uint8Array[]], validSeconds: number) => () =>
      createPriceQuotes({ secrets, validSeconds, clock: () => NOW })
    expect(make([new Uint8Array(31)], 60)).toThrow('secrets')
    expect(make([OLD, new Uint8Array(0)], 60)).toThrow('secrets')
    for (const seconds of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(make([OLD], seconds), String(seconds)).toThrow('validSeconds')
    }
  })
})

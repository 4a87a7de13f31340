import { describe, expect, test } from 'vitest'
import { accountOf, exactRequirements, NOW, PAYEE, requiredOf, USDC, uptoRequirements } from '../../test/fixtures.js'
import { createPayment } from '../client/create-payment.js'
import { exactClient, uptoClient } from '../evm/evm-client.js'
import type { Facilitator } from '../facilitator/facilitator.js'
import { decodePaymentRequired, decodeSettleResponse, encodePaymentHeader } from '../protocol/header.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import type { SettleResponse } from '../protocol/settle-response.js'
import { createPaymentRequired } from './create-payment-required.js'
import { createPaywall } from './create-paywall.js'
import { matchPayment } from './match-payment.js'
import { createMemoryReservationStore } from './memory-reservation-store.js'
import type { PaidContext, PaywallOptions } from './paywall-options.js'
import type { Reservation } from './reservation-store.js'

const payer = accountOf('payer')
const facilitatorAddress = accountOf('facilitator').address
const TX = `0x${'77'.repeat(32)}`
const URL_CHAT = 'https://api.example/v1/chat'

/** A facilitator at its port, with the chain decided by the test. */
function facilitatorOf(change: Partial<Facilitator> = {}): Facilitator & { settled: string[] } {
  const settled: string[] = []
  return {
    settled,
    verify: async () => ({ isValid: true, payer: payer.address }),
    async settle(_payload, requirements): Promise<SettleResponse> {
      settled.push(requirements.amount)
      return { success: true, transaction: TX, network: requirements.network, amount: requirements.amount }
    },
    supported: async () => ({ kinds: [], extensions: [], signers: {} }),
    ...change,
  }
}

let counter = 0
async function payFor(requirements: PaymentRequirements): Promise<PaymentPayload> {
  counter += 1
  const { payload } = await createPayment(requirements, {
    required: requiredOf([requirements]),
    scheme: requirements.scheme === 'upto' ? uptoClient({ signer: payer }) : exactClient({ signer: payer }),
    now: NOW,
    randomBytes: (length) => new Uint8Array(length).fill(counter),
  })
  return payload
}

function requestOf(payload?: PaymentPayload | string, init: RequestInit & { url?: string } = {}): Request {
  const headers = new Headers(init.headers)
  if (payload !== undefined) {
    headers.set('payment-signature', typeof payload === 'string' ? payload : encodePaymentHeader(payload))
  }
  return new Request(init.url ?? URL_CHAT, { method: 'POST', body: '{"q":1}', ...init, headers })
}

function wallOf(requirements: PaymentRequirements, change: Partial<PaywallOptions> = {}) {
  const facilitator = facilitatorOf()
  const options: PaywallOptions = {
    requirementsFor: () => ({ resource: { url: URL_CHAT }, accepts: [requirements] }),
    store: createMemoryReservationStore(),
    facilitator,
    clock: () => NOW,
    ...change,
  }
  let runs = 0
  const paywall = createPaywall(options)
  return {
    facilitator,
    runs: () => runs,
    serve: (
      request: Request,
      handler: (context: PaidContext) => Promise<Response> | Response = () => new Response('ok'),
    ) =>
      paywall(request, async (context) => {
        runs += 1
        return handler(context)
      }),
  }
}

describe('createPaywall', () => {
  test('default: 402, then the answer with its settlement', async () => {
    const wall = wallOf(exactRequirements())
    const first = await wall.serve(requestOf())
    expect(first.status).toBe(402)
    expect(first.headers.get('cache-control')).toBe('no-store')
    expect(first.headers.get('access-control-expose-headers')).toBe('PAYMENT-REQUIRED, PAYMENT-RESPONSE')
    expect(await first.text()).toBe('{}')
    const required = decodePaymentRequired(first.headers.get('payment-required') ?? '')
    expect(required).toEqual(createPaymentRequired({ resource: { url: URL_CHAT }, accepts: [exactRequirements()] }))
    const paid = await wall.serve(requestOf(await payFor(exactRequirements())), async ({ request, payment }) => {
      expect(await request.json()).toEqual({ q: 1 })
      return new Response(payment.payer)
    })
    expect([paid.status, await paid.text()]).toEqual([200, payer.address])
    expect(decodeSettleResponse(paid.headers.get('payment-response') ?? '')).toMatchObject({
      success: true,
      transaction: TX,
    })
    expect(paid.headers.get('cache-control')).toBe('private')
    expect(wall.facilitator.settled).toEqual(['10000'])
  })

  test('behavior: [1] the same header again runs nothing and asks for no second payment', async () => {
    const wall = wallOf(exactRequirements())
    const payload = await payFor(exactRequirements())
    expect((await wall.serve(requestOf(payload))).status).toBe(200)
    const again = await wall.serve(requestOf(payload))
    expect(again.status).toBe(409)
    expect(again.headers.has('payment-required')).toBe(false)
    expect(decodeSettleResponse(again.headers.get('payment-response') ?? '').transaction).toBe(TX)
    expect(await again.json()).toMatchObject({ error: { code: 'payment_already_used' } })
    expect(wall.runs()).toBe(1)
  })

  test('behavior: [2] the same payment 20 times at once runs one handler', async () => {
    const wall = wallOf(exactRequirements())
    const payload = await payFor(exactRequirements())
    const slow = async (): Promise<Response> => {
      await new Promise((resolve) => setTimeout(resolve, 50))
      return new Response('ok')
    }
    const answers = await Promise.all(Array.from({ length: 20 }, () => wall.serve(requestOf(payload), slow)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19)
    expect(wall.runs()).toBe(1)
    expect(wall.facilitator.settled).toHaveLength(1)
  })

  test('behavior: [3] another spelling of the same signature is the same payment', async () => {
    const wall = wallOf(exactRequirements())
    const payload = await payFor(exactRequirements())
    const signature = String(payload.payload['signature'])
    const v = Number.parseInt(signature.slice(130), 16)
    expect((await wall.serve(requestOf(payload))).status).toBe(200)
    for (const spelling of [`${signature.slice(0, 130)}0${v - 27}`, `0x${signature.slice(2).toUpperCase()}`]) {
      const other = { ...payload, payload: { ...payload.payload, signature: spelling } }
      expect((await wall.serve(requestOf(other))).status).toBe(409)
    }
    expect(wall.runs()).toBe(1)
  })

  test('behavior: [4] two paywalls with one store share the reservation', async () => {
    const store = createMemoryReservationStore()
    const walls = [wallOf(exactRequirements(), { store }), wallOf(exactRequirements(), { store })]
    const payload = await payFor(exactRequirements())
    const answers = await Promise.all(walls.map((wall) => wall.serve(requestOf(payload))))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
  })

  test('behavior: [6] a replay after a settlement of 0 runs nothing', async () => {
    const requirements = uptoRequirements(facilitatorAddress)
    const wall = wallOf(requirements)
    const payload = await payFor(requirements)
    const free = ({ charge }: PaidContext): Response => {
      charge(0n)
      return new Response('nothing used')
    }
    expect((await wall.serve(requestOf(payload), free)).status).toBe(200)
    expect((await wall.serve(requestOf(payload), free)).status).toBe(409)
    expect(wall.facilitator.settled).toEqual(['0'])
    expect(wall.runs()).toBe(1)
  })

  test('error: [7] the same payment on another route, method or body, even after a failed first use', async () => {
    const wall = wallOf(exactRequirements())
    const payload = await payFor(exactRequirements())
    await wall.serve(requestOf(payload), () => new Response('bad', { status: 500 }))
    for (const init of [{ url: `${URL_CHAT}/b` }, { method: 'PUT' }, { body: '{"q":2}' }]) {
      const answer = await wall.serve(requestOf(payload, init))
      expect(answer.status).toBe(409)
      expect(await answer.json()).toMatchObject({ error: { code: 'payment_used_for_other_request' } })
    }
    expect((await wall.serve(requestOf(payload))).status).toBe(200)
    expect(wall.runs()).toBe(2)
  })

  test('behavior: [11] parallel payments of one payer stay within the exposure', async () => {
    const store = createMemoryReservationStore({ maxExposurePerPayer: 25_000n })
    const wall = wallOf(exactRequirements(), { store })
    const requests = await Promise.all(Array.from({ length: 5 }, () => payFor(exactRequirements())))
    const answers = await Promise.all(requests.map((payload) => wall.serve(requestOf(payload))))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 402, 402, 402])
    expect(wall.runs()).toBe(2)
    expect((await wall.serve(requestOf(await payFor(exactRequirements())))).status).toBe(200)
  })

  const unusable: readonly [string, string][] = [
    ['not base64', '!!!'],
    ['base64url', 'e30-'],
    ['doubled', 'e30=, e30='],
    ['27 KB', 'e'.repeat(27_648)],
    ['a deep value', Buffer.from(`${'['.repeat(5000)}${']'.repeat(5000)}`).toString('base64')],
    ['__proto__', Buffer.from('{"__proto__":{"x402Version":2}}').toString('base64')],
  ]
  test.each(unusable)('error: [28] a header that is %s', async (_name, header) => {
    const wall = wallOf(exactRequirements())
    const answer = await wall.serve(requestOf(header))
    expect(answer.status).toBe(402)
    expect(await answer.json()).toMatchObject({ error: { code: 'invalid_payload', message: 'invalid_payload' } })
    expect(wall.runs()).toBe(0)
  })

  test('error: [30] versions 1 and 9', async () => {
    const wall = wallOf(exactRequirements())
    const payload = await payFor(exactRequirements())
    for (const x402Version of [1, 9]) {
      const header = Buffer.from(JSON.stringify({ ...payload, x402Version })).toString('base64')
      const answer = await wall.serve(requestOf(header))
      expect(decodePaymentRequired(answer.headers.get('payment-required') ?? '').error).toBe('invalid_x402_version')
    }
    expect((await wall.serve(new Request(URL_CHAT, { headers: { 'x-payment': 'e30=' } }))).status).toBe(402)
    expect(wall.runs()).toBe(0)
  })

  test('error: [37] a payment of an earlier price', async () => {
    const wall = wallOf(exactRequirements({ amount: '20000' }))
    const answer = await wall.serve(requestOf(await payFor(exactRequirements())))
    expect(decodePaymentRequired(answer.headers.get('payment-required') ?? '').error).toBe('no_matching_requirements')
    expect(wall.runs()).toBe(0)
  })

  test('error: [10] the facilitator refuses before the handler; the same payment may try again', async () => {
    let isValid = false
    const facilitator = facilitatorOf({
      verify: async () =>
        isValid ? { isValid } : { isValid, invalidReason: 'invalid_exact_evm_insufficient_balance' },
    })
    const wall = wallOf(exactRequirements(), { facilitator })
    const payload = await payFor(exactRequirements())
    const answer = await wall.serve(requestOf(payload))
    expect(answer.status).toBe(402)
    expect(wall.runs()).toBe(0)
    isValid = true
    expect((await wall.serve(requestOf(payload))).status).toBe(200)
  })

  test('error: a facilitator that cannot be asked is 502, not free', async () => {
    const facilitator = facilitatorOf({ verify: () => Promise.reject(new Error('down')) })
    const wall = wallOf(exactRequirements(), { facilitator })
    expect((await wall.serve(requestOf(await payFor(exactRequirements())))).status).toBe(502)
    expect(wall.runs()).toBe(0)
  })

  test('error: Permit2 without allowance is 412', async () => {
    const facilitator = facilitatorOf({
      verify: async () => ({ isValid: false, invalidReason: 'permit2_allowance_required' }),
    })
    const wall = wallOf(uptoRequirements(facilitatorAddress), { facilitator })
    expect((await wall.serve(requestOf(await payFor(uptoRequirements(facilitatorAddress))))).status).toBe(412)
  })

  test('behavior: [41] a handler that throws or refuses is not charged, and may run again', async () => {
    const wall = wallOf(exactRequirements())
    const payload = await payFor(exactRequirements())
    await expect(wall.serve(requestOf(payload), () => Promise.reject(new Error('boom')))).rejects.toThrow('boom')
    expect((await wall.serve(requestOf(payload), () => new Response('no', { status: 503 }))).status).toBe(503)
    expect(wall.facilitator.settled).toEqual([])
    expect((await wall.serve(requestOf(payload))).status).toBe(200)
    expect(wall.facilitator.settled).toEqual(['10000'])
  })

  test('error: [9] a settlement that fails is a 402 with its outcome, and the payment is used up', async () => {
    const failed: SettleResponse = {
      success: false,
      errorReason: 'invalid_exact_evm_nonce_already_used',
      transaction: '',
      network: 'eip155:84532',
    }
    const wall = wallOf(exactRequirements(), { facilitator: facilitatorOf({ settle: async () => failed }) })
    const payload = await payFor(exactRequirements())
    const answer = await wall.serve(requestOf(payload))
    expect(answer.status).toBe(402)
    expect(decodeSettleResponse(answer.headers.get('payment-response') ?? '')).toEqual(failed)
    expect((await wall.serve(requestOf(payload))).status).toBe(409)
    expect(wall.runs()).toBe(1)
  })

  test('behavior: [15] an unknown or pending outcome never asks for a second payment', async () => {
    const pending: SettleResponse = {
      success: false,
      errorReason: 'settlement_pending',
      transaction: TX,
      network: 'eip155:84532',
    }
    let calls = 0
    const slow = facilitatorOf({
      settle: async () => {
        calls += 1
        return pending
      },
    })
    const answer = await wallOf(exactRequirements(), { facilitator: slow }).serve(
      requestOf(await payFor(exactRequirements())),
    )
    expect([answer.status, calls]).toEqual([200, 2])
    expect(decodeSettleResponse(answer.headers.get('payment-response') ?? '')).toEqual(pending)
    const outcomes: unknown[] = []
    const silent = wallOf(exactRequirements(), {
      facilitator: facilitatorOf({ settle: () => Promise.reject(new Error('timeout')) }),
      onSettlement: ({ settlement }) => outcomes.push(settlement),
    })
    expect((await silent.serve(requestOf(await payFor(exactRequirements())))).status).toBe(200)
    expect(outcomes).toEqual([undefined])
  })

  test('behavior: [26] a charge above the ceiling is the ceiling, below 0 is 0', async () => {
    const requirements = uptoRequirements(facilitatorAddress)
    const wall = wallOf(requirements)
    for (const amount of [10_001n, -1n, 1234n]) {
      await wall.serve(requestOf(await payFor(requirements)), ({ charge }) => {
        charge(amount)
        return new Response('ok')
      })
    }
    await wall.serve(requestOf(await payFor(requirements)))
    expect(wall.facilitator.settled).toEqual(['10000', '0', '1234', '10000'])
  })

  test('behavior: [43] a stream passes as it comes and is settled at its end with the last charge', async () => {
    const requirements = uptoRequirements(facilitatorAddress)
    const settlements: unknown[] = []
    const wall = wallOf(requirements, { onSettlement: (event) => settlements.push(event.settlement?.amount) })
    let push: (text: string) => void = () => undefined
    const answer = await wall.serve(requestOf(await payFor(requirements)), ({ charge }) => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          push = (text) => {
            if (text === '') return controller.close()
            charge(BigInt(text))
            controller.enqueue(new TextEncoder().encode(text))
          }
        },
      })
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
    })
    const reader = answer.body?.getReader()
    for (const text of ['10', '20']) {
      push(text)
      expect(new TextDecoder().decode((await reader?.read())?.value)).toBe(text)
    }
    expect(wall.facilitator.settled).toEqual([])
    push('')
    expect((await reader?.read())?.done).toBe(true)
    await expect.poll(() => settlements).toEqual(['20'])
    expect(answer.headers.has('payment-response')).toBe(false)
  })

  test('behavior: [42] a client that goes away mid-stream is charged for what was delivered', async () => {
    const requirements = uptoRequirements(facilitatorAddress)
    const wall = wallOf(requirements)
    const payload = await payFor(requirements)
    const answer = await wall.serve(requestOf(payload), ({ charge }) => {
      charge(7n)
      const body = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1)) })
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
    })
    await answer.body?.cancel()
    await expect.poll(() => wall.facilitator.settled).toEqual(['7'])
    await expect.poll(async () => (await wall.serve(requestOf(payload))).status).toBe(409)
  })

  test('behavior: [44][46] an upstream cannot speak for the payment, and nothing is cached publicly', async () => {
    const wall = wallOf(exactRequirements())
    const answer = await wall.serve(
      requestOf(await payFor(exactRequirements())),
      () =>
        new Response('ok', {
          headers: {
            'Settlement-Overrides': '{"amount":"0"}',
            'PAYMENT-REQUIRED': 'x',
            'PAYMENT-RESPONSE': 'x',
            'cache-control': 'public, max-age=60',
          },
        }),
    )
    expect(answer.headers.has('settlement-overrides')).toBe(false)
    expect(answer.headers.has('payment-required')).toBe(false)
    expect(decodeSettleResponse(answer.headers.get('payment-response') ?? '').success).toBe(true)
    expect(answer.headers.get('cache-control')).toBe('public, max-age=60, private')
    expect(wall.facilitator.settled).toEqual(['10000'])
  })

  test('error: [45] a price function that throws serves nothing', async () => {
    const wall = wallOf(exactRequirements(), { requirementsFor: () => Promise.reject(new Error('policy')) })
    await expect(wall.serve(requestOf(await payFor(exactRequirements())))).rejects.toThrow('policy')
    expect(wall.runs()).toBe(0)
  })

  test('error: a body above the limit', async () => {
    const wall = wallOf(exactRequirements(), { maxBodyBytes: 4 })
    expect((await wall.serve(requestOf(await payFor(exactRequirements())))).status).toBe(413)
    expect(wall.runs()).toBe(0)
  })
})

describe('matchPayment', () => {
  test('behavior: [31][39] addresses in any case, more extra; [38] nothing altered or removed', async () => {
    const offered = exactRequirements()
    const payload = await payFor(offered)
    const match = (change: Partial<PaymentRequirements>): boolean =>
      matchPayment({ ...payload, accepted: { ...offered, ...change } }, [offered]).ok
    expect(match({})).toBe(true)
    expect(match({ payTo: PAYEE.toLowerCase(), asset: USDC.toLowerCase() })).toBe(true)
    expect(match({ extra: { ...offered.extra, mine: 1 } })).toBe(true)
    expect(match({ extra: { name: 'USDC' } })).toBe(false)
    expect(match({ extra: { name: 'USDC', version: '3' } })).toBe(false)
    expect(match({ extra: null })).toBe(false)
    expect(match({ amount: '010000' })).toBe(false)
    expect(match({ maxTimeoutSeconds: 61 })).toBe(false)
    expect(match({ network: 'eip155:8453' })).toBe(false)
    expect(match({ payTo: payer.address })).toBe(false)
  })
})

describe('createMemoryReservationStore', () => {
  const reservation: Reservation = {
    nonceKey: { chainId: 1n, nonceContract: USDC, payer: payer.address, nonce: `0x${'01'.repeat(32)}` },
    paymentHash: `0x${'02'.repeat(32)}`,
    requestHash: `0x${'03'.repeat(32)}`,
    asset: USDC,
    authorized: 5n,
    validBefore: NOW + 60n,
    now: NOW,
  }

  test('behavior: a late word of an older attempt changes nothing', async () => {
    const store = createMemoryReservationStore()
    const { nonceKey } = reservation
    expect(await store.reserve(reservation)).toEqual({ kind: 'granted', attempt: 1 })
    await store.release({ nonceKey, attempt: 1 })
    expect(await store.reserve(reservation)).toEqual({ kind: 'granted', attempt: 2 })
    await store.release({ nonceKey, attempt: 1 })
    expect(await store.reserve(reservation)).toEqual({ kind: 'running' })
    await store.finish({ nonceKey, attempt: 2, settlement: undefined })
    await store.release({ nonceKey, attempt: 2 })
    expect(await store.reserve(reservation)).toEqual({ kind: 'finished', settlement: undefined })
  })

  test('behavior: payments that were given back cannot fill it, however long they stay valid', async () => {
    const store = createMemoryReservationStore({ maxEntries: 2 })
    const free = (last: number): Reservation => ({
      ...reservation,
      now: NOW + BigInt(last),
      validBefore: 2n ** 63n,
      nonceKey: { ...reservation.nonceKey, nonce: `0x${last.toString(16).padStart(64, '0')}` },
    })
    const paid = free(100)
    await store.reserve(paid)
    await store.finish({ nonceKey: paid.nonceKey, attempt: 1, settlement: undefined })
    for (let last = 0; last < 20; last += 1) {
      expect(await store.reserve(free(last))).toMatchObject({ kind: 'granted' })
      await store.release({ nonceKey: free(last).nonceKey, attempt: 1 })
    }
    expect(await store.reserve(paid)).toMatchObject({ kind: 'finished' })
  })

  test('error: full: refuses until records expire, and never forgets a running one', async () => {
    const store = createMemoryReservationStore({ maxEntries: 2 })
    const other = (last: string, now = NOW): Reservation => ({
      ...reservation,
      now,
      nonceKey: { ...reservation.nonceKey, nonce: `0x${last.repeat(32)}` },
    })
    await store.reserve(other('0a'))
    await store.reserve(other('0b'))
    await store.finish({ nonceKey: other('0b').nonceKey, attempt: 1, settlement: undefined })
    expect(await store.reserve(other('0c'))).toEqual({ kind: 'exhausted' })
    const later = NOW + 1000n
    expect(await store.reserve(other('0c', later))).toMatchObject({ kind: 'granted' })
    expect(await store.reserve(other('0d', later))).toEqual({ kind: 'exhausted' })
    expect(await store.reserve(other('0a', later))).toEqual({ kind: 'running' })
  })
})

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { serve } from '@hono/node-server'
import express from 'express'
import { Hono } from 'hono'
import { keccak256 } from 'viem'
import { afterAll, describe, expect, test } from 'vitest'
import { createPayment } from '../src/client/create-payment.js'
import { settlementOf } from '../src/client/refusal-reason.js'
import { wrapFetch } from '../src/client/wrap-fetch.js'
import { exactClient, uptoClient } from '../src/evm/evm-client.js'
import { expressPaywall } from '../src/express/express-paywall.js'
import { createMemoryAccessStore } from '../src/extensions/access-store.js'
import { offersOf, receiptOf, recoverOffer, recoverReceipt } from '../src/extensions/offer-receipt.js'
import { createSignIn, SIGN_IN_EXTENSION, SIGN_IN_HEADER } from '../src/extensions/sign-in-with-x.js'
import type { Facilitator } from '../src/facilitator/facilitator.js'
import { honoPaywall } from '../src/hono/hono-paywall.js'
import { type NodeAnswer, type NodePaidContext, nodePaywall } from '../src/node/node-paywall.js'
import type { NodePaywallRequest } from '../src/node-http/node-paywall-request.js'
import type { NodeHandler } from '../src/node-http/serve-node.js'
import { decodePaymentRequired, encodePaymentHeader } from '../src/protocol/header.js'
import { PAYMENT_IDENTIFIER_EXTENSION } from '../src/protocol/payment-identifier.js'
import type { PaymentPayload } from '../src/protocol/payment-payload.js'
import type { PaymentRequirements } from '../src/protocol/payment-requirements.js'
import type { SettleResponse } from '../src/protocol/settle-response.js'
import { createMemoryAnswerStore } from '../src/server/answer-store.js'
import { createPaywall } from '../src/server/create-paywall.js'
import { createMemoryReservationStore } from '../src/server/memory-reservation-store.js'
import type { PaidContext, PaywallOptions } from '../src/server/paywall-options.js'
import { accountOf, exactRequirements, NOW, PAYEE, uptoRequirements } from './fixtures.js'

const payer = accountOf('payer')
const seller = accountOf('seller')
const URL_CHAT = 'https://api.example/v1/chat'
const NETWORK = 'eip155:84532'
const HASH = `0x${'11'.repeat(32)}`

/** A facilitator port that takes every payment, and counts. */
function facilitatorOf(settle: (n: number) => Partial<SettleResponse> = () => ({})) {
  const amounts: string[] = []
  const facilitator: Facilitator = {
    verify: async () => ({ isValid: true }),
    async settle(_payload, { amount, network }) {
      amounts.push(amount)
      return { success: true, transaction: HASH, network, amount, payer: payer.address, ...settle(amounts.length) }
    },
    supported: async () => ({ kinds: [], extensions: [], signers: {} }),
  }
  return { amounts, facilitator }
}

function optionsOf(change: Partial<PaywallOptions> = {}, accepts = [exactRequirements()]): PaywallOptions {
  return {
    requirementsFor: (request) => ({ resource: { url: request.url }, accepts }),
    store: createMemoryReservationStore(),
    facilitator: facilitatorOf().facilitator,
    clock: () => NOW,
    ...change,
  }
}

async function paymentFor(challenge: Response, change: (p: PaymentPayload) => PaymentPayload = (p) => p) {
  const required = decodePaymentRequired(challenge.headers.get('payment-required') ?? '')
  const [requirements] = required.accepts
  if (requirements === undefined) throw new Error('nothing accepted')
  const scheme = requirements.scheme === 'upto' ? uptoClient({ signer: payer }) : exactClient({ signer: payer })
  const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
  const { payload } = await createPayment(requirements, { required, scheme, now: NOW, randomBytes })
  return encodePaymentHeader(change(payload))
}

const ask = (header?: string, init: RequestInit = {}, url = URL_CHAT): Request =>
  new Request(url, { ...init, ...(header === undefined ? {} : { headers: { 'payment-signature': header } }) })
const codeOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { error?: { code?: unknown } }).error?.code

describe('payment-identifier', () => {
  function wallOf(change: Partial<PaywallOptions> = {}, settle?: (n: number) => Partial<SettleResponse>) {
    let runs = 0
    const { amounts, facilitator } = facilitatorOf(settle)
    const store = createMemoryAnswerStore()
    const options = optionsOf({ facilitator, paymentIdentifier: { store, waitMs: 2000 }, ...change })
    const paywall = createPaywall(options)
    const handler = async (): Promise<Response> => {
      runs += 1
      await new Promise((resolve) => setTimeout(resolve, 30))
      return Response.json({ run: runs }, { headers: { 'x-run': `${runs}` } })
    }
    return { amounts, runs: () => runs, serve: (request: Request) => paywall(request, handler) }
  }

  test('default: [42] the same identifier and payment get the stored answer, settled and run once', async () => {
    const wall = wallOf()
    const header = await paymentFor(await wall.serve(ask()))
    const first = await wall.serve(ask(header))
    const again = await wall.serve(ask(header))
    expect([first.status, again.status]).toEqual([200, 200])
    expect(await again.json()).toEqual(await first.json())
    expect(again.headers.get('payment-response')).toBe(first.headers.get('payment-response'))
    expect([again.headers.get('x-run'), again.headers.get('og-replayed')]).toEqual(['1', 'true'])
    expect([wall.runs(), wall.amounts.length]).toEqual([1, 1])
  })

  test('behavior: [2][42] twenty at once: one run, twenty equal answers', async () => {
    const wall = wallOf()
    const header = await paymentFor(await wall.serve(ask()))
    const answers = await Promise.all(Array.from({ length: 20 }, () => wall.serve(ask(header))))
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1)
    expect([wall.runs(), wall.amounts.length]).toEqual([1, 1])
  })

  test('error: another payment or another body under the identifier is refused, without asking for a new payment', async () => {
    const wall = wallOf()
    const id = `pay_${'0'.repeat(32)}`
    const withId = (payload: PaymentPayload): PaymentPayload => ({
      ...payload,
      extensions: { [PAYMENT_IDENTIFIER_EXTENSION]: { info: { required: false, id } } },
    })
    const [first, other] = [
      await paymentFor(await wall.serve(ask()), withId),
      await paymentFor(await wall.serve(ask()), withId),
    ]
    expect((await wall.serve(ask(first, { method: 'POST', body: 'a' }))).status).toBe(200)
    for (const request of [ask(other, { method: 'POST', body: 'a' }), ask(first, { method: 'POST', body: 'b' })]) {
      const refused = await wall.serve(request)
      expect(refused.status).toBe(409)
      expect(refused.headers.has('payment-required')).toBe(false)
      expect(await codeOf(refused)).toBe('payment_identifier_conflict')
    }
    expect(wall.runs()).toBe(1)
    // What wrapFetch makes of it: the answer, not another payment.
    const sent: (string | null)[] = []
    const paidFetch = wrapFetch({
      schemes: [exactClient({ signer: payer })],
      policy: { maxAmountPerCall: 10_000n },
      clock: () => NOW,
      async fetch(input, init) {
        const request = new Request(input, init)
        sent.push(request.headers.get('payment-signature'))
        return request.headers.has('payment-signature')
          ? wall.serve(ask(other, { method: 'POST', body: 'a' }))
          : wall.serve(ask())
      },
    })
    expect((await paidFetch(URL_CHAT)).status).toBe(409)
    expect(sent).toHaveLength(2)
  })

  test('error: a failed call gives the identifier back', async () => {
    let broken = true
    const store = createMemoryAnswerStore()
    const paywall = createPaywall(optionsOf({ paymentIdentifier: { store } }))
    const serve_ = (header?: string): Promise<Response> =>
      paywall(ask(header), async () => new Response('x', { status: broken ? 503 : 200 }))
    const header = await paymentFor(await serve_())
    expect((await serve_(header)).status).toBe(503)
    broken = false
    expect((await serve_(header)).status).toBe(200)
  })

  test('error: required and missing, malformed, altered echo [38]', async () => {
    const wall = wallOf({ paymentIdentifier: { store: createMemoryAnswerStore(), required: true } })
    const challenge = await wall.serve(ask())
    const extend = (extension: unknown) => (payload: PaymentPayload) =>
      ({ ...payload, extensions: { [PAYMENT_IDENTIFIER_EXTENSION]: extension } }) as PaymentPayload
    const { extensions: _removed, ...bare } = { extensions: 0 }
    expect(bare).toEqual({})
    const missing = await wall.serve(ask(await paymentFor(challenge, extend({ info: { required: true } }))))
    expect([missing.status, await codeOf(missing)]).toEqual([400, 'payment_identifier_required'])
    const malformed = await wall.serve(ask(await paymentFor(challenge, extend({ info: { required: true, id: 'x' } }))))
    expect([malformed.status, await codeOf(malformed)]).toEqual([400, 'payment_identifier_malformed'])
    const altered = await wall.serve(ask(await paymentFor(challenge, extend({ info: { required: false } }))))
    expect([altered.status, await codeOf(altered)]).toEqual([402, 'extension_echo_mismatch'])
    expect(wall.runs()).toBe(0)
  })

  test('behavior: an answer above the limit is given once and then refused, not paid again', async () => {
    const store = createMemoryAnswerStore()
    const paywall = createPaywall(optionsOf({ paymentIdentifier: { store, maxAnswerBytes: 3 } }))
    const serve_ = (header?: string) => paywall(ask(header), async () => new Response('long'))
    const header = await paymentFor(await serve_())
    expect(await (await serve_(header)).text()).toBe('long')
    await expect.poll(async () => (await serve_(header)).status).toBe(409)
  })

  test('behavior: [42] a stream whose reader goes away is kept whole', async () => {
    const store = createMemoryAnswerStore()
    const { amounts, facilitator } = facilitatorOf()
    const paywall = createPaywall(optionsOf({ facilitator, paymentIdentifier: { store, waitMs: 2000 } }))
    const handler = async (): Promise<Response> => {
      const chunks = ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 20))
          const chunk = chunks.shift()
          if (chunk === undefined) controller.close()
          else controller.enqueue(new TextEncoder().encode(chunk))
        },
      })
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
    }
    const header = await paymentFor(await paywall(ask(), handler))
    const reader = (await paywall(ask(header), handler)).body?.getReader()
    await reader?.read()
    await reader?.cancel()
    expect(await (await paywall(ask(header), handler)).text()).toBe('data: 1\n\ndata: 2\n\ndata: 3\n\n')
    expect(amounts).toHaveLength(1)
  })
})

describe('paymentFlow upfront', () => {
  const accepts = [exactRequirements({ extra: { name: 'USDC', version: '2', paymentFlow: 'upfront' } })]

  test('default: the money moves before the handler runs', async () => {
    const order: string[] = []
    const { facilitator } = facilitatorOf(() => {
      order.push('settle')
      return {}
    })
    const paywall = createPaywall(optionsOf({ facilitator }, accepts))
    const handler = async () => {
      order.push('handler')
      return new Response('served', { headers: { 'content-type': 'text/event-stream' } })
    }
    const response = await paywall(ask(await paymentFor(await paywall(ask(), handler))), handler)
    expect(order).toEqual(['settle', 'handler'])
    // A stream too carries its settlement, because it was settled first.
    expect(settlementOf(response)).toMatchObject({ success: true, transaction: HASH })
    expect(await response.text()).toBe('served')
  })

  test('error: a refused settlement never runs the handler', async () => {
    const { facilitator } = facilitatorOf(() => ({
      success: false,
      errorReason: 'invalid_exact_evm_insufficient_balance',
    }))
    const paywall = createPaywall(optionsOf({ facilitator }, accepts))
    const handler = () => Promise.reject(new Error('must not run'))
    const response = await paywall(ask(await paymentFor(await paywall(ask(), handler))), handler)
    expect([response.status, await codeOf(response)]).toEqual([402, 'invalid_exact_evm_insufficient_balance'])
  })

  test('error: [41] a handler that fails leaves the payment good for the same request, settled once', async () => {
    let broken = true
    const { facilitator } = facilitatorOf()
    const paywall = createPaywall(optionsOf({ facilitator }, accepts))
    const handler = async () => {
      if (broken) throw new Error('upstream is down')
      return new Response('served')
    }
    const header = await paymentFor(await paywall(ask(), handler))
    await expect(paywall(ask(header), handler)).rejects.toThrow('upstream is down')
    broken = false
    expect((await paywall(ask(header, {}, `${URL_CHAT}/other`), handler)).status).toBe(409)
    expect((await paywall(ask(header), handler)).status).toBe(200)
    expect((await paywall(ask(header), handler)).status).toBe(409)
  })

  test('error: [15] an unknown outcome asks for the same request again, not for a second payment', async () => {
    let known = false
    const { facilitator } = facilitatorOf(() =>
      known ? {} : { success: false, errorReason: 'settlement_pending', transaction: HASH },
    )
    const paywall = createPaywall(optionsOf({ facilitator }, accepts))
    const handler = async () => new Response('served')
    const header = await paymentFor(await paywall(ask(), handler))
    const pending = await paywall(ask(header), handler)
    expect([pending.status, pending.headers.has('payment-required')]).toEqual([503, false])
    expect(settlementOf(pending)).toMatchObject({ errorReason: 'settlement_pending', transaction: HASH })
    known = true
    expect((await paywall(ask(header), handler)).status).toBe(200)
  })

  test('error: flows that are not served fail closed', async () => {
    for (const offered of [
      uptoRequirements(PAYEE, { extra: { facilitatorAddress: PAYEE, paymentFlow: 'upfront' } }),
      exactRequirements({ extra: { paymentFlow: 'escrow' } }),
    ]) {
      const paywall = createPaywall(optionsOf({}, [offered]))
      await expect(paywall(ask(), async () => new Response())).rejects.toMatchObject({ code: 'INVALID_OPTIONS' })
    }
  })
})

test('error: 412 when Permit2 is not approved, at verification and at settlement', async () => {
  const reason = 'permit2_allowance_required'
  const verifying: Facilitator = {
    ...facilitatorOf().facilitator,
    verify: async () => ({ isValid: false, invalidReason: reason }),
  }
  const settling = facilitatorOf(() => ({ success: false, errorReason: reason, transaction: '' })).facilitator
  for (const facilitator of [verifying, settling]) {
    const paywall = createPaywall(optionsOf({ facilitator }, [uptoRequirements(PAYEE)]))
    const handler = async () => new Response('served')
    const response = await paywall(ask(await paymentFor(await paywall(ask(), handler))), handler)
    expect(response.status).toBe(412)
    expect(decodePaymentRequired(response.headers.get('payment-required') ?? '').error).toBe(reason)
  }
})

test('default: offers in the 402 and a receipt in the settlement are signed by the server', async () => {
  const paywall = createPaywall(optionsOf({ offerReceipt: { signer: seller, includeTransaction: true } }))
  const handler = async () => new Response('served')
  const challenge = await paywall(ask(), handler)
  const required = decodePaymentRequired(challenge.headers.get('payment-required') ?? '')
  const [offer] = offersOf(required.extensions)
  expect(recoverOffer(offer)).toMatchObject({
    signer: seller.address,
    terms: { resourceUrl: URL_CHAT, amount: '10000' },
  })
  const response = await paywall(ask(await paymentFor(challenge)), handler)
  expect(recoverReceipt(receiptOf(settlementOf(response)?.extensions))).toMatchObject({
    signer: seller.address,
    terms: { payer: payer.address, transaction: HASH, resourceUrl: URL_CHAT },
  })
})

test('default: sign-in gives back what one paid for, once per proof, to nobody else', async () => {
  const store = createMemoryAccessStore()
  const served: string[] = []
  const paywall = createPaywall(
    optionsOf({
      signIn: {
        store,
        serve: async (_request, { payer: who }) => {
          served.push(who)
          return new Response('the archive')
        },
      },
    }),
  )
  const handler = async () => new Response('fresh')
  const challenge = await paywall(ask(), handler)
  const extension = decodePaymentRequired(challenge.headers.get('payment-required') ?? '').extensions?.[
    SIGN_IN_EXTENSION
  ]
  const proofOf = (signer: typeof payer) => createSignIn(extension, { url: URL_CHAT, network: NETWORK, signer })
  const show = (proof: string, url = URL_CHAT) =>
    paywall(new Request(url, { headers: { [SIGN_IN_HEADER]: proof } }), handler)
  const proof = await proofOf(payer)
  expect((await show(proof)).status).toBe(402)
  await paywall(ask(await paymentFor(challenge)), handler)
  expect((await show(proof, `${URL_CHAT}/other`)).status).toBe(402)
  expect((await show(await proofOf(seller))).status).toBe(402)
  const back = await show(proof)
  expect([back.status, await back.text()]).toEqual([200, 'the archive'])
  expect((await show(proof)).status).toBe(402)
  expect((await show('not base64!')).status).toBe(402)
  expect(served).toEqual([payer.address])
})

test('default: CORS: preflight allows what clients send, also the name that the official client wrongly sends', async () => {
  const paywall = createPaywall(optionsOf({ cors: { headers: ['OG-Inference-Mode'] } }))
  const handler = async () => new Response('served')
  const preflight = await paywall(
    new Request(URL_CHAT, { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' } }),
    handler,
  )
  expect(preflight.status).toBe(204)
  const allowed = preflight.headers.get('access-control-allow-headers') ?? ''
  for (const name of ['PAYMENT-SIGNATURE', 'Access-Control-Expose-Headers', 'OG-Inference-Mode', 'Content-Type']) {
    expect(allowed).toContain(name)
  }
  const challenge = await paywall(ask(), handler)
  expect(challenge.headers.get('access-control-allow-origin')).toBe('*')
  expect(challenge.headers.get('access-control-expose-headers')).toContain('PAYMENT-REQUIRED')
  // An OPTIONS request of its own right costs like any other.
  expect((await paywall(new Request(URL_CHAT, { method: 'OPTIONS' }), handler)).status).toBe(402)
})

describe('request binding and requests that are not served', () => {
  const offerHash = `0x${'0f'.repeat(32)}`
  const bindable = exactRequirements({ extra: { name: 'USDC', version: '2', og: { offerHash } } })
  const hashRequest = (body: Uint8Array) => keccak256(body)
  const post = (body: string, header?: string): Request => ask(header, { method: 'POST', body })
  const serveOnce = async (): Promise<Response> => new Response('paid')

  async function boundPayment(challenge: Response, body: string): Promise<PaymentPayload> {
    const required = decodePaymentRequired(challenge.headers.get('payment-required') ?? '')
    const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
    const { payload } = await createPayment(bindable, {
      required,
      scheme: exactClient({ signer: payer }),
      now: NOW,
      randomBytes,
      requestHash: hashRequest(new TextEncoder().encode(body)),
    })
    return payload
  }

  test('default: [7] a bound payment is good under its own body; under another it is 409, not reserved and not charged', async () => {
    const { amounts, facilitator } = facilitatorOf()
    const wall = createPaywall(optionsOf({ facilitator, hashRequest }, [bindable]))
    const payload = await boundPayment(await wall(post('mine'), serveOnce), 'mine')
    const stolen = await wall(post('theirs', encodePaymentHeader(payload)), serveOnce)
    expect([stolen.status, await codeOf(stolen)]).toEqual([409, 'request_binding_mismatch'])
    expect(stolen.headers.get('payment-required')).toBeNull()
    const { extensions: _, ...stripped } = payload
    const bare = await wall(post('theirs', encodePaymentHeader(stripped)), serveOnce)
    expect([bare.status, await codeOf(bare)]).toEqual([409, 'request_binding_missing'])
    expect(amounts).toEqual([])
    expect((await wall(post('mine', encodePaymentHeader(payload)), serveOnce)).status).toBe(200)
    expect(amounts).toEqual(['10000'])
  })

  test('behavior: foreign clients, who bind nothing, are served; without an offer hash no binding is offered', async () => {
    const wall = createPaywall(optionsOf({ hashRequest }, [bindable]))
    const header = await paymentFor(await wall(post('any'), serveOnce))
    expect((await wall(post('any', header), serveOnce)).status).toBe(200)
    const plain = createPaywall(optionsOf({ hashRequest }))
    const challenge = await plain(post('any'), serveOnce)
    expect(decodePaymentRequired(challenge.headers.get('payment-required') ?? '').extensions).toBeUndefined()
  })

  test('error: [45] a request that is not allowed is 403 with and without a payment; a hook that throws fails closed', async () => {
    const { amounts, facilitator } = facilitatorOf()
    const open = createPaywall(optionsOf({ facilitator }))
    const header = await paymentFor(await open(ask(), serveOnce))
    const shut = createPaywall(optionsOf({ facilitator, isAllowed: async () => false }))
    for (const request of [ask(), ask(header)]) {
      const response = await shut(request, serveOnce)
      expect([response.status, await codeOf(response)]).toEqual([403, 'request_not_allowed'])
      expect(response.headers.get('payment-required')).toBeNull()
    }
    const broken = createPaywall(optionsOf({ facilitator, isAllowed: () => Promise.reject(new Error('broken')) }))
    await expect(broken(ask(header), serveOnce)).rejects.toThrow('broken')
    expect(amounts).toEqual([])
  })
})

describe('adapters', () => {
  const closers: (() => void)[] = []
  afterAll(() => {
    for (const close of closers) close()
  })

  async function listen(server: Server): Promise<string> {
    closers.push(() => {
      server.closeAllConnections()
      server.close()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (typeof address !== 'object' || address === null) throw new Error('no address')
    return `http://127.0.0.1:${address.port}`
  }

  async function slowStream(paid: PaidContext, gate: Promise<void>): Promise<Response> {
    const question = await paid.request.text()
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode(`data: ${question}\n\n`))
        await gate
        paid.charge(77n)
        controller.enqueue(new TextEncoder().encode('data: end\n\n'))
        controller.close()
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream', 'payment-response': 'forged' } })
  }

  const accepts: readonly PaymentRequirements[] = [uptoRequirements(PAYEE)]

  async function startHono(change: Partial<PaywallOptions>, gate: Promise<void>): Promise<string> {
    const app = new Hono<{ Variables: { x402: PaidContext } }>()
    app.use('/paid/*', honoPaywall(optionsOf(change, [...accepts])))
    app.post('/paid/stream', (c) => slowStream(c.get('x402'), gate))
    app.post('/paid/error', () => {
      throw new Error('broken')
    })
    app.post('/paid/json', async (c) => c.json({ question: await c.get('x402').request.text() }))
    app.get('/free', (c) => c.text('free'))
    return new Promise((resolve) => {
      const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
        resolve(`http://127.0.0.1:${port}`),
      )
      closers.push(() => server.close())
    })
  }

  async function startExpress(change: Partial<PaywallOptions>, gate: Promise<void>): Promise<string> {
    const app = express()
    const paid = (handler: (context: PaidContext) => Promise<Response>) =>
      expressPaywall({ ...optionsOf(change, [...accepts]), handler })
    app.post(
      '/paid/stream',
      paid((context) => slowStream(context, gate)),
    )
    app.post(
      '/paid/error',
      paid(() => Promise.reject(new Error('broken'))),
    )
    app.post(
      '/paid/json',
      paid(async ({ request }) => Response.json({ question: await request.text() })),
    )
    app.get('/free', (_request, response) => void response.send('free'))
    app.use((_error: unknown, _request: unknown, response: express.Response, _next: unknown) => {
      response.status(500).send('broken')
    })
    return listen(createServer(app))
  }

  async function startNode(change: Partial<PaywallOptions>, gate: Promise<void>): Promise<string> {
    const { requirementsFor, settleAfter: _after, isAllowed: _allowed, ...common } = optionsOf(change, [...accepts])
    const price = (request: NodePaywallRequest) => requirementsFor(request.toRequest())
    const paid = (handler: (paid: NodePaidContext) => Promise<NodeAnswer | Response>) =>
      nodePaywall({ ...common, price, handler })
    const textOf = ({ body }: NodePaidContext): string => new TextDecoder().decode(body)
    const walls: Record<string, NodeHandler> = {
      '/paid/stream': paid((context) => {
        const request = context.request.toRequest(context.body)
        return slowStream({ ...context, request }, gate)
      }),
      '/paid/error': paid(() => Promise.reject(new Error('broken'))),
      '/paid/json': paid(async (context) => ({
        headers: { 'Content-Type': 'application/json', 'PAYMENT-RESPONSE': 'forged' },
        body: JSON.stringify({ question: textOf(context) }),
      })),
    }
    return listen(
      createServer((request, response) => {
        const wall = walls[request.url ?? '']
        if (wall === undefined) response.end('free')
        else void wall(request, response, () => response.writeHead(500).end('broken'))
      }),
    )
  }

  const clientFetch = wrapFetch({
    schemes: [uptoClient({ signer: payer })],
    policy: { maxAmountPerCall: 10_000n },
    clock: () => NOW,
  })

  test.each([
    ['hono', startHono],
    ['express', startExpress],
    ['node:http', startNode],
  ] as const)('default: %s: 402, paid answer, stream with the first byte at once', async (_name, start) => {
    let open: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const { amounts, facilitator } = facilitatorOf()
    const url = await start({ facilitator }, gate)
    expect(await (await fetch(`${url}/free`)).text()).toBe('free')
    expect((await fetch(`${url}/paid/json`, { method: 'POST', body: 'q' })).status).toBe(402)
    const json = await clientFetch(`${url}/paid/json`, { method: 'POST', body: 'why?' })
    expect(await json.json()).toEqual({ question: 'why?' })
    expect(settlementOf(json)).toMatchObject({ success: true, amount: '10000' })
    const stream = await clientFetch(`${url}/paid/stream`, { method: 'POST', body: 'go' })
    expect(stream.headers.get('payment-response')).toBeNull()
    const reader = stream.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('data: go\n\n')
    expect(amounts).toEqual(['10000'])
    open()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('data: end\n\n')
    expect((await reader?.read())?.done).toBe(true)
    await expect.poll(() => amounts).toEqual(['10000', '77'])
  })

  test.each([
    ['hono', startHono],
    ['express', startExpress],
    ['node:http', startNode],
  ] as const)('error: [41] %s: a handler that throws is 500 and not charged', async (_name, start) => {
    const { amounts, facilitator } = facilitatorOf()
    const url = await start({ facilitator }, Promise.resolve())
    expect((await clientFetch(`${url}/paid/error`, { method: 'POST', body: 'x' })).status).toBe(500)
    expect(amounts).toEqual([])
  })

  test.each([
    ['hono', startHono],
    ['express', startExpress],
    ['node:http', startNode],
  ] as const)('error: [45] %s: a price hook that throws fails closed', async (_name, start) => {
    const requirementsFor = () => {
      throw new Error('policy is broken')
    }
    const url = await start({ requirementsFor }, Promise.resolve())
    const response = await fetch(`${url}/paid/json`, { method: 'POST', body: 'x' })
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('question')
  })

  test.each([
    ['express', startExpress],
    ['node:http', startNode],
  ] as const)('error: [41] %s: a client that goes away mid-stream is charged what it got', async (_name, start) => {
    const { amounts, facilitator } = facilitatorOf()
    const url = await start({ facilitator }, new Promise(() => undefined))
    const abort = new AbortController()
    const stream = await clientFetch(`${url}/paid/stream`, { method: 'POST', body: 'go', signal: abort.signal })
    await stream.body?.getReader().read()
    abort.abort()
    await expect.poll(() => amounts.length).toBe(1)
  })

  test.each([
    ['express', startExpress],
    ['node:http', startNode],
  ] as const)('error: [28] %s: a doubled payment header is malformed', async (_name, start) => {
    const url = await start({}, Promise.resolve())
    const header = await paymentFor(await fetch(`${url}/paid/json`, { method: 'POST', body: 'x' }))
    const { request } = await import('node:http')
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const outgoing = request(`${url}/paid/json`, {
        method: 'POST',
        headers: { 'payment-signature': [header, header] },
      }).on('response', (incoming) => resolve(incoming.resume().statusCode))
      outgoing.on('error', reject)
      outgoing.end('x')
    })
    expect(status).toBe(402)
  })
})

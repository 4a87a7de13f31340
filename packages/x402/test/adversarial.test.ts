import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import { serve } from '@hono/node-server'
import { mintToken, tokenBalance } from '@og/devchain'
import express from 'express'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exactFacilitator, uptoFacilitator } from '../src/evm/evm-facilitator.js'
import type { ViemChain } from '../src/evm/viem-chain.js'
import { expressPaywall } from '../src/express/express-paywall.js'
import { createFacilitator } from '../src/facilitator/create-facilitator.js'
import type { Facilitator } from '../src/facilitator/facilitator.js'
import { honoPaywall } from '../src/hono/hono-paywall.js'
import { encodePaymentHeader } from '../src/protocol/header.js'
import type { PaymentPayload } from '../src/protocol/payment-payload.js'
import type { PaymentRequirements } from '../src/protocol/payment-requirements.js'
import { createPaywall } from '../src/server/create-paywall.js'
import { createMemoryReservationStore } from '../src/server/memory-reservation-store.js'
import type { PaywallOptions } from '../src/server/paywall-options.js'
import { NETWORK, payFor, startTestChain, type TestChain } from './chain-setup.js'
import { accountOf, exactRequirements, permitRequirements, USDC, uptoRequirements } from './fixtures.js'

const payer = accountOf('adversarial payer')
const payee = accountOf('adversarial payee').address
const exact = (): PaymentRequirements => exactRequirements({ payTo: payee })

let on: TestChain
let port: ViemChain

function facilitatorOf(writer: ViemChain = port): Facilitator {
  const options = { network: NETWORK, chain: port, writer, assets: [USDC] } as const
  return createFacilitator({ schemes: [exactFacilitator(options), uptoFacilitator(options)] })
}

function paywallOptions(accepts: readonly PaymentRequirements[], change: Partial<PaywallOptions> = {}): PaywallOptions {
  return {
    requirementsFor: (request) => ({ resource: { url: request.url }, accepts }),
    store: createMemoryReservationStore(),
    facilitator: facilitatorOf(),
    ...change,
  }
}

const ask = (payload: PaymentPayload, url = 'https://api.example/v1/chat'): Request =>
  new Request(url, { headers: { 'payment-signature': encodePaymentHeader(payload) } })

beforeAll(async () => {
  on = await startTestChain()
  port = on.portOf(0, 1000)
  await on.fund(payer, 10_000_000n)
}, 120_000)

afterAll(async () => {
  await on?.chain.stop()
})

describe('replay', () => {
  test('error: [5] a server that forgot everything in a restart refuses a settled payment, by the chain', async () => {
    for (const requirements of [
      exact(),
      permitRequirements({ payTo: payee }),
      uptoRequirements(port.address, { payTo: payee }),
    ]) {
      const payload = await payFor(requirements, payer)
      let runs = 0
      const serveOnce = () => {
        runs += 1
        return Promise.resolve(new Response('served'))
      }
      expect((await createPaywall(paywallOptions([requirements]))(ask(payload), serveOnce)).status).toBe(200)
      const restarted = createPaywall(paywallOptions([requirements]))
      expect((await restarted(ask(payload), serveOnce)).status).toBe(402)
      expect(runs).toBe(1)
    }
  })

  test('error: [8] a payment for one tenant is not taken by another with the same payee', async () => {
    const store = createMemoryReservationStore()
    const offer = (byte: string): PaymentRequirements =>
      exactRequirements({
        payTo: payee,
        extra: { name: 'USDC', version: '2', og: { offerHash: `0x${byte.repeat(32)}` } },
      })
    const serveIt = () => Promise.resolve(new Response('served'))
    const payload = await payFor(offer('aa'), payer)
    // Tenants with offers of their own: the payment accepts another one's.
    const tenantB = createPaywall(paywallOptions([offer('bb')], { store }))
    expect((await tenantB(ask(payload, 'https://b.example/'), serveIt)).status).toBe(402)
    const tenantA = createPaywall(paywallOptions([offer('aa')], { store }))
    expect((await tenantA(ask(payload, 'https://a.example/'), serveIt)).status).toBe(200)
    // Tenants with the very same offer: the shared store ties the payment to the URL that it was first used for.
    const twin = createPaywall(paywallOptions([offer('aa')], { store }))
    expect((await twin(ask(payload, 'https://b.example/'), serveIt)).status).toBe(409)
  })
})

describe('settlement', () => {
  test('behavior: [14] a reorganisation that undoes a settlement: the same payment settles again, once', async () => {
    const payload = await payFor(exact(), payer)
    const snapshot = await on.rpc('evm_snapshot')
    const before = await tokenBalance(on.chain, payee)
    const first = await facilitatorOf().settle(payload, exact())
    expect(first.success).toBe(true)
    await on.rpc('evm_revert', [snapshot])
    expect(await tokenBalance(on.chain, payee)).toBe(before)
    // Whoever asks next, with no memory of what was undone.
    const second = await facilitatorOf(on.portOf(0, 1000)).settle(payload, exact())
    expect(second.success).toBe(true)
    expect((await tokenBalance(on.chain, payee)) - before).toBe(10_000n)
    expect(await facilitatorOf(on.portOf(3)).settle(payload, exact())).toMatchObject({
      success: true,
      transaction: second.transaction,
    })
  })

  test('behavior: [20] behind a stuck transaction others wait in order, and all settle when it moves', async () => {
    const writer = on.portOf(4, 300)
    const facilitator = facilitatorOf(writer)
    const payloads = await Promise.all([1, 2, 3].map(() => payFor(exact(), payer)))
    await on.rpc('evm_setAutomine', [false])
    const stuck = await Promise.all(payloads.map((payload) => facilitator.settle(payload, exact())))
    expect(stuck.map(({ errorReason }) => errorReason)).toEqual(Array(3).fill('settlement_pending'))
    const hashes = stuck.map(({ transaction }) => transaction)
    expect(new Set(hashes).size).toBe(3)
    await on.rpc('evm_mine')
    await on.rpc('evm_setAutomine', [true])
    const settled = await Promise.all(payloads.map((payload) => facilitator.settle(payload, exact())))
    expect(settled.map(({ success }) => success)).toEqual([true, true, true])
    expect(settled.map(({ transaction }) => transaction)).toEqual(hashes)
  })

  test('error: [25] a facilitator without gas money settles nothing, and the same payment after it was refilled', async () => {
    const poor = on.portOf(5)
    const facilitator = facilitatorOf(poor)
    const payload = await payFor(exact(), payer)
    const before = await tokenBalance(on.chain, payee)
    await on.rpc('anvil_setBalance', [poor.address, '0x0'])
    const refused = await facilitator.settle(payload, exact())
    expect(refused).toMatchObject({ success: false, errorReason: 'unexpected_settle_error', transaction: '' })
    expect(JSON.stringify(refused)).not.toMatch(/fund|balance|rpc/i)
    expect(await tokenBalance(on.chain, payee)).toBe(before)
    await on.rpc('anvil_setBalance', [poor.address, '0xde0b6b3a7640000'])
    expect((await facilitator.settle(payload, exact())).success).toBe(true)
  })

  test('behavior: [11] authorizations over a balance for ten: exactly ten are paid', async () => {
    const poor = accountOf('balance for ten')
    await mintToken(on.chain, { to: poor.address, amount: 100_000n })
    const payloads = await Promise.all(Array.from({ length: 30 }, () => payFor(exact(), poor)))
    const before = await tokenBalance(on.chain, payee)
    const settled = await Promise.all(payloads.map((payload) => facilitatorOf().settle(payload, exact())))
    expect(settled.filter(({ success }) => success)).toHaveLength(10)
    expect((await tokenBalance(on.chain, payee)) - before).toBe(100_000n)
  })
})

describe('[40] aliases of a paid path', () => {
  const closers: (() => void)[] = []
  afterAll(() => {
    for (const close of closers) close()
  })

  const secret = 'what only payers read'
  const options = (): PaywallOptions => paywallOptions([exact()])

  async function startExpress(): Promise<string> {
    const app = express()
    const handler = async (): Promise<Response> => new Response(secret)
    app.all('/paid/thing', expressPaywall({ ...options(), handler }))
    const server = createServer(app)
    closers.push(() => server.close())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  }

  async function startHono(): Promise<string> {
    const app = new Hono()
    app.use('/paid/thing', honoPaywall(options()))
    app.get('/paid/thing', (c) => c.text(secret))
    return new Promise((resolve) => {
      const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port: own }) =>
        resolve(`http://127.0.0.1:${own}`),
      )
      closers.push(() => server.close())
    })
  }

  /** Sends a path as it is; `fetch` would tidy it up. */
  function send(base: string, method: string, path: string): Promise<{ status: number; body: string }> {
    const { hostname, port: own } = new URL(base)
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest({ hostname, port: own, method, path }, (incoming) => {
        let body = ''
        incoming.setEncoding('utf8').on('data', (text: string) => {
          body += text
        })
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body }))
      })
      outgoing.on('error', reject)
      outgoing.end()
    })
  }

  const paths = [
    '/paid/thing',
    '/paid/thing/',
    '/paid/thing//',
    '//paid/thing',
    '/paid//thing',
    '/PAID/THING',
    '/paid/./thing',
    '/paid/x/../thing',
    '/paid%2Fthing',
    '/paid%2fthing',
    '/paid%5Cthing',
    '/paid\\thing',
    '/%70aid/thing',
    '/paid/thing%00',
    '/paid/thing%',
    '/paid/thing?free=1',
    '/paid/thing;x',
    '/paid/thing#x',
  ]

  test.each([
    ['express', startExpress],
    ['hono', startHono],
  ] as const)('error: [40] %s: no spelling and no method gives the answer away', async (_name, start) => {
    const base = await start()
    let asked = 0
    for (const path of paths) {
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT']) {
        const { status, body } = await send(base, method, path)
        expect(body, `${method} ${path}`).not.toContain(secret)
        expect(status, `${method} ${path}`).not.toBe(200)
        if (status === 402) asked += 1
      }
    }
    expect(asked).toBeGreaterThan(5)
  })
})

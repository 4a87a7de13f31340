import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type Chain, deployPaymentContracts, mintToken, startChain, tokenBalance, waitForReceipt } from '@og/devchain'
import { HTTPFacilitatorClient } from '@x402/core/server'
import { ExactEvmScheme as OfficialExactClient } from '@x402/evm/exact/client'
import { ExactEvmScheme as OfficialExactServer } from '@x402/evm/exact/server'
import { UptoEvmScheme as OfficialUptoClient } from '@x402/evm/upto/client'
import { UptoEvmScheme as OfficialUptoServer } from '@x402/evm/upto/server'
import { paymentMiddleware, x402ResourceServer } from '@x402/express'
import { decodePaymentResponseHeader, wrapFetchWithPayment, x402Client } from '@x402/fetch'
import express from 'express'
import {
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  erc20Abi,
  http,
  maxUint256,
  publicActions,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { baseSepolia } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { settlementOf } from '../src/client/refusal-reason.js'
import { wrapFetch } from '../src/client/wrap-fetch.js'
import { PERMIT2_ADDRESS } from '../src/evm/contracts.js'
import { exactClient, uptoClient } from '../src/evm/evm-client.js'
import { exactFacilitator, uptoFacilitator } from '../src/evm/evm-facilitator.js'
import { viemChain } from '../src/evm/viem-chain.js'
import { createFacilitator } from '../src/facilitator/create-facilitator.js'
import { createFacilitatorClient } from '../src/facilitator/create-facilitator-client.js'
import { createFacilitatorHandler } from '../src/facilitator/create-facilitator-handler.js'
import type { PaymentRequirements } from '../src/protocol/payment-requirements.js'
import { createPaywall } from '../src/server/create-paywall.js'
import { createMemoryReservationStore } from '../src/server/memory-reservation-store.js'
import type { PaidContext } from '../src/server/paywall-options.js'
import { accountOf, exactRequirements, permitRequirements, USDC, uptoRequirements } from './fixtures.js'

const NETWORK = 'eip155:84532'
const payer = accountOf('peer payer')
const payee = accountOf('peer payee').address

let chain: Chain
let facilitatorUrl: string
let facilitatorAddress: `0x${string}`
const servers: Server[] = []

/** Serves a `Request` to `Response` function on a real port. */
async function serve(handle: (request: Request) => Promise<Response>): Promise<string> {
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const method = incoming.method ?? 'GET'
    const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
      method,
      headers: Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]),
      ...(method === 'GET' || chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    })
    const response = await handle(request)
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    if (response.body !== null) for await (const chunk of response.body) outgoing.write(chunk)
    outgoing.end()
  })
  return listen(server)
}

async function listen(server: Server): Promise<string> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return `http://127.0.0.1:${address.port}`
}

function officialFetch(): typeof fetch {
  const client = new x402Client()
  client.register(NETWORK, new OfficialExactClient(payer))
  client.register(NETWORK, new OfficialUptoClient(payer))
  return wrapFetchWithPayment(fetch, client) as typeof fetch
}

function ourFetch() {
  return wrapFetch({
    schemes: [exactClient({ signer: payer }), uptoClient({ signer: payer })],
    policy: { maxAmountPerCall: 10_000n, assets: [USDC] },
  })
}

async function ourServer(requirements: PaymentRequirements, handler: (context: PaidContext) => Promise<Response>) {
  const paywall = createPaywall({
    requirementsFor: (request) => ({ resource: { url: request.url }, accepts: [requirements] }),
    store: createMemoryReservationStore(),
    facilitator: createFacilitatorClient({ baseUrl: facilitatorUrl }),
  })
  return serve((request) => paywall(request, handler))
}

const shapes: readonly [string, () => PaymentRequirements][] = [
  ['exact EIP-3009', () => exactRequirements({ payTo: payee })],
  ['exact Permit2', () => permitRequirements({ payTo: payee })],
  ['upto', () => uptoRequirements(facilitatorAddress, { payTo: payee })],
]

beforeAll(async () => {
  chain = await startChain()
  await deployPaymentContracts(chain)
  await mintToken(chain, { to: payer.address, amount: 10_000_000n })
  const common = { chain: baseSepolia, transport: http(chain.rpcUrl), pollingInterval: 20 } as const
  const key = chain.accounts[0]?.privateKey
  if (key === undefined) throw new Error('no account')
  const account = privateKeyToAccount(key)
  facilitatorAddress = account.address
  const publicClient = createPublicClient(common)
  const walletClient = createWalletClient({ ...common, account })
  await waitForReceipt(publicClient, await walletClient.sendTransaction({ to: payer.address, value: 10n ** 18n }))
  const wallet = createWalletClient({ ...common, account: payer }).extend(publicActions)
  const data = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [PERMIT2_ADDRESS, maxUint256] })
  await waitForReceipt(wallet, await wallet.sendTransaction({ to: USDC, data }))
  const port = viemChain({ publicClient, walletClient })
  const options = { network: NETWORK, chain: port, writer: port, assets: [USDC] } as const
  const facilitator = createFacilitator({ schemes: [exactFacilitator(options), uptoFacilitator(options)] })
  const handler = createFacilitatorHandler({ facilitator })
  facilitatorUrl = await serve(async (request) => (await handler(request)) ?? new Response(null, { status: 404 }))
}, 120_000)

afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await chain?.stop()
})

describe('official client, our paywall, our facilitator', () => {
  test.each(shapes)('default: %s', async (_name, make) => {
    const requirements = make()
    const charge = requirements.scheme === 'upto' ? 321n : 10_000n
    const url = await ourServer(requirements, async (context) => {
      context.charge(charge)
      return Response.json({ echoed: await context.request.json() })
    })
    const before = await tokenBalance(chain, payee)
    const response = await officialFetch()(`${url}/v1/chat`, { method: 'POST', body: '{"q":1}' })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ echoed: { q: 1 } })
    const settled = decodePaymentResponseHeader(response.headers.get('payment-response') ?? '')
    expect(settled).toMatchObject({ success: true, payer: payer.address, network: NETWORK, amount: `${charge}` })
    expect((await tokenBalance(chain, payee)) - before).toBe(charge)
  })

  test('behavior: a stream reaches the official client before it is settled', async () => {
    const requirements = uptoRequirements(facilitatorAddress, { payTo: payee })
    let finish: () => void = () => undefined
    const url = await ourServer(requirements, async ({ charge }) => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('data: 1\n\n'))
          finish = () => {
            charge(55n)
            controller.close()
          }
        },
      })
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
    })
    const before = await tokenBalance(chain, payee)
    const response = await officialFetch()(url, { method: 'POST', body: '{}' })
    const reader = response.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('data: 1\n\n')
    expect(await tokenBalance(chain, payee)).toBe(before)
    finish()
    expect((await reader?.read())?.done).toBe(true)
    await expect.poll(async () => (await tokenBalance(chain, payee)) - before, { timeout: 10_000 }).toBe(55n)
  })
})

describe('our client', () => {
  test.each(shapes)('default: our paywall, our facilitator, %s', async (_name, make) => {
    const url = await ourServer(make(), async () => new Response('bonjour'))
    const response = await ourFetch()(url, { method: 'POST', body: '{}' })
    expect([response.status, await response.text()]).toEqual([200, 'bonjour'])
    expect(settlementOf(response)).toMatchObject({ success: true, payer: payer.address })
  })

  test.each([
    ['exact', 10_000n],
    ['upto', 10_000n],
  ] as const)('default: official express server, our facilitator over HTTP, %s', async (scheme, price) => {
    const resourceServer = new x402ResourceServer(new HTTPFacilitatorClient({ url: facilitatorUrl }))
    resourceServer.register(NETWORK, scheme === 'upto' ? new OfficialUptoServer() : new OfficialExactServer())
    const app = express()
    app.use(
      paymentMiddleware(
        {
          'GET /paid': {
            accepts: { scheme, network: NETWORK, payTo: payee, price: '$0.01' },
            description: 'paid',
            mimeType: 'application/json',
          },
        },
        resourceServer,
      ),
    )
    app.get('/paid', (_request, response) => void response.json({ paid: true }))
    const url = await listen(createServer(app))
    const before = await tokenBalance(chain, payee)
    const response = await ourFetch()(`${url}/paid`)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ paid: true })
    expect(settlementOf(response)?.transaction).toMatch(/^0x[0-9a-f]{64}$/)
    expect((await tokenBalance(chain, payee)) - before).toBe(price)
  })
})

describe('our client on real connections', () => {
  test('error: [61] a paid request is not carried along a redirect, and an unpaid redirect to a price is not paid', async () => {
    const stolen: (string | null)[] = []
    const thief = await ourServer(exactRequirements({ payTo: payee }), async () => new Response('mine'))
    const listening = await serve(async (request) => {
      stolen.push(request.headers.get('payment-signature'))
      return new Response('thanks')
    })
    const price = await ourServer(exactRequirements({ payTo: payee }), async () => new Response('unused'))
    const front = await serve(async (request) => {
      if (new URL(request.url).pathname === '/away') return Response.redirect(`${thief}/`, 307)
      if (request.headers.has('payment-signature')) return Response.redirect(`${listening}/`, 307)
      return fetch(price)
    })
    const paidFetch = ourFetch()
    await expect(paidFetch(`${front}/`)).rejects.toMatchObject({ code: 'REDIRECTED' })
    expect(stolen).toEqual([])
    await expect(paidFetch(`${front}/away`)).rejects.toMatchObject({ code: 'REDIRECTED' })
  })

  test('behavior: a Request object, and a retry that re-sends the payment', async () => {
    const seen: (string | null)[] = []
    let broken = true
    const wall = createPaywall({
      requirementsFor: (request) => ({
        resource: { url: request.url },
        accepts: [exactRequirements({ payTo: payee })],
      }),
      store: createMemoryReservationStore(),
      facilitator: createFacilitatorClient({ baseUrl: facilitatorUrl }),
    })
    const url = await serve((request) => {
      const payment = request.headers.get('payment-signature')
      seen.push(payment)
      return wall(request, async (context) => {
        if (broken) return new Response('upstream is down', { status: 503 })
        return new Response(await context.request.text())
      })
    })
    const paidFetch = ourFetch()
    const request = new Request(url, { method: 'POST', body: 'ask' })
    const before = await tokenBalance(chain, payee)
    expect((await paidFetch(request)).status).toBe(503)
    broken = false
    const response = await paidFetch(request)
    expect([response.status, await response.text()]).toEqual([200, 'ask'])
    expect(seen[0]).toBeNull()
    expect(seen[2]).toBe(seen[1])
    expect((await tokenBalance(chain, payee)) - before).toBe(10_000n)
  })
})

describe('official client, official express server, our facilitator over HTTP', () => {
  test.each(['exact', 'upto'] as const)('default: %s', async (scheme) => {
    const resourceServer = new x402ResourceServer(new HTTPFacilitatorClient({ url: facilitatorUrl }))
    resourceServer.register(NETWORK, scheme === 'upto' ? new OfficialUptoServer() : new OfficialExactServer())
    const app = express()
    const accepts = { scheme, network: NETWORK, payTo: payee, price: '$0.01' } as const
    app.use(
      paymentMiddleware({ 'GET /paid': { accepts, description: 'paid', mimeType: 'text/plain' } }, resourceServer),
    )
    app.get('/paid', (_request, response) => void response.send('ok'))
    const url = await listen(createServer(app))
    const before = await tokenBalance(chain, payee)
    const response = await officialFetch()(`${url}/paid`)
    expect(response.status).toBe(200)
    expect((await tokenBalance(chain, payee)) - before).toBe(10_000n)
  })
})

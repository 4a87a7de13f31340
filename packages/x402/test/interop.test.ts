import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { serve } from '@hono/node-server'
import { mintToken, tokenBalance } from '@og/devchain'
import { x402Facilitator } from '@x402/core/facilitator'
import { PaymentPayloadSchema, PaymentRequiredSchema } from '@x402/core/schemas'
import { HTTPFacilitatorClient } from '@x402/core/server'
import { toFacilitatorEvmSigner } from '@x402/evm'
import { ExactEvmScheme as OfficialExactClient } from '@x402/evm/exact/client'
import { ExactEvmScheme as OfficialExactFacilitator } from '@x402/evm/exact/facilitator'
import { ExactEvmScheme as OfficialExactServer } from '@x402/evm/exact/server'
import { ExactEvmSchemeV1 as OfficialExactFacilitatorV1 } from '@x402/evm/exact/v1/facilitator'
import { UptoEvmScheme as OfficialUptoClient } from '@x402/evm/upto/client'
import { UptoEvmScheme as OfficialUptoFacilitator } from '@x402/evm/upto/facilitator'
import { UptoEvmScheme as OfficialUptoServer } from '@x402/evm/upto/server'
import { x402ResourceServer as ExpressResourceServer, paymentMiddleware as expressMiddleware } from '@x402/express'
import { decodePaymentResponseHeader, wrapFetchWithPayment, x402Client } from '@x402/fetch'
import { x402ResourceServer as HonoResourceServer, paymentMiddleware as honoMiddleware } from '@x402/hono'
import express from 'express'
import { Hono } from 'hono'
import { createWalletClient, http, publicActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { baseSepolia } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPaymentHeader } from 'x402/client'
import { settleResponseHeader } from 'x402/types'
import { useFacilitator } from 'x402/verify'
import { HTTPFacilitatorClient as OlderFacilitatorClient } from 'x402-core-2-10/server'
import { ExactEvmScheme as OlderExactClient } from 'x402-evm-2-10/exact/client'
import { ExactEvmScheme as OlderExactServer } from 'x402-evm-2-10/exact/server'
import { UptoEvmScheme as OlderUptoClient } from 'x402-evm-2-10/upto/client'
import { UptoEvmScheme as OlderUptoServer } from 'x402-evm-2-10/upto/server'
import { x402ResourceServer as OlderResourceServer, paymentMiddleware as olderMiddleware } from 'x402-express-2-10'
import { x402Client as OlderClient, wrapFetchWithPayment as olderWrapFetch } from 'x402-fetch-2-10'
import { settlementOf } from '../src/client/refusal-reason.js'
import { wrapFetch } from '../src/client/wrap-fetch.js'
import { createBatchWriter } from '../src/evm/batch-writer.js'
import { exactClient, uptoClient } from '../src/evm/evm-client.js'
import { exactFacilitator, uptoFacilitator } from '../src/evm/evm-facilitator.js'
import { expressPaywall } from '../src/express/express-paywall.js'
import { createFacilitator } from '../src/facilitator/create-facilitator.js'
import { createFacilitatorClient } from '../src/facilitator/create-facilitator-client.js'
import { createFacilitatorHandler } from '../src/facilitator/create-facilitator-handler.js'
import type { Hex } from '../src/hex.js'
import { honoPaywall } from '../src/hono/hono-paywall.js'
import { decodeHeaderObject } from '../src/protocol/header.js'
import type { PaymentRequirements } from '../src/protocol/payment-requirements.js'
import { createMemoryAnswerStore } from '../src/server/answer-store.js'
import { createMemoryReservationStore } from '../src/server/memory-reservation-store.js'
import type { PaidContext, PaywallOptions } from '../src/server/paywall-options.js'
import { NETWORK, startTestChain, type TestChain } from './chain-setup.js'
import { accountOf, exactRequirements, permitRequirements, USDC, uptoRequirements } from './fixtures.js'

const payer = accountOf('interop payer')
const payee = accountOf('interop payee').address
const PRICE = '10000'

const schemes = ['exact EIP-3009', 'exact Permit2', 'upto', 'exact upfront'] as const
type Scheme = (typeof schemes)[number]
const facilitatorNames = ['our facilitator', 'our batching facilitator', 'official facilitator 2.27'] as const
type FacilitatorName = (typeof facilitatorNames)[number]

let on: TestChain
const facilitators = new Map<FacilitatorName, { url: string; uptoAddress: Hex }>()
const closers: (() => void)[] = []

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

function listenHono(app: Hono): Promise<string> {
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
      resolve(`http://127.0.0.1:${port}`),
    )
    closers.push(() => {
      if ('closeAllConnections' in server) server.closeAllConnections()
      server.close()
    })
  })
}

async function startOurs(index: number, contract: Hex | undefined): Promise<{ url: string; uptoAddress: Hex }> {
  const port = on.portOf(index)
  const options = { network: NETWORK, chain: port, assets: [USDC] } as const
  const batch = { writer: port, chain: port, windowMs: 20 }
  const exact =
    contract === undefined ? port : createBatchWriter({ ...batch, route: { kind: 'multicall3', assets: [USDC] } })
  const upto =
    contract === undefined ? port : createBatchWriter({ ...batch, route: { kind: 'contract', address: contract } })
  const facilitator = createFacilitator({
    schemes: [exactFacilitator({ ...options, writer: exact }), uptoFacilitator({ ...options, writer: upto })],
  })
  const handle = createFacilitatorHandler({ facilitator })
  const app = new Hono()
  app.all('*', async (c) => (await handle(c.req.raw)) ?? c.notFound())
  return { url: await listenHono(app), uptoAddress: upto.address }
}

async function startOfficial(index: number): Promise<{ url: string; uptoAddress: Hex }> {
  const account = privateKeyToAccount(on.keyAt(index))
  const wallet = createWalletClient({
    account,
    chain: baseSepolia,
    transport: http(on.chain.rpcUrl),
    pollingInterval: 20,
  }).extend(publicActions)
  const signer = toFacilitatorEvmSigner({ ...wallet, address: account.address } as never)
  const facilitator = new x402Facilitator()
  facilitator.register(NETWORK, new OfficialExactFacilitator(signer))
  facilitator.register(NETWORK, new OfficialUptoFacilitator(signer))
  facilitator.registerV1('base-sepolia' as never, new OfficialExactFacilitatorV1(signer))
  const app = express()
  app.use(express.json())
  for (const action of ['verify', 'settle'] as const) {
    app.post(`/${action}`, async (request, response) => {
      const { paymentPayload, paymentRequirements } = request.body as never
      response.json(await facilitator[action](paymentPayload, paymentRequirements))
    })
  }
  app.get('/supported', (_request, response) => void response.json(facilitator.getSupported()))
  return { url: await listen(createServer(app)), uptoAddress: account.address }
}

function facilitatorOf(name: FacilitatorName): { url: string; uptoAddress: Hex } {
  const facilitator = facilitators.get(name)
  if (facilitator === undefined) throw new Error('not started')
  return facilitator
}

function requirementsOf(scheme: Scheme, uptoAddress: Hex): PaymentRequirements {
  switch (scheme) {
    case 'exact EIP-3009':
      return exactRequirements({ payTo: payee })
    case 'exact Permit2':
      return permitRequirements({ payTo: payee })
    case 'upto':
      return uptoRequirements(uptoAddress, { payTo: payee })
    case 'exact upfront':
      return exactRequirements({ payTo: payee, extra: { name: 'USDC', version: '2', paymentFlow: 'upfront' } })
  }
}

/** What official servers take for the same price. */
function acceptsOf(scheme: Scheme) {
  const transfer = scheme === 'exact Permit2' || scheme === 'upto' ? { assetTransferMethod: 'permit2' } : {}
  const flow = scheme === 'exact upfront' ? { extra: { paymentFlow: 'upfront' } } : {}
  return {
    scheme: scheme === 'upto' ? 'upto' : 'exact',
    network: NETWORK,
    payTo: payee,
    price: { amount: PRICE, asset: USDC, extra: { name: 'USDC', version: '2', ...transfer } },
    maxTimeoutSeconds: 60,
    ...flow,
  } as const
}

function paywallOptions(scheme: Scheme, name: FacilitatorName): PaywallOptions {
  const { url, uptoAddress } = facilitatorOf(name)
  const accepts = [requirementsOf(scheme, uptoAddress)]
  return {
    requirementsFor: (request) => ({ resource: { url: request.url, description: 'paid' }, accepts }),
    store: createMemoryReservationStore(),
    facilitator: createFacilitatorClient({ baseUrl: url }),
    paymentIdentifier: { store: createMemoryAnswerStore() },
    offerReceipt: { signer: accountOf('interop server') },
  }
}

const servers = {
  async 'our hono server'(scheme: Scheme, name: FacilitatorName): Promise<string> {
    const app = new Hono()
    app.use('/paid', honoPaywall(paywallOptions(scheme, name)))
    app.get('/paid', (c) => c.json({ paid: true }))
    return listenHono(app)
  },
  async 'our express server'(scheme: Scheme, name: FacilitatorName): Promise<string> {
    const app = express()
    const handler = async (_paid: PaidContext): Promise<Response> => Response.json({ paid: true })
    app.get('/paid', expressPaywall({ ...paywallOptions(scheme, name), handler }))
    return listen(createServer(app))
  },
  async 'official express 2.27'(scheme: Scheme, name: FacilitatorName): Promise<string> {
    const server = new ExpressResourceServer(new HTTPFacilitatorClient({ url: facilitatorOf(name).url }))
    server.register(NETWORK, new OfficialExactServer()).register(NETWORK, new OfficialUptoServer())
    const app = express()
    app.use(expressMiddleware({ 'GET /paid': { accepts: acceptsOf(scheme), description: 'paid' } }, server))
    app.get('/paid', (_request, response) => void response.json({ paid: true }))
    return listen(createServer(app))
  },
  async 'official hono 2.27'(scheme: Scheme, name: FacilitatorName): Promise<string> {
    const server = new HonoResourceServer(new HTTPFacilitatorClient({ url: facilitatorOf(name).url }))
    server.register(NETWORK, new OfficialExactServer()).register(NETWORK, new OfficialUptoServer())
    const app = new Hono()
    app.use(honoMiddleware({ 'GET /paid': { accepts: acceptsOf(scheme), description: 'paid' } }, server))
    app.get('/paid', (c) => c.json({ paid: true }))
    return listenHono(app)
  },
  async 'official express 2.10'(scheme: Scheme, name: FacilitatorName): Promise<string> {
    const server = new OlderResourceServer(new OlderFacilitatorClient({ url: facilitatorOf(name).url }))
    server.register(NETWORK, new OlderExactServer()).register(NETWORK, new OlderUptoServer())
    const app = express()
    app.use(olderMiddleware({ 'GET /paid': { accepts: acceptsOf(scheme), description: 'paid' } }, server))
    app.get('/paid', (_request, response) => void response.json({ paid: true }))
    return listen(createServer(app))
  },
} as const

/** Everything that passes is read by the official schemas, whoever wrote it. */
const watchedFetch: typeof fetch = async (input, init) => {
  const request = new Request(input, init)
  const payment = request.headers.get('payment-signature')
  if (payment !== null) PaymentPayloadSchema.parse(decodeHeaderObject(payment))
  const response = await fetch(request)
  const required = response.headers.get('payment-required')
  if (required !== null) PaymentRequiredSchema.parse(decodeHeaderObject(required))
  return response
}

const clients = {
  'our client': () =>
    wrapFetch({
      fetch: watchedFetch,
      schemes: [exactClient({ signer: payer }), uptoClient({ signer: payer })],
      policy: { maxAmountPerCall: BigInt(PRICE), assets: [USDC] },
    }),
  'official client 2.27'() {
    const client = new x402Client()
    client.register(NETWORK, new OfficialExactClient(payer)).register(NETWORK, new OfficialUptoClient(payer))
    return wrapFetchWithPayment(watchedFetch, client)
  },
  'official client 2.10'() {
    const client = new OlderClient()
    client.register(NETWORK, new OlderExactClient(payer)).register(NETWORK, new OlderUptoClient(payer))
    return olderWrapFetch(watchedFetch, client)
  },
} as const

const isOfficial = (name: string): boolean => name.startsWith('official')

/** What the peers themselves cannot do. */
function isPossible(cell: { client: string; server: string; facilitator: string; scheme: Scheme }): boolean {
  // Payment flows came after 2.10.
  return cell.scheme !== 'exact upfront' || cell.server !== 'official express 2.10'
}

const cells = (Object.keys(servers) as (keyof typeof servers)[]).flatMap((server) =>
  facilitatorNames.flatMap((facilitator) =>
    schemes.flatMap((scheme) =>
      (Object.keys(clients) as (keyof typeof clients)[])
        .map((client) => ({ client, server, facilitator, scheme }))
        // Three official peers prove nothing about us.
        .filter((cell) => !(isOfficial(cell.client) && isOfficial(cell.server) && isOfficial(cell.facilitator)))
        .filter(isPossible),
    ),
  ),
)

beforeAll(async () => {
  on = await startTestChain()
  await on.fund(payer, 100_000_000n)
  const contract = await on.deployBatchFacilitator([on.portOf(1).address])
  facilitators.set('our facilitator', await startOurs(0, undefined))
  facilitators.set('our batching facilitator', await startOurs(1, contract))
  facilitators.set('official facilitator 2.27', await startOfficial(2))
}, 120_000)

afterAll(async () => {
  for (const close of closers) close()
  await on?.chain.stop()
})

describe('interop matrix of version 2', () => {
  test.each(cells)(
    'default: $client, $server, $facilitator, $scheme',
    async ({ client, server, facilitator, scheme }) => {
      const url = await servers[server](scheme, facilitator)
      const before = await tokenBalance(on.chain, payee)
      const response = await clients[client]()(`${url}/paid`)
      expect([response.status, await response.json()]).toEqual([200, { paid: true }])
      const settled = decodePaymentResponseHeader(response.headers.get('payment-response') ?? '')
      expect(settled).toMatchObject({ success: true, network: NETWORK })
      expect(settled.payer?.toLowerCase()).toBe(payer.address.toLowerCase())
      expect(settled.transaction).toMatch(/^0x[0-9a-f]{64}$/)
      expect(settlementOf(response)).toMatchObject({ success: true, transaction: settled.transaction })
      expect((await tokenBalance(on.chain, payee)) - before).toBe(BigInt(PRICE))
    },
  )
})

describe('interop of version 1', () => {
  const requirements = {
    scheme: 'exact' as const,
    network: 'base-sepolia' as const,
    maxAmountRequired: PRICE,
    resource: 'http://127.0.0.1/paid' as const,
    description: 'paid',
    mimeType: 'application/json',
    payTo: payee,
    maxTimeoutSeconds: 60,
    asset: USDC as Hex,
    extra: { name: 'USDC', version: '2' },
  }

  /** A server of version 1 out of the official package's parts; it ships no middleware of its own. */
  async function legacyServer(facilitatorUrl: string): Promise<string> {
    const { verify, settle } = useFacilitator({ url: facilitatorUrl as `${string}://${string}` })
    const app = express()
    app.get('/paid', async (request, response) => {
      const header = request.header('x-payment')
      if (header === undefined) {
        response.status(402).json({ x402Version: 1, error: 'X-PAYMENT header is required', accepts: [requirements] })
        return
      }
      const payment = decodeHeaderObject(header) as never
      const verdict = await verify(payment, requirements)
      if (!verdict.isValid) {
        response.status(402).json({ x402Version: 1, error: verdict.invalidReason, accepts: [requirements] })
        return
      }
      const settled = await settle(payment, requirements)
      response.header('X-PAYMENT-RESPONSE', settleResponseHeader(settled)).json({ paid: true })
    })
    return listen(createServer(app))
  }

  test.each(facilitatorNames)('default: our client, legacy server 1.2.0, %s', async (name) => {
    const url = await legacyServer(facilitatorOf(name).url)
    const before = await tokenBalance(on.chain, payee)
    const response = await clients['our client']()(`${url}/paid`)
    expect([response.status, await response.json()]).toEqual([200, { paid: true }])
    expect(settlementOf(response)).toMatchObject({ success: true, network: NETWORK })
    expect((await tokenBalance(on.chain, payee)) - before).toBe(BigInt(PRICE))
  })

  test.each(facilitatorNames.slice(0, 2))('default: legacy client 1.2.0, legacy server 1.2.0, %s', async (name) => {
    const url = await legacyServer(facilitatorOf(name).url)
    const before = await tokenBalance(on.chain, payee)
    const header = await createPaymentHeader(payer, 1, requirements)
    const response = await fetch(`${url}/paid`, { headers: { 'X-PAYMENT': header } })
    expect(response.status).toBe(200)
    expect(settlementOf(response)).toMatchObject({ success: true })
    expect((await tokenBalance(on.chain, payee)) - before).toBe(BigInt(PRICE))
  })

  test('default: official client 2.27 pays version 1, our facilitator', async () => {
    const { ExactEvmSchemeV1 } = await import('@x402/evm/exact/v1/client')
    const client = new x402Client()
    client.registerV1('base-sepolia' as never, new ExactEvmSchemeV1(payer))
    const url = await legacyServer(facilitatorOf('our facilitator').url)
    const before = await tokenBalance(on.chain, payee)
    expect((await wrapFetchWithPayment(fetch, client)(`${url}/paid`)).status).toBe(200)
    expect((await tokenBalance(on.chain, payee)) - before).toBe(BigInt(PRICE))
  })

  test('error: [30] a payer without funds is refused in the words of version 1', async () => {
    const poor = accountOf('legacy poor')
    await mintToken(on.chain, { to: poor.address, amount: 1n })
    const url = await legacyServer(facilitatorOf('our facilitator').url)
    const header = await createPaymentHeader(poor, 1, requirements)
    const response = await fetch(`${url}/paid`, { headers: { 'X-PAYMENT': header } })
    expect(response.status).toBe(402)
  })
})

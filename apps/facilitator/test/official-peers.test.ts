import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Chain, deployPaymentContracts, type PaymentContracts, startChain, tokenBalance } from '@og/devchain'
import { isHex } from '@og/x402'
import { channelClient } from '@og/x402/channel'
import { wrapFetch } from '@og/x402/client'
import { exactClient, uptoClient } from '@og/x402/evm'
import { createFacilitatorClient, facilitatorOfOfficial, officialFacilitatorClient } from '@og/x402/facilitator'
import { createMemoryReservationStore, createPaywall } from '@og/x402/server'
import { x402Facilitator } from '@x402/core/facilitator'
import { type FacilitatorClient, HTTPFacilitatorClient } from '@x402/core/server'
import { toFacilitatorEvmSigner } from '@x402/evm'
import { BatchSettlementEvmScheme as OfficialChannelClient } from '@x402/evm/batch-settlement/client'
import { BatchSettlementEvmScheme as OfficialChannelServer } from '@x402/evm/batch-settlement/server'
import { ExactEvmScheme as OfficialExactClient } from '@x402/evm/exact/client'
import { ExactEvmScheme as OfficialExactFacilitator } from '@x402/evm/exact/facilitator'
import { ExactEvmScheme as OfficialExactServer } from '@x402/evm/exact/server'
import { ExactEvmSchemeV1 } from '@x402/evm/exact/v1/client'
import { UptoEvmScheme as OfficialUptoClient } from '@x402/evm/upto/client'
import { UptoEvmScheme as OfficialUptoServer } from '@x402/evm/upto/server'
import { paymentMiddleware, setSettlementOverrides, x402ResourceServer } from '@x402/express'
import { bazaarResourceServerExtension, declareDiscoveryExtension, withBazaar } from '@x402/extensions/bazaar'
import { decodePaymentResponseHeader, wrapFetchWithPayment, x402Client } from '@x402/fetch'
import express from 'express'
import { createPublicClient, createWalletClient, http, publicActions } from 'viem'
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { baseSepolia } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConfig, type RunningFacilitator, startFacilitator } from '../src/index.js'
import { type Listening, listen } from './listen.js'
import { createPaymentWorld } from './payments.js'

const NETWORK = 'eip155:84532'
const KEY = 'key-of-the-official-peers'
const payTo = privateKeyToAccount(generatePrivateKey()).address

let chain: Chain
let contracts: PaymentContracts
let payer: PrivateKeyAccount
let facilitator: RunningFacilitator
let folder: string
let server: Listening
let channels: OfficialChannelServer
const closers: (() => Promise<void>)[] = []

/** The official HTTP client, with a key as its users give it. */
function officialHttpClient(): HTTPFacilitatorClient {
  const headers = { authorization: `Bearer ${KEY}` }
  return new HTTPFacilitatorClient({
    url: facilitator.url,
    createAuthHeaders: async () => ({ verify: headers, settle: headers, supported: headers, bazaar: headers }),
  })
}

const ourClient = () =>
  createFacilitatorClient({ baseUrl: facilitator.url, headers: { authorization: `Bearer ${KEY}` } })

const transferMethods = { '/exact': {}, '/permit': { assetTransferMethod: 'permit2' } } as const

/** The official express middleware in front of four prices. */
async function officialServer(client: FacilitatorClient): Promise<Listening> {
  channels = new OfficialChannelServer(payTo)
  const resources = new x402ResourceServer(client)
    .register(NETWORK, new OfficialExactServer())
    .register(NETWORK, new OfficialUptoServer())
    .register(NETWORK, channels)
  resources.registerExtension(bazaarResourceServerExtension)
  const price = (extra: object) => ({
    asset: contracts.token,
    amount: '1000',
    extra: { name: 'USDC', version: '2', ...extra },
  })
  const accepts = (scheme: string, extra: object = {}) =>
    ({ scheme, network: NETWORK, payTo, price: price(extra), maxTimeoutSeconds: 300 }) as const
  const extensions = declareDiscoveryExtension({
    input: { city: 'Paris' },
    inputSchema: { properties: { city: { type: 'string' } }, required: ['city'] },
    output: { example: { weather: 'fine' } },
  })
  const app = express()
  app.use(
    paymentMiddleware(
      {
        'GET /exact': {
          accepts: accepts('exact'),
          description: 'Weather by city',
          mimeType: 'application/json',
          extensions,
        },
        'GET /permit': { accepts: accepts('exact', transferMethods['/permit']) },
        'GET /upto': {
          accepts: accepts('upto', { assetTransferMethod: 'permit2' }),
          description: 'Metered',
          extensions,
        },
        'GET /channel': { accepts: accepts('batch-settlement') },
      },
      resources,
    ),
  )
  for (const path of ['/exact', '/permit', '/upto', '/channel']) {
    app.get(path, (_request, response) => {
      if (path === '/upto' || path === '/channel') setSettlementOverrides(response, { amount: '321' })
      response.json({ paid: true })
    })
  }
  const listening = await listen(app)
  closers.push(listening.close)
  return listening
}

function officialFetch(): typeof fetch {
  const reader = createPublicClient({ chain: baseSepolia, transport: http(chain.rpcUrl) })
  const signer = Object.assign({}, payer, { readContract: reader.readContract.bind(reader) })
  const client = new x402Client()
    .register(NETWORK, new OfficialExactClient(payer))
    .register(NETWORK, new OfficialUptoClient(payer))
    .register(NETWORK, new OfficialChannelClient(signer as never, { depositPolicy: { depositMultiplier: 10 } }))
  return wrapFetchWithPayment(fetch, client) as typeof fetch
}

const ourFetch = () =>
  wrapFetch({
    schemes: [channelClient({ signer: payer }), uptoClient({ signer: payer }), exactClient({ signer: payer })],
    policy: { maxAmountPerCall: 1_000n, maxDeposit: 100_000n, assets: [contracts.token] },
  })

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'og-facilitator-peers-'))
  chain = await startChain()
  contracts = await deployPaymentContracts(chain)
  payer = await createPaymentWorld(chain, contracts).payer({ tokens: 1_000_000n, permit2: true })
  facilitator = await startFacilitator(
    parseConfig({
      port: 0,
      rpcUrl: chain.rpcUrl,
      chainId: chain.chainId,
      privateKey: chain.accounts[1]?.privateKey,
      ledgerPath: join(folder, 'facilitator.db'),
      assets: [contracts.token],
      batch: { contract: 'deploy', windowMs: 10 },
      authorizerKey: chain.accounts[2]?.privateKey,
      // A key for this payee only: what official servers ask, claims and sweeps included, names no other.
      apiKeys: [{ name: 'peers', sha256: createHash('sha256').update(KEY).digest('hex'), payTo: [payTo] }],
      discovery: { privateHosts: true },
    }),
  )
  server = await officialServer(officialHttpClient())
}, 60_000)
afterAll(async () => {
  await Promise.all(closers.map((close) => close()))
  await facilitator?.close()
  await chain?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const paid = (): Promise<bigint> => tokenBalance(chain, payTo)

describe.each([
  ['official client', officialFetch],
  ['our client', ourFetch],
] as const)('%s, official server, this facilitator with batches and keys', (_name, fetchOf) => {
  test.each([
    ['/exact', 1_000n],
    ['/permit', 1_000n],
    ['/upto', 321n],
  ] as const)('default: %s', async (path, charge) => {
    const before = await paid()
    const response = await fetchOf()(`${server.url}${path}`)
    expect([response.status, await response.json()]).toEqual([200, { paid: true }])
    const settled = decodePaymentResponseHeader(response.headers.get('payment-response') ?? '')
    expect(settled).toMatchObject({ success: true, network: NETWORK, amount: `${charge}` })
    expect(isHex(settled.transaction, 32)).toBe(true)
    expect((await paid()) - before).toBe(charge)
  })

  test('default: a channel, its claim and its sweep', async () => {
    const before = await paid()
    const pay = fetchOf()
    for (let call = 0; call < 2; call += 1) expect((await pay(`${server.url}/channel`)).status).toBe(200)
    const manager = channels.createChannelManager(officialHttpClient(), NETWORK)
    expect(await manager.claimAndSettle()).toMatchObject({ claims: [{ vouchers: 1 }] })
    expect((await paid()) - before).toBe(642n)
  })
})

describe('the official FacilitatorClient, both ways', () => {
  test('default: our facilitator client in the official server', async () => {
    const client: FacilitatorClient = officialFacilitatorClient(ourClient())
    const listening = await officialServer(client)
    const before = await paid()
    for (const path of ['/exact', '/upto']) expect((await officialFetch()(`${listening.url}${path}`)).status).toBe(200)
    expect((await paid()) - before).toBe(1_321n)
  })

  test.each([
    ['their HTTP client, over this facilitator', async () => officialHttpClient()],
    ['their facilitator, in this process', async () => officialFacilitatorInProcess()],
  ] as const)('default: our paywall settles through %s', async (_name, clientOf) => {
    const accepts = [
      {
        scheme: 'exact',
        network: NETWORK,
        amount: '1000',
        asset: contracts.token,
        payTo,
        maxTimeoutSeconds: 300,
        extra: { name: 'USDC', version: '2' },
      },
    ] as const
    const paywall = createPaywall({
      requirementsFor: (request) => ({ resource: { url: request.url }, accepts }),
      store: createMemoryReservationStore(),
      facilitator: facilitatorOfOfficial(await clientOf()),
    })
    const pay = wrapFetch({
      fetch: (input, init) => paywall(new Request(input, init), async () => Response.json({ paid: true })),
      schemes: [exactClient({ signer: payer })],
      policy: { maxAmountPerCall: 1_000n, assets: [contracts.token] },
    })
    const before = await paid()
    const response = await pay('https://api.example/x')
    expect([response.status, await response.json()]).toEqual([200, { paid: true }])
    expect((await paid()) - before).toBe(1_000n)
  })

  /** The official facilitator as an object, with the one method that their own interface names differently. */
  function officialFacilitatorInProcess(): FacilitatorClient {
    const account = privateKeyToAccount(chain.accounts[3]?.privateKey ?? '0x')
    const wallet = createWalletClient({
      account,
      chain: baseSepolia,
      transport: http(chain.rpcUrl),
      pollingInterval: 20,
    }).extend(publicActions)
    const signer = toFacilitatorEvmSigner({ ...wallet, address: account.address } as never)
    const official = new x402Facilitator()
    official.register(NETWORK, new OfficialExactFacilitator(signer))
    return {
      verify: (payload, requirements) => official.verify(payload, requirements),
      settle: (payload, requirements) => official.settle(payload, requirements),
      getSupported: async () => official.getSupported() as never,
    }
  }
})

test('version 1: a payment of the official client is verified and settled', async () => {
  const requirements = {
    scheme: 'exact',
    network: 'base-sepolia',
    maxAmountRequired: '1000',
    resource: 'http://127.0.0.1/paid',
    description: 'paid',
    mimeType: 'application/json',
    payTo,
    maxTimeoutSeconds: 300,
    asset: contracts.token,
    extra: { name: 'USDC', version: '2' },
  }
  const signed = await new ExactEvmSchemeV1(payer).createPaymentPayload(1, requirements as never)
  const paymentPayload = { ...signed, scheme: 'exact', network: 'base-sepolia' }
  const before = await paid()
  const ask = async (path: string) =>
    (
      await fetch(facilitator.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': KEY },
        body: JSON.stringify({ x402Version: 1, paymentPayload, paymentRequirements: requirements }),
      })
    ).json()
  expect(await ask('/verify')).toMatchObject({ isValid: true, payer: payer.address })
  expect(await ask('/settle')).toMatchObject({ success: true, network: 'base-sepolia', payer: payer.address })
  expect((await paid()) - before).toBe(1_000n)
})

describe('discovery', () => {
  const bazaar = () => withBazaar(officialHttpClient()).extensions.bazaar

  test('default: the official client lists what was settled and declared, and nothing else', async () => {
    const { items, pagination } = await bazaar().listResources({ type: 'http', network: NETWORK })
    expect(items.map((item) => new URL(item.resource).pathname)).toEqual(expect.arrayContaining(['/exact', '/upto']))
    expect(pagination).toMatchObject({ limit: 20, offset: 0, total: items.length })
    for (const item of items) expect(['/exact', '/upto']).toContain(new URL(item.resource).pathname)
    const weather = items.find((item) => item.resource === `${server.url}/exact`)
    expect(weather).toMatchObject({
      type: 'http',
      x402Version: 2,
      description: 'Weather by city',
      mimeType: 'application/json',
      accepts: [{ scheme: 'exact', amount: '1000', payTo }],
      extensions: { bazaar: { info: { input: { type: 'http', method: 'GET', queryParams: { city: 'Paris' } } } } },
    })
    expect(Date.parse(weather?.lastUpdated ?? '')).toBeGreaterThan(Date.now() - 120_000)
    expect(JSON.stringify(items)).not.toContain('signature')
  })

  test('default: the official client searches', async () => {
    const { resources } = await bazaar().search({ query: 'weather in a city', limit: 1 })
    expect(resources.map((item) => item.description)).toEqual(['Weather by city'])
    expect((await bazaar().search({ query: 'weather', scheme: 'upto' })).resources).toEqual([])
    expect((await bazaar().listResources({ payTo: payer.address })).items).toEqual([])
    expect((await bazaar().listResources({ extensions: 'bazaar', limit: 1, offset: 1 })).items).toHaveLength(1)
  })

  test.each(['limit=0', 'limit=101', 'offset=-1', 'limit=x', `type=${'x'.repeat(200)}`])(
    'error: %s is 400',
    async (query) => {
      expect((await fetch(`${facilitator.url}/discovery/resources?${query}`)).status).toBe(400)
    },
  )

  test('error: a search for nothing, or with a cursor that was never given, is 400', async () => {
    expect((await fetch(`${facilitator.url}/discovery/search`)).status).toBe(400)
    expect((await fetch(`${facilitator.url}/discovery/search?query=a&cursor=next`)).status).toBe(400)
  })
})

test('what is supported is what stands on the chain', async () => {
  const supported = await ourClient().supported()
  expect(supported.kinds.map(({ scheme, extra }) => [scheme, extra])).toEqual([
    ['exact', undefined],
    ['upto', { facilitatorAddress: facilitator.facilitatorAddress }],
    ['batch-settlement', { receiverAuthorizer: chain.accounts[2]?.address }],
  ])
  expect(supported.extensions).toEqual(['bazaar'])
  expect(facilitator.facilitatorAddress).not.toBe(facilitator.address)
  expect(supported.signers['eip155:*']).toEqual([facilitator.address])
})

import { tokenBalance } from '@og/devchain'
import { x402Facilitator } from '@x402/core/facilitator'
import { HTTPFacilitatorClient } from '@x402/core/server'
import { toFacilitatorEvmSigner } from '@x402/evm'
import { BatchSettlementEvmScheme as OfficialClient } from '@x402/evm/batch-settlement/client'
import { BatchSettlementEvmScheme as OfficialFacilitator } from '@x402/evm/batch-settlement/facilitator'
import { BatchSettlementEvmScheme as OfficialServer } from '@x402/evm/batch-settlement/server'
import { paymentMiddleware, setSettlementOverrides, x402ResourceServer } from '@x402/express'
import { decodePaymentResponseHeader, wrapFetchWithPayment, x402Client } from '@x402/fetch'
import express from 'express'
import { createPublicClient, createWalletClient, http, publicActions } from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import { privateKeyToAccount } from 'viem/accounts'
import { baseSepolia } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { channelClient } from '../src/channel/client/channel-client.js'
import { claimChannels, settleChannels } from '../src/channel/server/claim-channels.js'
import { settlementOf } from '../src/client/refusal-reason.js'
import { wrapFetch } from '../src/client/wrap-fetch.js'
import { createFacilitatorClient } from '../src/facilitator/create-facilitator-client.js'
import type { Facilitator } from '../src/facilitator/facilitator.js'
import {
  authorizer,
  type Bench,
  channelRequirements,
  NETWORK,
  paidServer,
  permitChannel,
  startBench,
} from './channel-setup.js'
import { accountOf, USDC } from './fixtures.js'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const policy = { maxAmountPerCall: 2_000n, assets: [USDC] } as const

function officialClient(account: PrivateKeyAccount): { pay: typeof fetch; scheme: OfficialClient } {
  const reader = createPublicClient({ chain: baseSepolia, transport: http(bench.chain.rpcUrl) })
  const signer = Object.assign({}, account, { readContract: reader.readContract.bind(reader) })
  const scheme = new OfficialClient(signer as ConstructorParameters<typeof OfficialClient>[0], {
    depositPolicy: { depositMultiplier: 10 },
  })
  const client = new x402Client()
  client.register(NETWORK, scheme)
  return { pay: wrapFetchWithPayment(fetch, client) as typeof fetch, scheme }
}

/** The official facilitator over HTTP, as its users run it. */
async function officialFacilitator(): Promise<string> {
  const key = bench.chain.accounts[3]?.privateKey
  if (key === undefined) throw new Error('no account')
  const account = privateKeyToAccount(key)
  const wallet = createWalletClient({
    chain: baseSepolia,
    transport: http(bench.chain.rpcUrl),
    account,
    pollingInterval: 20,
  }).extend(publicActions)
  const signer = toFacilitatorEvmSigner({ ...wallet, address: account.address } as unknown as Parameters<
    typeof toFacilitatorEvmSigner
  >[0])
  const facilitator = new x402Facilitator()
  facilitator.register(
    NETWORK,
    new OfficialFacilitator(signer, authorizer as ConstructorParameters<typeof OfficialFacilitator>[1]),
  )
  const app = express()
  app.use(express.json())
  type Question = Parameters<typeof facilitator.verify>
  app.post('/verify', async (request, response) => {
    const { paymentPayload, paymentRequirements } = request.body as {
      paymentPayload: Question[0]
      paymentRequirements: Question[1]
    }
    response.json(await facilitator.verify(paymentPayload, paymentRequirements))
  })
  app.post('/settle', async (request, response) => {
    const { paymentPayload, paymentRequirements } = request.body as {
      paymentPayload: Question[0]
      paymentRequirements: Question[1]
    }
    response.json(await facilitator.settle(paymentPayload, paymentRequirements))
  })
  app.get('/supported', (_, response) => {
    response.json(facilitator.getSupported())
  })
  return bench.listen(app)
}

/** The official express middleware in front of a handler that charges what the query says. */
async function officialServer(
  facilitatorUrl: string,
  payTo: `0x${string}`,
): Promise<{ url: string; scheme: OfficialServer }> {
  const scheme = new OfficialServer(payTo)
  const server = new x402ResourceServer(new HTTPFacilitatorClient({ url: facilitatorUrl })).register(NETWORK, scheme)
  const app = express()
  const price = { asset: USDC, amount: '1000', extra: { name: 'USDC', version: '2' } }
  app.use(
    paymentMiddleware(
      {
        'GET /paid': {
          accepts: { scheme: 'batch-settlement', network: NETWORK, payTo, price, maxTimeoutSeconds: 300 },
        },
      },
      server,
    ),
  )
  app.get('/paid', (request, response) => {
    const wanted = request.query['charge']
    if (typeof wanted === 'string') setSettlementOverrides(response, { amount: wanted })
    response.json({ ok: true })
  })
  return { url: `${await bench.listen(app)}/paid`, scheme }
}

const facilitators: readonly [string, () => Promise<Facilitator>][] = [
  ['our facilitator', async () => createFacilitatorClient({ baseUrl: bench.facilitatorUrl })],
  ['the official facilitator', async () => createFacilitatorClient({ baseUrl: await officialFacilitator() })],
]

describe.each(facilitators)('official client, our paywall, %s', (name, facilitatorOf) => {
  test.each([
    ['EIP-3009', channelRequirements],
    ['Permit2', permitChannel],
  ])('behavior: %s deposit, vouchers, claim, settle, refund', async (method, requirementsOf) => {
    const payTo = accountOf(`${name} ${method} payee`).address
    const account = await bench.payer(`${name} ${method}`)
    const facilitator = await facilitatorOf()
    const server = await paidServer(bench, { requirements: requirementsOf({ payTo }), facilitator })
    const { pay, scheme } = officialClient(account)
    const first = await pay(`${server.url}/?charge=400`)
    expect(first.status).toBe(200)
    const settled = decodePaymentResponseHeader(first.headers.get('PAYMENT-RESPONSE') ?? '')
    expect(settled).toMatchObject({ success: true, amount: '10000', extra: { chargedAmount: '400' } })
    for (const charge of [1, 2, 3]) expect((await pay(`${server.url}/?charge=${charge}`)).status).toBe(200)
    expect(await claimChannels({ server: server.channels })).toMatchObject([
      { amount: 406n, settlement: { success: true } },
    ])
    expect(await settleChannels(server.channels, { network: NETWORK, receiver: payTo, token: USDC })).toMatchObject({
      success: true,
      amount: '406',
    })
    expect((await pay(`${server.url}/?charge=94`)).status).toBe(200)
    const refund = await scheme.refund(server.url)
    expect(refund).toMatchObject({ success: true, amount: '9500' })
    expect(await tokenBalance(bench.chain, account.address)).toBe(1_000_000n - 500n)
  })

  test('behavior: an official client that lost count is corrected', async () => {
    const account = await bench.payer(`${name} lost`)
    const server = await paidServer(bench, { facilitator: await facilitatorOf() })
    expect((await officialClient(account).pay(`${server.url}/?charge=300`)).status).toBe(200)
    const response = await officialClient(account).pay(`${server.url}/?charge=30`)
    expect(response.status).toBe(200)
    expect(decodePaymentResponseHeader(response.headers.get('PAYMENT-RESPONSE') ?? '')).toMatchObject({
      extra: { chargedAmount: '30', channelState: { chargedCumulativeAmount: '330' } },
    })
  })
})

describe.each([
  ['our facilitator', async () => bench.facilitatorUrl],
  ['the official facilitator', officialFacilitator],
] as const)('our client, the official express server, %s', (name, urlOf) => {
  test('behavior: deposit, vouchers with partial charges, correction, refund', async () => {
    const payTo = accountOf(`express payee ${name}`).address
    const account = await bench.payer(`express ${name}`)
    const server = await officialServer(await urlOf(), payTo)
    const client = channelClient({ signer: account, chain: bench.port })
    const pay = wrapFetch({ schemes: [client], policy })
    const first = await pay(`${server.url}?charge=250`)
    expect(first.status).toBe(200)
    expect(settlementOf(first)).toMatchObject({ success: true, amount: '10000', extra: { chargedAmount: '250' } })
    for (const charge of [10, 20, 30]) {
      const response = await pay(`${server.url}?charge=${charge}`)
      expect(settlementOf(response)?.extra).toMatchObject({ chargedAmount: `${charge}` })
    }
    expect(await client.channels()).toMatchObject([{ charged: 310n, balance: 10_000n, isInDoubt: false }])

    // Another device without state: the official corrective 402 is enough.
    const fresh = channelClient({ signer: account, chain: bench.port })
    const corrected = await wrapFetch({ schemes: [fresh], policy })(`${server.url}?charge=5`)
    expect(corrected.status).toBe(200)
    expect(await fresh.channels()).toMatchObject([{ charged: 315n }])

    const refund = await fresh.refund(server.url, { fetch })
    expect(refund).toMatchObject({ success: true, amount: '9685' })
    expect(await tokenBalance(bench.chain, account.address)).toBe(1_000_000n - 315n)
  })

  test('#49 parallel calls on one channel all succeed', async () => {
    const account = await bench.payer(`parallel ${name}`)
    const server = await officialServer(await urlOf(), accountOf(`parallel payee ${name}`).address)
    const client = channelClient({ signer: account, chain: bench.port })
    const pay = wrapFetch({ schemes: [client], policy })
    const answers = await Promise.all(Array.from({ length: 6 }, () => pay(`${server.url}?charge=7`)))
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200))
    expect(await client.channels()).toMatchObject([{ charged: 42n }])
  })
})

test('behavior: official manager claims and settles through our facilitator', async () => {
  const payTo = accountOf('manager payee').address
  const account = await bench.payer('manager payer')
  const server = await officialServer(bench.facilitatorUrl, payTo)
  const pay = wrapFetch({ schemes: [channelClient({ signer: account })], policy })
  expect((await pay(`${server.url}?charge=640`)).status).toBe(200)
  const manager = server.scheme.createChannelManager(new HTTPFacilitatorClient({ url: bench.facilitatorUrl }), NETWORK)
  // It asks with maxTimeoutSeconds 0, which its own schemas refuse.
  expect(await manager.claimAndSettle()).toMatchObject({ claims: [{ vouchers: 1 }] })
  expect(await tokenBalance(bench.chain, payTo)).toBe(640n)
})

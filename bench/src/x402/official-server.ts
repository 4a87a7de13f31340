import { createServer, type Server } from 'node:http'
import { type FacilitatorClient, HTTPFacilitatorClient } from '@x402/core/server'
import { BatchSettlementEvmScheme } from '@x402/evm/batch-settlement/server'
import { ExactEvmScheme } from '@x402/evm/exact/server'
import { paymentMiddleware, x402ResourceServer } from '@x402/express'
import express, { type Response } from 'express'
import { createOfficialFacilitator } from './official-facilitator.js'
import {
  answerText,
  asset,
  channelDeposit,
  instantSettlement,
  network,
  payerOf,
  price,
  type ServerConfig,
  streamParts,
  streamPauseMs,
} from './terms.js'

type Payload = Parameters<typeof instantSettlement>[0]
type Supported = Awaited<ReturnType<FacilitatorClient['getSupported']>>
type Settled = Awaited<ReturnType<FacilitatorClient['settle']>>

/** Says yes at once, to everything: the fastest facilitator there can be, and in the same process. */
const instantFacilitator: FacilitatorClient = {
  verify: async (payload) => ({ isValid: true, payer: payerOf(payload as unknown as Payload) }),
  settle: async (payload) => instantSettlement(payload as unknown as Payload) as Settled,
  getSupported: async () =>
    ({ kinds: [{ x402Version: 2, scheme: 'exact', network }], extensions: [], signers: {} }) as Supported,
}

function facilitatorOf({ chain, facilitatorUrl }: ServerConfig): FacilitatorClient {
  if (chain !== undefined) return chainFacilitator(chain)
  return facilitatorUrl === undefined ? instantFacilitator : new HTTPFacilitatorClient({ url: facilitatorUrl })
}

/** The official middleware on express. Its facilitator is where the configuration says, else in the same process. */
export function createOfficialServer(config: ServerConfig): Server {
  const facilitator = facilitatorOf(config)
  const resources = new x402ResourceServer(facilitator).register(network, new ExactEvmScheme())
  const token = { asset, amount: price.toString(), extra: { name: 'USDC', version: '2' } }
  const accepts = { scheme: 'exact', network, payTo: config.payTo, price: token, maxTimeoutSeconds: 600 } as const
  const routes: Record<string, unknown> = { 'GET /paid': { accepts }, 'GET /stream': { accepts } }
  if (config.chain !== undefined) {
    resources.register(network, new BatchSettlementEvmScheme(config.payTo))
    const extra = { ...token.extra, minDeposit: channelDeposit.toString() }
    routes['GET /channel'] = { accepts: { ...accepts, scheme: 'batch-settlement', price: { ...token, extra } } }
  }
  const app = express()
  app.use(paymentMiddleware(routes as Parameters<typeof paymentMiddleware>[0], resources))
  const answer = (response: Response): void => void response.type('application/json').send(answerText)
  for (const path of ['/paid', '/free', '/channel']) app.get(path, (_request, response) => answer(response))
  for (const path of ['/stream', '/free-stream']) app.get(path, (_request, response) => stream(response))
  return createServer({ keepAliveTimeout: 120_000 }, app)
}

function chainFacilitator(chain: NonNullable<ServerConfig['chain']>): FacilitatorClient {
  const official = createOfficialFacilitator(chain, 'manager')
  return {
    verify: (payload, requirements) => official.verify(payload, requirements),
    settle: (payload, requirements) => official.settle(payload, requirements),
    getSupported: async () => official.getSupported() as Supported,
  }
}

async function stream(response: Response): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const part of streamParts) {
    response.write(part)
    await new Promise((resolve) => setTimeout(resolve, streamPauseMs))
  }
  response.end()
}

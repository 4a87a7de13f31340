import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import type { FacilitatorClient } from '@x402/core/server'
import { ExactEvmScheme } from '@x402/evm/exact/server'
import { paymentMiddleware, x402ResourceServer } from '@x402/express'
import express from 'express'
import { serveParent } from '../end-to-end/child-process.js'
import { listen } from '../end-to-end/listen.js'
import { asset, payTo } from './configuration.js'

/** The official middleware on express in front of the same provider, with a facilitator in its process that says yes at once. */
serveParent<{ readonly upstream: string }>(async ({ upstream }) => {
  const network = 'eip155:84532'
  type Settled = Awaited<ReturnType<FacilitatorClient['settle']>>
  type Supported = Awaited<ReturnType<FacilitatorClient['getSupported']>>
  const facilitator: FacilitatorClient = {
    verify: async () => ({ isValid: true, payer: payTo }),
    settle: async () => ({ success: true, transaction: `0x${'ab'.repeat(32)}`, network, payer: payTo }) as Settled,
    getSupported: async () =>
      ({ kinds: [{ x402Version: 2, scheme: 'exact', network }], extensions: [], signers: {} }) as Supported,
  }
  const resources = new x402ResourceServer(facilitator).register(network, new ExactEvmScheme())
  const price = { asset, amount: '1000', extra: { name: 'USDC', version: '2' } }
  const accepts = { scheme: 'exact', network, payTo, price, maxTimeoutSeconds: 600 } as const
  const routes = { 'POST /v1/chat/completions': { accepts } }
  const app = express()
  app.use(express.json())
  app.use(paymentMiddleware(routes, resources))
  app.post('/v1/chat/completions', async (request, response) => {
    const answer = await fetch(`${upstream}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request.body),
    })
    response.status(answer.status).setHeader('content-type', answer.headers.get('content-type') ?? 'application/json')
    if (answer.body === null) response.end()
    else Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]).pipe(response)
  })
  return { ready: { url: await listen(createServer({ keepAliveTimeout: 120_000 }, app)) } }
})

import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { PaymentPayload } from '@og/x402'
import { instantSettlement, network, payerOf } from './terms.js'

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}

/** A facilitator over HTTP that says yes at once, to everything: the fastest that a server can be connected to. */
export function createInstantFacilitatorServer(): Server {
  return createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    const answer = (body: unknown): void => {
      const text = JSON.stringify(body)
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
        .end(text)
    }
    const judge = async (): Promise<void> => {
      if (request.url === '/supported') {
        answer({ kinds: [{ x402Version: 2, scheme: 'exact', network }], extensions: [], signers: {} })
        return
      }
      const { paymentPayload } = (await readJson(request)) as { readonly paymentPayload: PaymentPayload }
      if (request.url === '/verify') answer({ isValid: true, payer: payerOf(paymentPayload) })
      else answer(instantSettlement(paymentPayload))
    }
    judge().catch(() => response.destroy())
  })
}

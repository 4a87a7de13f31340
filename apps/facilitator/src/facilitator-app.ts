import { parsePaymentPayload, parsePaymentRequirements, X402Error } from '@og/x402'
import type { Facilitator, FacilitatorRequest } from '@og/x402/facilitator'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'

/** Largest request: payload and requirements with their extensions. */
const maxBodyBytes = 65_536

const envelope = z.object({ x402Version: z.literal(2), paymentPayload: z.unknown(), paymentRequirements: z.unknown() })

/**
 * Creates the HTTP face of a facilitator (x402 v2, "Facilitator interface"): business refusals are 200 answers with `isValid: false` or
 * `success: false`, as every peer expects; only an unreadable request is a 400.
 */
export function createFacilitatorApp(options: { readonly facilitator: Facilitator; readonly isReady: () => Promise<boolean> }): Hono {
  const { facilitator } = options
  const app = new Hono()
  app.use(bodyLimit({ maxSize: maxBodyBytes, onError: () => errorResponse(413, 'request_too_large', 'The body is too large.') }))
  app.onError(() => errorResponse(500, 'internal_error', 'The request failed inside the facilitator.'))
  app.notFound(() => errorResponse(404, 'not_found', 'Routes: POST /verify, POST /settle, GET /supported, /health, /ready.'))

  app.get('/health', (context) => context.json({ status: 'ok' }))
  app.get('/ready', async (context) => {
    const ready = await options.isReady()
    return context.json({ status: ready ? 'ready' : 'not_ready' }, ready ? 200 : 503)
  })
  app.get('/supported', async (context) => context.json(await facilitator.supported()))
  app.post('/verify', async (context) => {
    const request = await readRequest(context.req.raw)
    return request instanceof Response ? request : context.json(await facilitator.verify(request))
  })
  app.post('/settle', async (context) => {
    const request = await readRequest(context.req.raw)
    return request instanceof Response ? request : context.json(await facilitator.settle(request))
  })
  return app
}

async function readRequest(request: Request): Promise<FacilitatorRequest | Response> {
  try {
    const { paymentPayload, paymentRequirements } = envelope.parse(await request.json())
    return {
      paymentPayload: parsePaymentPayload(paymentPayload),
      paymentRequirements: parsePaymentRequirements(paymentRequirements),
    }
  } catch (error) {
    if (error instanceof X402Error) return errorResponse(400, 'invalid_payload', error.message)
    return errorResponse(400, 'invalid_payload', 'The body must be { x402Version: 2, paymentPayload, paymentRequirements }.')
  }
}

function errorResponse(status: number, code: string, message: string): Response {
  return Response.json({ error: { code, message } }, { status })
}

import { createFacilitatorHandler, type Facilitator } from '@og/x402/facilitator'
import { Hono } from 'hono'

/** Creates the HTTP face of a facilitator: the x402 v2 facilitator interface, and what an operator needs. */
export function createFacilitatorApp(options: {
  readonly facilitator: Facilitator
  readonly isReady: () => Promise<boolean>
}): Hono {
  const handle = createFacilitatorHandler({ facilitator: options.facilitator })
  const app = new Hono()
  app.onError(() => errorResponse(500, 'internal_error', 'The request failed inside the facilitator.'))
  app.get('/health', (context) => context.json({ status: 'ok' }))
  app.get('/ready', async (context) => {
    const ready = await options.isReady()
    return context.json({ status: ready ? 'ready' : 'not_ready' }, ready ? 200 : 503)
  })
  app.all('*', async (context) => {
    const answer = await handle(context.req.raw)
    // A question that is too long is not read to its end: what is left of it must not be met by the next one.
    if (answer?.status === 400) answer.headers.set('connection', 'close')
    return (
      answer ?? errorResponse(404, 'not_found', 'Routes: POST /verify, POST /settle, GET /supported, /health, /ready.')
    )
  })
  return app
}

function errorResponse(status: number, code: string, message: string): Response {
  return Response.json({ error: { code, message } }, { status })
}

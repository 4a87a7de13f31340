// An API that costs a tenth of a cent per call, on hono.
import { serve } from '@hono/node-server'
import { createFacilitatorClient } from '@og/x402/facilitator'
import { honoPaywall } from '@og/x402/hono'
import { createMemoryReservationStore, type PaidContext } from '@og/x402/server'
import { Hono } from 'hono'
import { facilitatorUrl } from './network.js'
import { payTo, usdc } from './price.js'

const app = new Hono<{ Variables: { x402: PaidContext } }>()
app.use(
  '/report',
  honoPaywall({
    requirementsFor: (request) => ({ resource: { url: request.url }, accepts: [usdc({ amount: '1000', payTo })] }),
    store: createMemoryReservationStore(),
    facilitator: createFacilitatorClient({ baseUrl: facilitatorUrl }),
  }),
)
app.get('/report', (context) => context.json({ report: 'All is well.', paidBy: context.get('x402').payment.payer }))

serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
  console.log(`paid API at http://127.0.0.1:${port}/report`)
})

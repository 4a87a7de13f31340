// The same API on express.
import type { AddressInfo } from 'node:net'
import { expressPaywall } from '@og/x402/express'
import { createFacilitatorClient } from '@og/x402/facilitator'
import { createMemoryReservationStore } from '@og/x402/server'
import express from 'express'
import { facilitatorUrl } from './network.js'
import { payTo, usdc } from './price.js'

const app = express()
app.get(
  '/report',
  expressPaywall({
    requirementsFor: (request) => ({ resource: { url: request.url }, accepts: [usdc({ amount: '1000', payTo })] }),
    store: createMemoryReservationStore(),
    facilitator: createFacilitatorClient({ baseUrl: facilitatorUrl }),
    handler: async ({ payment }) => Response.json({ report: 'All is well.', paidBy: payment.payer }),
  }),
)
const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(`paid API at http://127.0.0.1:${port}/report`)
})

import { randomBytes } from 'node:crypto'
import type { PaymentPayload, PaymentRequirements } from '@og/x402'
import { createPayment } from '@og/x402/client'
import { exactClient } from '@og/x402/evm'
import { createPaymentRequired } from '@og/x402/server'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'

/** What the payments are for. */
export const requirements: PaymentRequirements = {
  scheme: 'exact',
  network: 'eip155:84532',
  amount: '1000',
  asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
  payTo: '0x209693Bc6afc0C5328bA36FaF03C514EF312287C',
  maxTimeoutSeconds: 600,
  extra: { name: 'USDC', version: '2' },
}

/** Signs so many payments, each with a key of its own, so that nothing can be remembered from one to the next. */
export async function signPayments(count: number, now: bigint): Promise<readonly PaymentPayload[]> {
  const required = createPaymentRequired({
    resource: { url: 'http://127.0.0.1/paid', description: 'paid', mimeType: 'application/json' },
    accepts: [requirements],
  })
  const payments: PaymentPayload[] = []
  for (let index = 0; index < count; index++) {
    const { payload } = await createPayment(requirements, {
      required,
      scheme: exactClient({ signer: privateKeyToAccount(generatePrivateKey()) }),
      now,
      randomBytes: (length) => new Uint8Array(randomBytes(length)),
    })
    payments.push(JSON.parse(JSON.stringify(payload)))
  }
  return payments
}

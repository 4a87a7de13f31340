import { randomBytes } from 'node:crypto'
import { decodePaymentRequired, encodePaymentHeader } from '@og/x402'
import { createPayment } from '@og/x402/client'
import { exactClient } from '@og/x402/evm'
import { createFastSigner } from '@og/x402/node'
import { generatePrivateKey } from 'viem/accounts'
import { encodePost } from './fire-posts.js'

/** Signs so many payments for a body, by 64 payers in turn, and puts each into a request. */
export async function presign(url: string, body: string, count: number): Promise<Buffer[]> {
  const settlement = { 'og-settlement-mode': 'SETTLE_BATCH' }
  const asked = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...settlement },
    body,
  })
  await asked.body?.cancel()
  const required = decodePaymentRequired(asked.headers.get('payment-required') ?? '')
  const accepted = required.accepts.find(({ scheme }) => scheme === 'exact')
  if (accepted === undefined) throw new Error('exact is not accepted')
  const signers = Array.from({ length: 64 }, () => createFastSigner({ privateKey: generatePrivateKey() }))
  const now = BigInt(Math.floor(Date.now() / 1000))
  const requests: Buffer[] = []
  for (let index = 0; index < count; index += 1) {
    const signer = signers[index % signers.length]
    if (signer === undefined) throw new Error('nobody signs')
    const { payload } = await createPayment(accepted, {
      required,
      scheme: exactClient({ signer }),
      now,
      randomBytes: (length) => new Uint8Array(randomBytes(length)),
    })
    requests.push(encodePost({ body, headers: { ...settlement, 'payment-signature': encodePaymentHeader(payload) } }))
  }
  return requests
}

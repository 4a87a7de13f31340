import { randomBytes } from 'node:crypto'
import { decodePaymentRequired, encodePaymentHeader, type PaymentPayload, type PaymentRequirements } from '@og/x402'
import { createPayment } from '@og/x402/client'
import { exactClient, type PaymentSigner } from '@og/x402/evm'
import { createPaymentRequired } from '@og/x402/server'

/** Draws random bytes. */
export const drawBytes = (length: number): Uint8Array => new Uint8Array(randomBytes(length))

/** What a server asks for. @throws Error when it does not answer 402 with a price */
export async function askPrice(url: string): Promise<ReturnType<typeof decodePaymentRequired>> {
  const response = await fetch(url)
  await response.body?.cancel()
  const header = response.headers.get('payment-required')
  if (response.status !== 402 || header === null) throw new Error(`${url} asks for no payment (${response.status})`)
  return decodePaymentRequired(header)
}

/** Signs so many payments for a URL, by all signers in turn, each good for one call. Returns headers. */
export async function presign(
  url: string,
  signers: readonly PaymentSigner[],
  count: number,
): Promise<readonly string[]> {
  const required = await askPrice(url)
  const payloads = await signPayments({ required, signers, count })
  return payloads.map((payload) => encodePaymentHeader(payload))
}

/** Signs so many payments for terms that were agreed on before. */
export async function presignFor(
  requirements: PaymentRequirements,
  signers: readonly PaymentSigner[],
  count: number,
): Promise<readonly PaymentPayload[]> {
  const required = createPaymentRequired({ resource: { url: 'http://127.0.0.1/paid' }, accepts: [requirements] })
  return signPayments({ required, signers, count })
}

async function signPayments(input: {
  readonly required: ReturnType<typeof decodePaymentRequired>
  readonly signers: readonly PaymentSigner[]
  readonly count: number
}): Promise<readonly PaymentPayload[]> {
  const { required, signers, count } = input
  const [requirements] = required.accepts
  if (requirements === undefined) throw new Error('nothing is accepted')
  const now = BigInt(Math.floor(Date.now() / 1000))
  const payloads: PaymentPayload[] = []
  for (let index = 0; index < count; index++) {
    const signer = signers[index % signers.length]
    if (signer === undefined) throw new Error('nobody signs')
    const scheme = exactClient({ signer })
    payloads.push((await createPayment(requirements, { required, scheme, now, randomBytes: drawBytes })).payload)
  }
  return payloads
}

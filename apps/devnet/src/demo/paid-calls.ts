import { randomBytes } from 'node:crypto'
import { hashRequest, type JsonObject } from '@og/settlement'
import { decodePaymentRequired, encodePaymentHeader, PAYMENT_REQUIRED_HEADER } from '@og/x402'
import { createPayment } from '@og/x402/client'
import { exactClient } from '@og/x402/evm'
import type { Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

/** A payment that was signed by hand, for attacks that no honest client would make. */
export interface SignedPayment {
  readonly header: string
  readonly paymentHash: Hex
  readonly authorized: bigint
}

/** Asks for a quote and signs a payment that is bound to this body, without sending it. */
export async function signPayment(options: {
  readonly url: string
  readonly body: JsonObject
  readonly privateKey: Hex
}): Promise<SignedPayment> {
  const asked = await postChat(options.url, options.body)
  const required = decodePaymentRequired(asked.headers.get(PAYMENT_REQUIRED_HEADER) ?? '')
  await asked.arrayBuffer()
  const requirements = required.accepts.find(({ scheme }) => scheme === 'exact')
  if (requirements === undefined) throw new Error('The node does not offer exact payments.')
  const payment = await createPayment(requirements, {
    required,
    scheme: exactClient({ signer: privateKeyToAccount(options.privateKey) }),
    now: BigInt(Math.floor(Date.now() / 1000)),
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
    requestHash: hashRequest(options.body),
  })
  return {
    header: encodePaymentHeader(payment.payload),
    paymentHash: payment.paymentHash,
    authorized: payment.authorized,
  }
}

/** Sends a chat body as any HTTP client would. */
export function postChat(
  url: string,
  body: JsonObject,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

import { randomBytes } from 'node:crypto'
import { hashRequest, type JsonObject } from '@og/settlement'
import {
  decodePaymentRequired,
  encodePaymentHeader,
  PAYMENT_REQUIRED_HEADER,
  type PaymentPayload,
  type PaymentRequired,
} from '@og/x402'
import { createPayment } from '@og/x402/client'
import { exactClient, uptoClient } from '@og/x402/evm'
import type { Hex, PrivateKeyAccount } from 'viem'

/** A payment that was signed but not sent. */
export interface SignedPayment {
  readonly payload: PaymentPayload
  /** The value of `PAYMENT-SIGNATURE`. */
  readonly header: string
  readonly paymentHash: Hex
  readonly authorized: bigint
}

/** Where a paid request goes and what is in it. */
export interface PaidBody {
  readonly url: string
  readonly body: JsonObject
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends a body as any HTTP client would. */
export function post(
  { url, body, path = '/v1/chat/completions', headers = {} }: PaidBody,
  payment?: SignedPayment,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Response> {
  return fetch(url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...headers,
      ...(payment === undefined ? {} : { 'payment-signature': payment.header }),
    },
    body: JSON.stringify(body),
    ...options,
  })
}

/** Asks for the price of a body. */
async function fetchPaymentRequired(request: PaidBody): Promise<PaymentRequired> {
  const asked = await post(request)
  const text = await asked.text()
  const header = asked.headers.get(PAYMENT_REQUIRED_HEADER)
  if (asked.status !== 402 || header === null) throw new Error(`expected a price, got ${asked.status}: ${text}`)
  return decodePaymentRequired(header)
}

/** Signs a payment for a body. Unless `bound`, it is like one of a foreign client: nothing in it says which body it is for. */
export async function signPayment(
  request: PaidBody & {
    readonly payer: { readonly account: PrivateKeyAccount }
    readonly scheme?: 'exact' | 'upto'
    readonly bound?: boolean
    /** Another time of signing, e.g. to be expired. */
    readonly now?: bigint
    /** Changes the terms before they are signed. */
    readonly change?: (accepted: PaymentPayload['accepted']) => PaymentPayload['accepted']
  },
): Promise<SignedPayment> {
  const { payer, scheme = 'exact', bound = true, change = (accepted) => accepted } = request
  const required = await fetchPaymentRequired(request)
  const offered = required.accepts.find((candidate) => candidate.scheme === scheme)
  if (offered === undefined) throw new Error(`the node does not offer ${scheme}`)
  const client = scheme === 'upto' ? uptoClient({ signer: payer.account }) : exactClient({ signer: payer.account })
  const { payload, paymentHash, authorized } = await createPayment(change(offered), {
    required,
    scheme: client,
    now: request.now ?? BigInt(Math.floor(Date.now() / 1000)),
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
    ...(bound ? { requestHash: hashRequest(request.body) } : {}),
  })
  return { payload, header: encodePaymentHeader(payload), paymentHash, authorized }
}

/** The same signed data under changed surroundings, as an attacker would send it. */
export function repackPayment(
  payment: SignedPayment,
  change: (payload: PaymentPayload) => PaymentPayload,
): SignedPayment {
  const payload = change(structuredClone(payment.payload))
  return { ...payment, payload, header: encodePaymentHeader(payload) }
}

import { decodePaymentRequired, PAYMENT_REQUIRED_HEADER } from '../protocol/header.js'
import { parseJsonText } from '../protocol/json.js'
import type { PaymentRequired } from '../protocol/payment-required.js'
import { parsePaymentRequiredVersionOne } from '../protocol/version-one.js'
import { readBody } from '../read-body.js'
import { X402Error } from '../x402-error.js'

/** What a 402 asks for, and in which version of the protocol. */
export interface ReadOffer {
  readonly required: PaymentRequired
  readonly version: 1 | 2
}

/** Largest 402 body of version 1 that is read, in bytes. */
const MAX_BODY_BYTES = 65_536

async function readVersionOne(response: Response): Promise<PaymentRequired | undefined> {
  if (!/\bjson\b/i.test(response.headers.get('content-type') ?? '')) return undefined
  // The caller may want to read a 402 that is none of ours.
  const bytes = await readBody(response.clone(), MAX_BODY_BYTES).catch(() => undefined)
  if (bytes === undefined) return undefined
  let body: unknown
  try {
    body = parseJsonText(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
  try {
    return parsePaymentRequiredVersionOne(body)
  } catch (error) {
    // A 402 of another kind is the caller's; a broken or unpayable one of version 1 is an error.
    if (error instanceof X402Error && error.code === 'UNSUPPORTED_VERSION') return undefined
    throw error
  }
}

/**
 * Reads what a 402 asks for: the header of version 2, else the JSON body of version 1. `undefined` when the answer is
 * no 402 of x402; its body can then still be read.
 * @throws X402Error `MALFORMED_HEADER`, `MALFORMED_MESSAGE`, `UNSUPPORTED_VERSION`
 */
export async function readOffer(response: Response): Promise<ReadOffer | undefined> {
  if (response.status !== 402) return undefined
  const header = response.headers.get(PAYMENT_REQUIRED_HEADER)
  if (header !== null) return { required: decodePaymentRequired(header), version: 2 }
  const required = await readVersionOne(response)
  return required === undefined ? undefined : { required, version: 1 }
}

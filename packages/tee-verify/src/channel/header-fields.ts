import { ChannelError } from './channel-error.js'
import { PAYMENT_REQUEST_HEADERS, type PaymentHeaders } from './payment-names.js'
import { MAX_HEADER_COUNT, MAX_HEADER_VALUE_BYTES } from './protocol.js'

/** Lower-case name and value; order is kept, a name may stand more than once. */
export type HeaderField = readonly [name: string, value: string]

/** What {@link fieldsOf} takes: a record, a `Headers`, or pairs. */
export type HeadersLike = Readonly<Record<string, string>> | Iterable<readonly [string, string]>

// What a request carries inside the seal unless the caller names more. Everything else but payment headers stays behind:
// a header outside the seal would be readable by, and belong to, whoever carries the bytes.
const SEALED_REQUEST_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'authorization',
  'content-type',
  'idempotency-key',
  'x-request-id',
  'x-settlement-type',
])

// RFC 9110 §7.6.1: these describe one connection, not the message.
const HOP_BY_HOP_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const NAME = /^[a-z0-9!#$%&'*+.^_`|~-]{1,128}$/

/** Which headers travel inside a sealed request. */
export interface SealedHeaderRule {
  /** Lower-case names beside the built-in list. */
  readonly allowHeaders: ReadonlySet<string>
  readonly paymentHeaders: PaymentHeaders
}

/** True for a header that travels inside a sealed request. */
export function isSealedRequestHeader(name: string, { allowHeaders, paymentHeaders }: SealedHeaderRule): boolean {
  if (PAYMENT_REQUEST_HEADERS.has(name)) return paymentHeaders === 'inside'
  return SEALED_REQUEST_HEADERS.has(name) || name.startsWith('og-') || allowHeaders.has(name)
}

export function isHopByHopHeader(name: string): boolean {
  return HOP_BY_HOP_HEADERS.has(name)
}

export function fieldsOf(headers: HeadersLike): HeaderField[] {
  const pairs = isIterable(headers) ? [...headers] : Object.entries(headers)
  return pairs.map(([name, value]) => [name.toLowerCase(), value])
}

function isIterable(headers: HeadersLike): headers is Iterable<readonly [string, string]> {
  return typeof (headers as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function'
}

/**
 * Parses the `headers` member of a request or answer head.
 * @throws {ChannelError} `MALFORMED`.
 */
export function parseFields(input: unknown): HeaderField[] {
  if (!Array.isArray(input) || input.length > MAX_HEADER_COUNT) {
    throw new ChannelError('MALFORMED', 'headers are not a list, or too many')
  }
  return input.map((pair: unknown): HeaderField => {
    if (!Array.isArray(pair) || pair.length !== 2) throw new ChannelError('MALFORMED', 'a header is not a pair')
    const [name, value] = pair as readonly unknown[]
    if (typeof name !== 'string' || !NAME.test(name))
      throw new ChannelError('MALFORMED', 'a header name is not allowed')
    if (typeof value !== 'string' || !isFieldValue(value)) {
      throw new ChannelError('MALFORMED', `the value of header ${name} is not allowed`)
    }
    return [name, value]
  })
}

// RFC 9110 §5.5: visible characters, space, tab and obs-text; no CR, LF or NUL that could split a message.
function isFieldValue(value: string): boolean {
  if (value.length > MAX_HEADER_VALUE_BYTES) return false
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index)
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff) return false
  }
  return true
}

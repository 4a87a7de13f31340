import { type Bytes, utf8BytesOf } from './bytes.js'
import { ChannelError } from './channel-error.js'
import { parseHeadObject } from './head-json.js'
import { fieldsOf, type HeaderField, type HeadersLike, isHopByHopHeader, parseFields } from './header-fields.js'
import { MAX_HEAD_BYTES } from './protocol.js'

/** Status and headers of the answer inside the seal. */
export interface ResponseHead {
  readonly status: number
  readonly headers: readonly HeaderField[]
}

// https://fetch.spec.whatwg.org/#null-body-status, without the 1xx that no final answer has.
const NULL_BODY_STATUSES: ReadonlySet<number> = new Set([204, 205, 304])

export function isNullBodyStatus(status: number): boolean {
  return NULL_BODY_STATUSES.has(status)
}

/**
 * Encodes the head frame's payload; hop-by-hop headers stay behind.
 * @throws {ChannelError} `MALFORMED` for a status outside 200..599 or a header that HTTP forbids; `TOO_LARGE`.
 */
export function encodeResponseHead(head: { readonly status: number; readonly headers: HeadersLike }): Bytes {
  const headers = parseFields(fieldsOf(head.headers)).filter(([name]) => !isHopByHopHeader(name))
  const bytes = utf8BytesOf(JSON.stringify({ status: parseStatus(head.status), headers }))
  if (bytes.length > MAX_HEAD_BYTES) throw new ChannelError('TOO_LARGE', `the answer's head has ${bytes.length} bytes`)
  return bytes
}

/**
 * Parses what {@link encodeResponseHead} wrote.
 * @throws {ChannelError} `MALFORMED`.
 */
export function parseResponseHead(bytes: Uint8Array): ResponseHead {
  const members = parseHeadObject(bytes, ['status', 'headers'])
  return { status: parseStatus(members.get('status')), headers: parseFields(members.get('headers')) }
}

function parseStatus(status: unknown): number {
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599) {
    throw new ChannelError('MALFORMED', 'the status is not a final HTTP status')
  }
  return status
}

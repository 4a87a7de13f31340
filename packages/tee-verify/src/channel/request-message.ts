import { type Bytes, concatBytes, readUint32, roundUp, uint32Of, utf8BytesOf } from './bytes.js'
import { ChannelError } from './channel-error.js'
import { parseHeadObject } from './head-json.js'
import { type HeaderField, parseFields } from './header-fields.js'
import { MAX_HEAD_BYTES, MAX_PATH_BYTES } from './protocol.js'

/** What is inside the seal of a request. */
export interface RequestMessage {
  readonly method: string
  /** Path and query, as in a request line. */
  readonly path: string
  readonly headers: readonly HeaderField[]
  /** Unix seconds of the sender's clock. */
  readonly time: bigint
  /** 16 random bytes, lower-case hex. */
  readonly id: string
  readonly body: Uint8Array
}

const METHOD = /^[A-Z]{1,16}$/
const PATH = /^\/[!-~]*$/
const TIME = /^(?:0|[1-9][0-9]{0,18})$/
const ID = /^[0-9a-f]{32}$/
const MEMBERS = ['method', 'path', 'headers', 'time', 'id'] as const

/**
 * Encodes `uint32 head length ‖ head ‖ uint32 body length ‖ body ‖ zeros`, padded to a multiple of `padToBytes`.
 * @throws {ChannelError} `TOO_LARGE` for a head over 65,535 bytes.
 */
export function encodeRequestMessage(message: RequestMessage, padToBytes: number): Bytes {
  const { method, path, headers, time, id, body } = message
  const head = utf8BytesOf(JSON.stringify({ method, path, headers, time: time.toString(), id }))
  if (head.length > MAX_HEAD_BYTES) throw new ChannelError('TOO_LARGE', `the request head has ${head.length} bytes`)
  const length = 8 + head.length + body.length
  const padding = new Uint8Array(roundUp(length, padToBytes) - length)
  return concatBytes(uint32Of(head.length), head, uint32Of(body.length), body, padding)
}

/**
 * Parses what {@link encodeRequestMessage} wrote.
 * @throws {ChannelError} `MALFORMED`, `TOO_LARGE`.
 */
export function parseRequestMessage(bytes: Uint8Array): RequestMessage {
  const head = takeField(bytes, 0, 'head')
  if (head.length > MAX_HEAD_BYTES) throw new ChannelError('TOO_LARGE', `the request head has ${head.length} bytes`)
  const body = takeField(bytes, 4 + head.length, 'body')
  if (bytes.subarray(8 + head.length + body.length).some((byte) => byte !== 0)) {
    throw new ChannelError('MALFORMED', 'the padding of a request is not zero')
  }
  const members = parseHeadObject(head, MEMBERS)
  const path = parseText(members.get('path'), PATH, 'path')
  if (path.length > MAX_PATH_BYTES) throw new ChannelError('TOO_LARGE', `the path has ${path.length} bytes`)
  return {
    method: parseText(members.get('method'), METHOD, 'method'),
    path,
    headers: parseFields(members.get('headers')),
    time: BigInt(parseText(members.get('time'), TIME, 'time')),
    id: parseText(members.get('id'), ID, 'id'),
    body,
  }
}

function takeField(bytes: Uint8Array, offset: number, name: string): Uint8Array {
  if (bytes.length < offset + 4) throw new ChannelError('MALFORMED', `the request ends before its ${name}`)
  const start = offset + 4
  const length = readUint32(bytes, offset)
  if (length > bytes.length - start) throw new ChannelError('MALFORMED', `the request ends inside its ${name}`)
  return bytes.subarray(start, start + length)
}

function parseText(value: unknown, pattern: RegExp, member: string): string {
  if (typeof value !== 'string' || !pattern.test(value)) {
    throw new ChannelError('MALFORMED', `the head member ${member} is not allowed`)
  }
  return value
}

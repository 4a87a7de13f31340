import type { ChannelError, ChannelErrorCode } from './channel-error.js'
import { KEY_ROTATED_CODE } from './protocol.js'

/** An unsealed HTTP answer for a request that could not be opened. */
export interface PlainError {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** OpenAI-shaped JSON: `{"error":{"message","type","param","code"}}`. */
  readonly body: string
}

interface Row {
  readonly status: number
  readonly code: string
  readonly message: string
}

const UNREADABLE: Row = { status: 400, code: 'seal_unreadable', message: 'The sealed request does not open.' }
const INTERNAL: Row = { status: 500, code: 'internal_error', message: 'The sealed request could not be answered.' }

// The one table between codes and the wire. Messages are fixed: an unsealed answer says nothing about the request.
const ROWS: Readonly<Partial<Record<ChannelErrorCode, Row>>> = {
  UNKNOWN_KEY: { status: 421, code: KEY_ROTATED_CODE, message: 'This node does not hold the key of the request.' },
  UNSUPPORTED_VERSION: { status: 400, code: 'seal_version', message: 'This version of the seal is not spoken here.' },
  MALFORMED: UNREADABLE,
  OPEN_FAILED: UNREADABLE,
  STALE: { status: 400, code: 'seal_stale', message: "The request's time is too far from this node's clock." },
  REPLAYED: { status: 409, code: 'seal_replayed', message: 'This sealed request was opened before.' },
  TOO_LARGE: { status: 413, code: 'seal_too_large', message: 'The sealed request is too large.' },
  REPLAY_CACHE_FULL: { status: 503, code: 'seal_capacity', message: 'Too many sealed requests at once.' },
}

/** Maps what {@link ChannelServer.open} threw to the plain JSON answer to send; `UNKNOWN_KEY` is 421 `key_rotated`. */
export function plainErrorOf(error: ChannelError): PlainError {
  const { status, code, message } = ROWS[error.code] ?? INTERNAL
  const type = status < 500 ? 'invalid_request_error' : 'server_error'
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify({ error: { message, type, param: null, code } }),
  }
}

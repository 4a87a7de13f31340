import { type Bytes, concatBytes, uint16Of, utf8BytesOf } from './bytes.js'
import { ChannelError } from './channel-error.js'
import {
  KEY_ID_BYTES,
  MAX_METHOD_BYTES,
  MAX_PATH_BYTES,
  PROTOCOL_VERSION,
  REQUEST_LABEL,
  REQUEST_PREFIX_BYTES,
  TAG_BYTES,
} from './protocol.js'

/** The three parts of a sealed request on the wire, after its version byte. */
export interface SealedRequest {
  readonly keyId: Uint8Array
  readonly encapsulatedKey: Uint8Array
  readonly ciphertext: Uint8Array
}

/** The request line that everybody on the way sees. */
export interface OuterTarget {
  readonly method: string
  /** The path as it stands in the request line, without the query. */
  readonly path: string
}

/** Encodes `version ‖ key id ‖ encapsulated key ‖ ciphertext`. */
export function encodeSealedRequest(request: SealedRequest): Bytes {
  return concatBytes(new Uint8Array([PROTOCOL_VERSION]), request.keyId, request.encapsulatedKey, request.ciphertext)
}

/**
 * Parses what {@link encodeSealedRequest} wrote.
 * @throws {ChannelError} `MALFORMED`, `UNSUPPORTED_VERSION`.
 */
export function parseSealedRequest(bytes: Uint8Array): SealedRequest {
  if (bytes.length < 1) throw new ChannelError('MALFORMED', 'the sealed request is empty')
  if (bytes[0] !== PROTOCOL_VERSION) throw new ChannelError('UNSUPPORTED_VERSION', `version ${bytes[0]} is not known`)
  if (bytes.length < REQUEST_PREFIX_BYTES + TAG_BYTES) {
    throw new ChannelError('MALFORMED', `a sealed request of ${bytes.length} bytes is too short`)
  }
  return {
    keyId: new Uint8Array(bytes.subarray(1, 1 + KEY_ID_BYTES)),
    encapsulatedKey: new Uint8Array(bytes.subarray(1 + KEY_ID_BYTES, REQUEST_PREFIX_BYTES)),
    ciphertext: bytes.subarray(REQUEST_PREFIX_BYTES),
  }
}

/**
 * The HPKE `info` of an exchange: the key schedule, so both the request key and the exported secret behind the answer,
 * depends on version, key id and the outer method and path (RFC 9180 §8.1 puts such context into `info`).
 * @throws {ChannelError} `MALFORMED` for a method or path that cannot be encoded.
 */
export function infoOf(target: OuterTarget, keyId: Uint8Array): Bytes {
  const method = utf8BytesOf(target.method)
  const path = utf8BytesOf(target.path)
  if (method.length === 0 || method.length > MAX_METHOD_BYTES) {
    throw new ChannelError('MALFORMED', `an outer method of ${method.length} bytes`)
  }
  if (path.length === 0 || path.length > MAX_PATH_BYTES) {
    throw new ChannelError('MALFORMED', `an outer path of ${path.length} bytes`)
  }
  return concatBytes(
    utf8BytesOf(REQUEST_LABEL),
    new Uint8Array([0, PROTOCOL_VERSION]),
    keyId,
    uint16Of(method.length),
    method,
    uint16Of(path.length),
    path,
  )
}

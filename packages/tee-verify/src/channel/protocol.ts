/** The media type of a sealed request and of a sealed answer. */
export const SEALED_CONTENT_TYPE = 'application/og-sealed'

/** The headers of every sealed answer on the outside; its status there is always 200. */
export const SEALED_RESPONSE_HEADERS: Readonly<Record<'content-type' | 'cache-control', string>> = {
  'content-type': SEALED_CONTENT_TYPE,
  'cache-control': 'no-store',
}

/** The `code` of the plain JSON error (HTTP 421) that says: this node does not hold the key you sealed to. */
export const KEY_ROTATED_CODE = 'key_rotated'

/** First byte of every sealed request and answer. */
export const PROTOCOL_VERSION = 1

// Domain separation: no other use of the same X25519 key or exporter secret shares these labels.
export const REQUEST_LABEL = 'og-sealed/1 request'
export const RESPONSE_LABEL = 'og-sealed/1 response'
export const PAYMENT_LABEL = 'og-sealed/1 payment headers'
export const KEY_ID_LABEL = 'og-sealed/1 key'

export const KEY_ID_BYTES = 8
export const PUBLIC_KEY_BYTES = 32
export const TAG_BYTES = 16
export const REQUEST_ID_BYTES = 16
export const RESPONSE_NONCE_BYTES = 32
export const EXPORTED_SECRET_BYTES = 32

/** version ‖ key id ‖ encapsulated key */
export const REQUEST_PREFIX_BYTES: number = 1 + KEY_ID_BYTES + PUBLIC_KEY_BYTES
/** version ‖ response nonce */
export const RESPONSE_PREFIX_BYTES: number = 1 + RESPONSE_NONCE_BYTES

export const FRAME_HEADER_BYTES = 5
/** Largest padded plaintext of one answer frame; one byte of it is the padding marker. */
export const MAX_FRAME_PLAINTEXT_BYTES = 65_536
/** Largest payload of one answer frame. */
export const MAX_FRAME_DATA_BYTES: number = MAX_FRAME_PLAINTEXT_BYTES - 1

export const MAX_HEAD_BYTES = 65_535
export const MAX_PATH_BYTES = 8_192
export const MAX_METHOD_BYTES = 16
export const MAX_HEADER_COUNT = 128
export const MAX_HEADER_VALUE_BYTES = 32_768
export const MAX_PLAIN_ERROR_BYTES = 16_384
export const MAX_PLAIN_PAYMENT_BYTES = 65_536
/** Frames of one answer are counted in 32 bits. */
export const MAX_FRAME_COUNT = 0xffff_ffff

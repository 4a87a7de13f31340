/**
 * Why a sealed exchange was refused.
 *
 * Reported by a server that opens requests: `MALFORMED`, `UNSUPPORTED_VERSION`, `UNKNOWN_KEY`, `OPEN_FAILED`, `STALE`,
 * `REPLAYED`, `REPLAY_CACHE_FULL`, `TOO_LARGE`, `SEALER_MISUSE`. Reported by a client: `INVALID_KEY`, `TOO_LARGE`,
 * `UNSEALED_RESPONSE`, `KEY_ROTATED`, `UNSUPPORTED_VERSION`, `MALFORMED`, `TAMPERED`, `TRUNCATED`. Both: `UNSUPPORTED`.
 */
export type ChannelErrorCode =
  | 'MALFORMED'
  | 'UNSUPPORTED_VERSION'
  | 'UNKNOWN_KEY'
  | 'OPEN_FAILED'
  | 'STALE'
  | 'REPLAYED'
  | 'REPLAY_CACHE_FULL'
  | 'TOO_LARGE'
  | 'SEALER_MISUSE'
  | 'INVALID_KEY'
  | 'UNSEALED_RESPONSE'
  | 'KEY_ROTATED'
  | 'TAMPERED'
  | 'TRUNCATED'
  | 'UNSUPPORTED'

/** The one error class of `@og/tee-verify/channel`; switch on `code`, never on the message. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError'
  readonly code: ChannelErrorCode

  constructor(code: ChannelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

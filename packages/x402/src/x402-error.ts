/** Stable codes of every error that this package throws. The README lists what each means. */
export type X402ErrorCode =
  | 'MALFORMED_HEADER'
  | 'MALFORMED_MESSAGE'
  | 'UNSUPPORTED_VERSION'
  | 'INVALID_AMOUNT'
  | 'INVALID_NETWORK'
  | 'INVALID_ADDRESS'
  | 'INVALID_HEX'
  | 'INVALID_SIGNATURE'
  | 'INVALID_OPTIONS'
  | 'UNSUPPORTED_SCHEME'
  | 'NO_ACCEPTABLE_REQUIREMENTS'
  | 'PRICE_ABOVE_CAP'
  | 'ASSET_NOT_ALLOWED'
  | 'PAYEE_NOT_ALLOWED'
  | 'NETWORK_NOT_ALLOWED'
  | 'VALIDITY_TOO_LONG'
  | 'BUDGET_EXHAUSTED'
  | 'BODY_NOT_REPEATABLE'
  | 'REDIRECTED'
  | 'DEPOSIT_ABOVE_CAP'
  | 'CHANNEL_FROZEN'
  | 'CHANNEL_MISSING'
  | 'CHANNEL_REFUSED'
  | 'CHAIN_READ_FAILED'
  | 'FACILITATOR_UNREACHABLE'
  | 'FACILITATOR_BUSY'
  | 'FACILITATOR_BAD_ANSWER'

/** The one error class of `@og/x402`. Switch on {@link X402Error.code}, never on the message. */
export class X402Error extends Error {
  override readonly name = 'X402Error'
  readonly code: X402ErrorCode
  constructor(code: X402ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

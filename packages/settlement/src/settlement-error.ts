/** Codes of {@link SettlementError}; the table with their meaning is in the package README. */
export type SettlementErrorCode =
  | 'INVALID_JSON'
  | 'DUPLICATE_KEY'
  | 'LONE_SURROGATE'
  | 'NUMBER_NOT_EXACT'
  | 'LIMIT_EXCEEDED'
  | 'NOT_JSON'
  | 'INVALID_HEX'
  | 'INVALID_ADDRESS'
  | 'OUT_OF_RANGE'
  | 'INVALID_FIELD'
  | 'MISSING_FIELD'
  | 'UNKNOWN_FIELD'
  | 'UNSUPPORTED_VERSION'
  | 'INVALID_RESPONSE'
  | 'INVALID_USAGE'
  | 'SETTLEMENT_NOT_OFFERED'
  | 'INVALID_KEY'
  | 'INVALID_SIGNATURE'

/** The one error that the functions of this package throw; callers switch on `code`, never on the message. */
export class SettlementError extends Error {
  override readonly name = 'SettlementError'
  readonly code: SettlementErrorCode
  constructor(code: SettlementErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

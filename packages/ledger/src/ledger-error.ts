/** Every reason for which this package throws. */
export type LedgerErrorCode =
  | 'LEDGER_LOCKED'
  | 'SCHEMA_TOO_NEW'
  | 'CLOSED'
  | 'STORE_UNAVAILABLE'
  | 'CORRUPT'
  | 'LOG_CORRUPT'
  | 'INVALID_INPUT'
  | 'NOT_EMPTY'
  | 'NOT_FOUND'
  | 'FENCED'
  | 'OVERCHARGE'
  | 'DUPLICATE'
  | 'WRONG_CHAIN'
  | 'TIMEOUT'

/** The only error class of `@og/ledger`; switch on {@link LedgerError.code}, never on the text. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError'
  readonly code: LedgerErrorCode
  constructor(code: LedgerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

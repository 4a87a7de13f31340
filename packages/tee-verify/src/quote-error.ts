/** Why bytes or JSON could not be read as evidence, or why collateral or a quote could not be had. */
export type QuoteErrorCode =
  | 'BAD_INPUT'
  | 'TOO_LARGE'
  | 'TRUNCATED'
  | 'UNSUPPORTED_VERSION'
  | 'UNSUPPORTED_TEE'
  | 'UNSUPPORTED_KEY_TYPE'
  | 'UNKNOWN_QE_VENDOR'
  | 'BAD_BODY'
  | 'BAD_AUTH_DATA'
  | 'UNSUPPORTED_CERTIFICATION_DATA'
  | 'PCK_CHAIN_ABSENT'
  | 'TRAILING_BYTES'
  | 'BAD_PEM'
  | 'BAD_DER'
  | 'BAD_CERTIFICATE'
  | 'BAD_SGX_EXTENSION'
  | 'BAD_CRL'
  | 'BAD_JSON'
  | 'BAD_TCB_INFO'
  | 'BAD_QE_IDENTITY'
  | 'BAD_COLLATERAL'
  | 'BAD_EVENT_LOG'
  | 'BAD_CBOR'
  | 'BAD_ATTESTATION_DOCUMENT'
  | 'BAD_RELEASE_LIST'
  | 'BAD_SNAPSHOT'
  | 'QUOTE_SOURCE_UNAVAILABLE'
  | 'QUOTE_SOURCE_BUSY'
  | 'QUOTE_SOURCE_MISMATCH'
  | 'COLLATERAL_UNAVAILABLE'
  | 'COLLATERAL_REDIRECTED'
  | 'COLLATERAL_MISMATCH'
  | 'COLLATERAL_SIGNATURE'
  | 'COLLATERAL_STALE'
  | 'COLLATERAL_ROLLBACK'

/** The one error of this package's parsers, of fetching collateral and of sources of quotes; switch on `code`, never on the message. */
export class QuoteError extends Error {
  override readonly name = 'QuoteError'
  readonly code: QuoteErrorCode

  constructor(code: QuoteErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

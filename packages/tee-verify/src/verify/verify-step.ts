/** The named checks of `verifyQuote`, in the order in which they run. */
export const verifyStepNames = [
  'clock',
  'trust-root',
  'certificate-roles',
  'certificate-validity',
  'certificate-signatures',
  'revocation-lists',
  'revocation',
  'tcb-info',
  'qe-identity',
  'rollback',
  'platform-match',
  'qe-report-signature',
  'attestation-key',
  'qe-match',
  'tdx-module',
  'quote-signature',
  'tcb-level',
] as const

/** The name of one check of `verifyQuote`. */
export type VerifyStepName = (typeof verifyStepNames)[number]

/** Why a quote is not accepted. */
export type QuoteRejectionCode =
  | 'INVALID_TIME'
  | 'CHAIN_SHAPE'
  | 'ROOT_NOT_TRUSTED'
  | 'CERTIFICATE_ROLE'
  | 'CERTIFICATE_ISSUER'
  | 'CERTIFICATE_EXPIRED'
  | 'CERTIFICATE_NOT_YET_VALID'
  | 'CERTIFICATE_SIGNATURE'
  | 'CERTIFICATE_REVOKED'
  | 'CRL_ISSUER'
  | 'CRL_EXPIRED'
  | 'CRL_NOT_YET_VALID'
  | 'CRL_SIGNATURE'
  | 'TCB_INFO_EXPIRED'
  | 'TCB_INFO_NOT_YET_VALID'
  | 'TCB_INFO_SIGNATURE'
  | 'QE_IDENTITY_EXPIRED'
  | 'QE_IDENTITY_NOT_YET_VALID'
  | 'QE_IDENTITY_SIGNATURE'
  | 'COLLATERAL_ROLLED_BACK'
  | 'COLLATERAL_TYPE_MISMATCH'
  | 'FMSPC_MISMATCH'
  | 'PCE_ID_MISMATCH'
  | 'QE_REPORT_SIGNATURE'
  | 'ATTESTATION_KEY_MISMATCH'
  | 'QE_IDENTITY_MISMATCH'
  | 'TDX_MODULE_MISMATCH'
  | 'QUOTE_SIGNATURE'
  | 'TCB_NOT_SUPPORTED'
  | 'TCB_REVOKED'

/** A failed check: its code and what was found. */
export interface CheckFailure {
  readonly code: QuoteRejectionCode
  readonly detail: string
}

/** What one check finds: nothing wrong, a failure, or that it does not apply and was not made. */
export type CheckOutcome = undefined | CheckFailure | 'not-checked'

/** One check that ran, for display: the steps of a rejected quote end with the one that failed. */
export type VerifyStep =
  | { readonly name: VerifyStepName; readonly ok: true; readonly detail: string }
  | { readonly name: VerifyStepName; readonly ok: false; readonly code: QuoteRejectionCode; readonly detail: string }

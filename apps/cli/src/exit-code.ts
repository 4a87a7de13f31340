import type { ClientErrorCode } from '@og/client'

/** How `og` ends; the table stands in the README. */
export const exitCodes = { ok: 0, unexpected: 1, usage: 2, verification: 3, payment: 4, network: 5 } as const

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Bad arguments, files or environment. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const byCode: Readonly<Record<ClientErrorCode, ExitCode>> = {
  INVALID_OPTIONS: exitCodes.usage,
  INVALID_REQUEST: exitCodes.usage,
  UNSUPPORTED_ENDPOINT: exitCodes.usage,
  TRUST_REQUIRED: exitCodes.usage,
  MODE_NOT_AVAILABLE: exitCodes.usage,
  NODE_UNAVAILABLE: exitCodes.network,
  NODE_ERROR: exitCodes.network,
  NETWORK: exitCodes.network,
  ABORTED: exitCodes.network,
  SETTLEMENT_TIMEOUT: exitCodes.network,
  PAYMENT_REFUSED: exitCodes.payment,
  PAYMENT_REJECTED: exitCodes.payment,
  APPROVAL_FAILED: exitCodes.payment,
  CHAIN_UNAVAILABLE: exitCodes.network,
  CHAIN_REFUSED: exitCodes.payment,
  SETTLEMENT_FAILED: exitCodes.payment,
  VERIFICATION_ATTESTATION: exitCodes.verification,
  VERIFICATION_CHANNEL: exitCodes.verification,
  VERIFICATION_OFFER: exitCodes.verification,
  VERIFICATION_MISSING_RECEIPT: exitCodes.verification,
  VERIFICATION_TRUNCATED: exitCodes.verification,
  VERIFICATION_RECEIPT: exitCodes.verification,
  VERIFICATION_SETTLEMENT: exitCodes.verification,
}

/** The exit code of a client's error. */
export function exitCodeOf(code: ClientErrorCode): ExitCode {
  return byCode[code]
}

import type { Hex } from '@og/settlement'
import type { Verification } from './verification.js'

/** What went wrong, for callers to switch on. The table with meanings stands in the README. */
export type ClientErrorCode =
  | 'INVALID_OPTIONS'
  | 'INVALID_REQUEST'
  | 'UNSUPPORTED_ENDPOINT'
  | 'TRUST_REQUIRED'
  | 'MODE_NOT_AVAILABLE'
  | 'NODE_UNAVAILABLE'
  | 'NODE_ERROR'
  | 'NETWORK'
  | 'ABORTED'
  | 'PAYMENT_REFUSED'
  | 'PAYMENT_REJECTED'
  | 'APPROVAL_FAILED'
  | 'CHAIN_UNAVAILABLE'
  | 'CHAIN_REFUSED'
  | 'SETTLEMENT_TIMEOUT'
  | 'SETTLEMENT_FAILED'
  | VerificationErrorCode

/** What did not prove what it claims. */
export type VerificationErrorCode = (typeof verificationErrorCodes)[number]

const verificationErrorCodes = [
  'VERIFICATION_ATTESTATION',
  'VERIFICATION_CHANNEL',
  'VERIFICATION_OFFER',
  'VERIFICATION_MISSING_RECEIPT',
  'VERIFICATION_TRUNCATED',
  'VERIFICATION_RECEIPT',
  'VERIFICATION_SETTLEMENT',
] as const

/** True for the codes of `VerificationError`. */
export function isVerificationCode(code: ClientErrorCode): code is VerificationErrorCode {
  return verificationErrorCodes.some((known) => known === code)
}

/** What a {@link ClientError} carries besides its code. None of it ever holds a prompt or an answer. */
export interface ClientErrorDetails {
  /** HTTP status of the node's answer, where there was one. */
  readonly status?: number | undefined
  /** The reason in the words of the party that refused: an x402 reason, a node's error code, a check's code. */
  readonly reason?: string | undefined
  /** Public name of the payment that was made before the failure. */
  readonly paymentHash?: Hex | undefined
  /** Every check up to the failed one, by name. Present on `VERIFICATION_*`. */
  readonly verification?: Verification | undefined
  readonly cause?: unknown
}

/** The only kind of error that `@og/client` throws on purpose; failed verifications are its subclass `VerificationError`. */
export class ClientError extends Error {
  override readonly name: string = 'ClientError'
  readonly code: ClientErrorCode
  readonly status: number | undefined
  readonly reason: string | undefined
  readonly paymentHash: Hex | undefined
  readonly verification: Verification | undefined

  constructor(code: ClientErrorCode, message: string, details: ClientErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.status = details.status
    this.reason = details.reason
    this.paymentHash = details.paymentHash
    this.verification = details.verification
  }
}

/** The first {@link ClientError} in a chain of causes: libraries in between wrap what a `fetch` throws. */
export function clientErrorOf(error: unknown): ClientError | undefined {
  let current: unknown = error
  for (let depth = 0; depth < 8 && current instanceof Error; depth += 1) {
    if (current instanceof ClientError) return current
    current = current.cause
  }
  return undefined
}

import { ClientError, type ClientErrorDetails, type VerificationErrorCode } from './client-error.js'
import type { JsonObject } from './read-json.js'

/** What a {@link VerificationError} carries besides its code. */
interface VerificationErrorDetails extends ClientErrorDetails {
  /** See {@link VerificationError.evidence}. */
  readonly evidence?: JsonObject | undefined
}

/** Something did not prove what it claims: the answer was thrown away, or nothing was sent. */
export class VerificationError extends ClientError {
  override readonly name: string = 'VerificationError'
  /**
   * What the node signed and said, for a report: manifest, quote, offer, payment, receipt, terms, salts, and the hashes of what was asked
   * and of what came. Never a prompt, an answer or a key. It does not show up when the error is printed or turned into JSON.
   */
  declare readonly evidence: JsonObject

  constructor(code: VerificationErrorCode, message: string, details: VerificationErrorDetails = {}) {
    super(code, message, details)
    Object.defineProperty(this, 'evidence', { value: details.evidence ?? {}, enumerable: false })
  }
}

import type { Collateral } from '../collateral/collateral.js'
import type { CryptoBackend } from '../crypto/crypto-backend.js'
import type { QuoteEvidence } from '../quote/quote-evidence.js'
import type { TdReport } from '../quote/td-report.js'
import type { Certificate } from '../x509/certificate.js'
import type { SgxExtension } from '../x509/sgx-extension.js'

/** The certificates of one verification, each in the one role that it may play. */
export interface Roles {
  readonly root: Certificate
  readonly pckCa: Certificate
  readonly pck: Certificate
  readonly tcbInfoSigner: Certificate
  readonly qeIdentitySigner: Certificate
}

/** The least `tcbEvaluationDataNumber` of each signed document, and the newest revocation lists that were seen. */
export interface EvaluationFloors {
  readonly tcbInfo: number
  readonly qeIdentity: number
  /** Absent where no other than those of the collateral are known. */
  readonly lists?: Pick<Collateral, 'rootCrl' | 'pckCrl'>
}

/** What the checks of one verification look at. */
export interface Verification {
  readonly evidence: QuoteEvidence
  /** Null for an SGX quote. */
  readonly td: TdReport | null
  readonly collateral: Collateral
  readonly now: bigint
  readonly roles: Roles
  readonly sgx: SgxExtension
  readonly crypto: CryptoBackend
  /** The least evaluation number that each document must have; null when nothing was demanded or seen. */
  readonly floors: EvaluationFloors | null
}

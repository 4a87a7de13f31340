import type { Collateral } from '../collateral/collateral.js'
import type { QuoteEvidence } from '../quote/quote-evidence.js'
import type { TdReport } from '../quote/td-report.js'
import type { Certificate } from '../x509/certificate.js'
import type { SgxExtension } from '../x509/sgx-extension.js'
import type { VerifyP256 } from '../x509/verify-p256.js'

/** The certificates of one verification, each in the one role that it may play. */
export interface Roles {
  readonly root: Certificate
  readonly pckCa: Certificate
  readonly pck: Certificate
  readonly tcbInfoSigner: Certificate
  readonly qeIdentitySigner: Certificate
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
  readonly verifyP256: VerifyP256
}

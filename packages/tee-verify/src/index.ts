export type { Hex } from './bytes/hex.js'
export {
  type Collateral,
  type CollateralJson,
  encodeCollateral,
  parseCollateral,
  type SignedDocument,
} from './collateral/collateral.js'
export { type PcsResponses, parsePcsCollateral } from './collateral/pcs-collateral.js'
export type { QeIdentity } from './collateral/qe-identity.js'
export type { TcbInfo, TcbLevel, TdxModule, TdxModuleIdentity } from './collateral/tcb-info.js'
export type { ComponentLevel, LevelStatus, TcbStatus } from './collateral/tcb-status.js'
export {
  type AcceptableTcbStatus,
  checkPolicy,
  type MeasurementTuple,
  measurementsOf,
  type PolicyRejectionCode,
  type PolicyStep,
  type PolicyStepName,
  type PolicyVerdict,
  type QuotePolicy,
} from './policy/check-policy.js'
export { reportDataFor } from './policy/report-data.js'
export type { EnclaveReport } from './quote/enclave-report.js'
export type { QuoteHeader } from './quote/header.js'
export { type EnclaveQuote, parseEnclaveQuote, parseQuote, type Quote } from './quote/quote.js'
export type { ParseQuoteOptions, QuoteEvidence } from './quote/quote-evidence.js'
export type { TdAttribute } from './quote/td-attributes.js'
export type { TdReport } from './quote/td-report.js'
export { QuoteError, type QuoteErrorCode } from './quote-error.js'
export { intelRoot, simulatorRoot, type TrustRoot, type TrustRootPlatform } from './trust-root.js'
export type { TcbEvaluation, TcbSnapshot } from './verify/evaluate-tcb.js'
export type {
  AcceptedEvidence,
  HardwareIdentity,
  RejectedEvidence,
  VerifyQuoteOptions,
} from './verify/verify-evidence.js'
export {
  type AcceptedQuote,
  type EnclaveVerdict,
  type QuoteVerdict,
  verifyEnclaveQuote,
  verifyQuote,
} from './verify/verify-quote.js'
export { type QuoteRejectionCode, type VerifyStep, type VerifyStepName, verifyStepNames } from './verify/verify-step.js'
export type { Certificate } from './x509/certificate.js'
export type { RevocationList } from './x509/crl.js'
export type { SgxExtension } from './x509/sgx-extension.js'
export type { VerifyP256 } from './x509/verify-p256.js'

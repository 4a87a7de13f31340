export type { Hex } from './bytes/hex.js'
export type { CacheCounts, CacheSizes } from './cache/evidence-cache.js'
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
export type { AsyncCryptoBackend, CryptoBackend, SignatureCheck } from './crypto/crypto-backend.js'
export { nobleCrypto } from './crypto/noble-crypto.js'
export { createWebCrypto } from './crypto/web-crypto.js'
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
  type ReleaseMeasurements,
} from './policy/check-policy.js'
export { reportDataFor } from './policy/report-data.js'
export type { EnclaveReport } from './quote/enclave-report.js'
export type { QuoteHeader } from './quote/header.js'
export { type EnclaveQuote, parseEnclaveQuote, parseQuote, type Quote } from './quote/quote.js'
export type { ParseQuoteOptions, QuoteEvidence, QuotingEnclave } from './quote/quote-evidence.js'
export type { TdAttribute } from './quote/td-attributes.js'
export type { TdReport } from './quote/td-report.js'
export { QuoteError, type QuoteErrorCode } from './quote-error.js'
export { intelRoot, simulatorRoot, type TrustRoot, type TrustRootPlatform } from './trust-root.js'
export { createVerifier } from './verify/create-portable-verifier.js'
export type { Verifier, VerifierInput, VerifierOptions } from './verify/create-verifier.js'
export type { TcbEvaluation, TcbSnapshot } from './verify/evaluate-tcb.js'
export type { AcceptedEnclave, AcceptedQuote, EnclaveVerdict, QuoteVerdict } from './verify/judge-quote.js'
export type { AcceptedEvidence, HardwareIdentity, JudgeOptions, RejectedEvidence } from './verify/verify-evidence.js'
export {
  type VerifyQuoteAsyncOptions,
  type VerifyQuoteOptions,
  verifyEnclaveQuote,
  verifyEnclaveQuoteAsync,
  verifyQuote,
  verifyQuoteAsync,
} from './verify/verify-quote.js'
export { type QuoteRejectionCode, type VerifyStep, type VerifyStepName, verifyStepNames } from './verify/verify-step.js'
export type { Certificate } from './x509/certificate.js'
export type { RevocationList } from './x509/crl.js'
export type { SgxExtension } from './x509/sgx-extension.js'

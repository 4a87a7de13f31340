export { type AttestationDocument, parseAttestationDocument } from './attestation-document.js'
export {
  checkEnclavePolicy,
  type EnclavePolicy,
  type EnclavePolicyRejectionCode,
  type EnclavePolicyStep,
  type EnclavePolicyStepName,
  type EnclavePolicyVerdict,
  hashPcrs,
  type PcrTuple,
} from './check-enclave-policy.js'
export type { CoseSign1 } from './cose-sign1.js'
export { awsNitroRoot, type NitroPlatform, type NitroTrustRoot, simulatedNitroRoot } from './nitro-root.js'
export type { P384Certificate } from './p384-certificate.js'
export {
  type AcceptedDocument,
  type EnclaveStatement,
  type NitroRejectionCode,
  type NitroStep,
  type NitroStepName,
  type NitroVerdict,
  nitroStepNames,
  type VerifyAttestationDocumentAsyncOptions,
  type VerifyAttestationDocumentOptions,
  verifyAttestationDocument,
  verifyAttestationDocumentAsync,
} from './verify-attestation-document.js'
export { createWebP384, type P384Check, type VerifyP384, type VerifyP384Async, verifyP384 } from './verify-p384.js'

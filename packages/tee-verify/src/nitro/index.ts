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
  type VerifyAttestationDocumentOptions,
  verifyAttestationDocument,
} from './verify-attestation-document.js'
export type { VerifyP384 } from './verify-p384.js'

import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes } from '../bytes/concat-bytes.js'
import { bytesOfHex, type Hex, hexOf } from '../bytes/hex.js'
import type { Verification } from './verification.js'
import type { CheckFailure } from './verify-step.js'

/** Checks the signature of the quoting enclave's report under the PCK key. */
export function checkQeReportSignature({ evidence, roles, verifyP256 }: Verification): CheckFailure | undefined {
  const isSigned = verifyP256({
    publicKey: roles.pck.publicKey,
    message: evidence.qeReport.raw,
    signature: evidence.qeReportSignature,
  })
  return isSigned ? undefined : { code: 'QE_REPORT_SIGNATURE', detail: 'the QE report is not signed by the PCK key' }
}

/** Checks that the quoting enclave reported this attestation key: SHA-256(key ‖ authentication data), then zeros. */
export function checkAttestationKey({ evidence }: Verification): CheckFailure | undefined {
  const digest = sha256(concatBytes(evidence.attestationKey, evidence.qeAuthData))
  const expected = hexOf(concatBytes(digest, new Uint8Array(32)))
  return evidence.qeReport.reportData === expected
    ? undefined
    : { code: 'ATTESTATION_KEY_MISMATCH', detail: 'the QE report does not commit to the attestation key' }
}

/** Checks that the quoting enclave is the one Intel identified. Its level is part of the TCB level. */
export function checkQeMatch({ evidence, collateral }: Verification): CheckFailure | undefined {
  const { qeReport } = evidence
  const identity = collateral.qeIdentity.content
  const mismatch = (what: string): CheckFailure => ({
    code: 'QE_IDENTITY_MISMATCH',
    detail: `the QE's ${what} differs`,
  })
  if (qeReport.mrSigner !== identity.mrSigner) return mismatch('MRSIGNER')
  if (qeReport.isvProdId !== identity.isvProdId) return mismatch('product id')
  if (masked(qeReport.miscSelect, identity.miscSelectMask) !== masked(identity.miscSelect, identity.miscSelectMask)) {
    return mismatch('MISCSELECT')
  }
  if (masked(qeReport.attributes, identity.attributesMask) !== masked(identity.attributes, identity.attributesMask)) {
    return mismatch('attributes')
  }
  // Intel's mask covers DEBUG; this holds even if a mask did not.
  return qeReport.debug ? mismatch('DEBUG attribute') : undefined
}

/** Checks the signature of the quote's header and body under the attestation key. */
export function checkQuoteSignature({ evidence, verifyP256 }: Verification): CheckFailure | undefined {
  const { attestationKey, signed, signature } = evidence
  return verifyP256({ publicKey: attestationKey, message: signed, signature })
    ? undefined
    : { code: 'QUOTE_SIGNATURE', detail: 'the quote is not signed by its attestation key' }
}

/** The bytes of `value` where `mask` has bits; both have the same length. */
export function masked(value: Hex, mask: Hex): Hex {
  const bits = bytesOfHex(mask)
  return hexOf(bytesOfHex(value).map((byte, index) => byte & (bits[index] ?? 0)))
}

import { type Hex, hexOf } from '../bytes/hex.js'
import type { Verification } from './verification.js'
import type { CheckFailure } from './verify-step.js'

/** Checks the signature of the quoting enclave's report under the PCK key. */
export function checkQeReportSignature({ evidence, roles, crypto }: Verification): CheckFailure | undefined {
  const isSigned = crypto.verifyP256({
    publicKey: roles.pck.publicKey,
    message: evidence.qeReport.raw,
    signature: evidence.qeReportSignature,
  })
  return isSigned ? undefined : { code: 'QE_REPORT_SIGNATURE', detail: 'the QE report is not signed by the PCK key' }
}

/** Checks that the quoting enclave reported this attestation key: SHA-256(key ‖ authentication data), then zeros. */
export function checkAttestationKey({ evidence, crypto }: Verification): CheckFailure | undefined {
  const digest = hexOf(crypto.sha256(evidence.commitment))
  return evidence.qeReport.reportData === `${digest}${zeroTail}`
    ? undefined
    : { code: 'ATTESTATION_KEY_MISMATCH', detail: 'the QE report does not commit to the attestation key' }
}

const zeroTail = '00'.repeat(32)

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
  if (!hasUnderMask(qeReport.miscSelect, identity.miscSelect, identity.miscSelectMask)) return mismatch('MISCSELECT')
  if (!hasUnderMask(qeReport.attributes, identity.attributes, identity.attributesMask)) return mismatch('attributes')
  // Intel's mask covers DEBUG; this holds even if a mask did not.
  return qeReport.debug ? mismatch('DEBUG attribute') : undefined
}

/** Checks the signature of the quote's header and body under the attestation key. */
export function checkQuoteSignature({ evidence, crypto }: Verification): CheckFailure | undefined {
  const { attestationKey, signed, signature } = evidence
  return crypto.verifyP256({ publicKey: attestationKey, message: signed, signature })
    ? undefined
    : { code: 'QUOTE_SIGNATURE', detail: 'the quote is not signed by its attestation key' }
}

/** Whether the bits of a value under a mask are exactly the expected ones, of which none may be outside the mask. */
function hasUnderMask(value: Hex, expected: Hex, mask: Hex): boolean {
  return (BigInt(value) & BigInt(mask)) === BigInt(expected)
}

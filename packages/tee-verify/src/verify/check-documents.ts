import type { SignedDocument } from '../collateral/collateral.js'
import type { Certificate } from '../x509/certificate.js'
import { revocationIn } from './check-certificates.js'
import { checkValidity } from './validity.js'
import type { Verification } from './verification.js'
import type { CheckFailure, CheckOutcome } from './verify-step.js'

/** Checks the signature and the freshness of TCB Info. */
export function checkTcbInfo(verification: Verification): CheckFailure | undefined {
  const { tcbInfo } = verification.collateral
  const { issueDate, nextUpdate } = tcbInfo.content
  if (!isSignedBy(verification, tcbInfo, verification.roles.tcbInfoSigner)) {
    return { code: 'TCB_INFO_SIGNATURE', detail: 'TCB Info is not signed by its signing certificate' }
  }
  return checkValidity({
    what: 'TCB Info',
    from: issueDate,
    to: nextUpdate,
    now: verification.now,
    early: 'TCB_INFO_NOT_YET_VALID',
    late: 'TCB_INFO_EXPIRED',
  })
}

/** Checks the signature and the freshness of the QE identity. */
export function checkQeIdentity(verification: Verification): CheckFailure | undefined {
  const { qeIdentity } = verification.collateral
  const { issueDate, nextUpdate } = qeIdentity.content
  if (!isSignedBy(verification, qeIdentity, verification.roles.qeIdentitySigner)) {
    return { code: 'QE_IDENTITY_SIGNATURE', detail: 'the QE identity is not signed by its signing certificate' }
  }
  return checkValidity({
    what: 'the QE identity',
    from: issueDate,
    to: nextUpdate,
    now: verification.now,
    early: 'QE_IDENTITY_NOT_YET_VALID',
    late: 'QE_IDENTITY_EXPIRED',
  })
}

function isSignedBy(
  { crypto }: Verification,
  document: Pick<SignedDocument<unknown>, 'signed' | 'signature'>,
  { publicKey }: Certificate,
): boolean {
  return crypto.verifyP256({ publicKey, message: document.signed, signature: document.signature })
}

/**
 * Checks that neither document is from before a TCB recovery that the caller demands or that was already seen, and that no list hides a
 * revocation that was already seen: an older list is valid for as long as it would have been without it.
 */
export function checkRollback({ collateral, floors, roles }: Verification): CheckOutcome {
  if (floors === null) return 'not-checked'
  const revocation = floors.lists === undefined ? undefined : revocationIn(roles, floors.lists)
  if (revocation !== undefined) {
    return { code: 'COLLATERAL_ROLLED_BACK', detail: `${revocation.detail} by a list that was seen before` }
  }
  const { tcbInfo, qeIdentity } = collateral
  const documents = [
    { what: 'TCB Info', number: tcbInfo.content.evaluationDataNumber, floor: floors.tcbInfo },
    { what: 'the QE identity', number: qeIdentity.content.evaluationDataNumber, floor: floors.qeIdentity },
  ]
  const old = documents.find(({ number, floor }) => !(number >= floor)) // a floor that is no number refuses
  return old === undefined
    ? undefined
    : { code: 'COLLATERAL_ROLLED_BACK', detail: `${old.what} is of evaluation ${old.number}, before ${old.floor}` }
}

/** Checks that the collateral speaks of this kind of TEE, this platform family and this provisioning enclave. */
export function checkPlatformMatch({ td, collateral, sgx }: Verification): CheckFailure | undefined {
  const tcbInfo = collateral.tcbInfo.content
  const qeId = collateral.qeIdentity.content.id
  const expected = td === null ? { tcbInfo: 'SGX', qe: 'QE' } : { tcbInfo: 'TDX', qe: 'TD_QE' }
  if (tcbInfo.id !== expected.tcbInfo || qeId !== expected.qe) {
    return { code: 'COLLATERAL_TYPE_MISMATCH', detail: `collateral for ${tcbInfo.id} and ${qeId}` }
  }
  if (tcbInfo.fmspc !== sgx.fmspc) {
    return { code: 'FMSPC_MISMATCH', detail: `TCB Info for ${tcbInfo.fmspc}, platform is ${sgx.fmspc}` }
  }
  if (tcbInfo.pceId !== sgx.pceId) {
    return { code: 'PCE_ID_MISMATCH', detail: `TCB Info for PCE ${tcbInfo.pceId}, platform has ${sgx.pceId}` }
  }
  return undefined
}

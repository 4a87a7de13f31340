import { equalBytes } from '../bytes/equal-bytes.js'
import type { Collateral } from '../collateral/collateral.js'
import type { Certificate } from '../x509/certificate.js'
import { keyUsageBit } from '../x509/extensions.js'
import { checkValidity } from './validity.js'
import type { Roles, Verification } from './verification.js'
import type { CheckFailure } from './verify-step.js'

type RoleName = keyof Roles

const roleTitles: Readonly<Record<RoleName, string>> = {
  root: 'the root certificate',
  pckCa: 'the PCK CA certificate',
  pck: 'the PCK certificate',
  tcbInfoSigner: 'the TCB Info signing certificate',
  qeIdentitySigner: 'the QE identity signing certificate',
}

/** What the subject of each role is called; Intel's own names, which a simulator's may prefix. */
const roleNames: Readonly<Record<RoleName, RegExp>> = {
  root: /SGX Root CA$/,
  pckCa: /SGX PCK (?:Platform|Processor) CA$/,
  pck: /SGX PCK Certificate$/,
  tcbInfoSigner: /SGX TCB Signing$/,
  qeIdentitySigner: /SGX TCB Signing$/,
}

/** The role that issues each role's certificate: a PCK key can neither certify another nor sign collateral. */
const roleIssuers: Readonly<Record<RoleName, RoleName>> = {
  root: 'root',
  pckCa: 'root',
  pck: 'pckCa',
  tcbInfoSigner: 'root',
  qeIdentitySigner: 'root',
}

const roleOrder = ['root', 'pckCa', 'pck', 'tcbInfoSigner', 'qeIdentitySigner'] as const

/** Checks names, issuers, CA flags, path lengths and key usages of every certificate. */
export function checkRoles(verification: Verification): CheckFailure | undefined {
  const { roles } = verification
  for (const role of roleOrder) {
    const certificate = roles[role]
    const issuer = roles[roleIssuers[role]]
    const title = roleTitles[role]
    if (!roleNames[role].test(certificate.commonName)) {
      return { code: 'CERTIFICATE_ROLE', detail: `${title} is of "${certificate.commonName}"` }
    }
    if (!equalBytes(certificate.issuer, issuer.subject) || certificate.authorityKeyId !== issuer.subjectKeyId) {
      return { code: 'CERTIFICATE_ISSUER', detail: `${title} does not name its issuer` }
    }
    const isAuthority = role === 'root' || role === 'pckCa'
    const reason = isAuthority ? authorityFault(certificate, role === 'root' ? 1 : 0) : endEntityFault(certificate)
    if (reason !== undefined) return { code: 'CERTIFICATE_ROLE', detail: `${title} ${reason}` }
    if ((certificate.sgx !== null) !== (role === 'pck')) {
      return { code: 'CERTIFICATE_ROLE', detail: `${title} ${role === 'pck' ? 'lacks' : 'has'} the SGX extension` }
    }
  }
  const isPlatformCa = roles.pckCa.commonName.endsWith('Platform CA')
  if (isPlatformCa !== (verification.sgx.platformInstanceId !== null)) {
    return { code: 'CERTIFICATE_ROLE', detail: 'the SGX extension is not that of its CA' }
  }
  return undefined
}

function authorityFault(certificate: Certificate, certificatesBelow: number): string | undefined {
  const needed = keyUsageBit.keyCertSign | keyUsageBit.crlSign
  if (!certificate.isCa) return 'is not a CA'
  if (certificate.pathLength !== null && certificate.pathLength < certificatesBelow) return 'allows no CA below it'
  return (certificate.keyUsage & needed) === needed ? undefined : 'may not sign certificates and lists'
}

function endEntityFault(certificate: Certificate): string | undefined {
  if (certificate.isCa || certificate.pathLength !== null) return 'is a CA'
  if ((certificate.keyUsage & (keyUsageBit.keyCertSign | keyUsageBit.crlSign)) !== 0) return 'may sign certificates'
  return (certificate.keyUsage & keyUsageBit.digitalSignature) !== 0 ? undefined : 'may not sign data'
}

/** Checks that every certificate is within its validity. */
export function checkCertificateValidity({ roles, now }: Verification): CheckFailure | undefined {
  for (const role of roleOrder) {
    const failure = checkValidity({
      what: roleTitles[role],
      from: roles[role].notBefore,
      to: roles[role].notAfter,
      now,
      early: 'CERTIFICATE_NOT_YET_VALID',
      late: 'CERTIFICATE_EXPIRED',
    })
    if (failure !== undefined) return failure
  }
  return undefined
}

/** Checks every certificate's signature under its issuer's key. The root is pinned byte for byte instead. */
export function checkCertificateSignatures({ roles, crypto }: Verification): CheckFailure | undefined {
  for (const role of roleOrder) {
    const certificate = roles[role]
    const isChecked =
      role === 'root' || (role === 'qeIdentitySigner' && equalBytes(certificate.der, roles.tcbInfoSigner.der))
    if (isChecked) continue
    const { publicKey } = roles[roleIssuers[role]]
    if (!crypto.verifyP256({ publicKey, message: certificate.signed, signature: certificate.signature })) {
      return { code: 'CERTIFICATE_SIGNATURE', detail: `${roleTitles[role]} is not signed by its issuer` }
    }
  }
  return undefined
}

/** Checks both revocation lists: issuer, freshness, signature. */
export function checkRevocationLists({ roles, collateral, now, crypto }: Verification): CheckFailure | undefined {
  const lists = [
    { what: 'the root revocation list', list: collateral.rootCrl, issuer: roles.root },
    { what: 'the PCK revocation list', list: collateral.pckCrl, issuer: roles.pckCa },
  ]
  for (const { what, list, issuer } of lists) {
    if (!equalBytes(list.issuer, issuer.subject) || list.authorityKeyId !== issuer.subjectKeyId) {
      return { code: 'CRL_ISSUER', detail: `${what} is not by "${issuer.commonName}"` }
    }
    const range = { from: list.thisUpdate, to: list.nextUpdate }
    const failure = checkValidity({ what, ...range, now, early: 'CRL_NOT_YET_VALID', late: 'CRL_EXPIRED' })
    if (failure !== undefined) return failure
    if (!crypto.verifyP256({ publicKey: issuer.publicKey, message: list.signed, signature: list.signature })) {
      return { code: 'CRL_SIGNATURE', detail: `${what} is not signed by its issuer` }
    }
  }
  return undefined
}

/** Checks that no certificate is on its issuer's list. */
export function checkRevocation({ roles, collateral }: Verification): CheckFailure | undefined {
  return revocationIn(roles, collateral)
}

/** The first certificate that its issuer's list names. */
export function revocationIn(
  roles: Roles,
  { rootCrl, pckCrl }: Pick<Collateral, 'rootCrl' | 'pckCrl'>,
): CheckFailure | undefined {
  for (const role of roleOrder) {
    const list = roleIssuers[role] === 'root' ? rootCrl : pckCrl
    if (list.revokedSerialNumbers.has(roles[role].serialNumber)) {
      return { code: 'CERTIFICATE_REVOKED', detail: `${roleTitles[role]} ${roles[role].serialNumber} is revoked` }
    }
  }
  return undefined
}
